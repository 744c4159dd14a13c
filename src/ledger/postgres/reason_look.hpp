// Why events were rejected or are held, found by the index of what is not delivered: a look costs what it
// is allowed to. For readers; inside one read transaction.
#pragma once

#include <cstdint>

#include "session.hpp"
#include "setclickd/ledger/reader.hpp"

namespace setclick::ledger::postgres {

class reason_look {
public:
    explicit reason_look(session& db);

    // As the reader's functions of these names.
    std::uint32_t look_at_rejected(file_no file, std::uint32_t limit, reason_counts& to);
    held_look held(account_no account, std::uint32_t limit);

private:
    /// The file's events of one account lie between these packs.
    struct range {
        std::uint64_t first = 0;
        std::uint64_t last = 0;
    };
    void look_at_range(file_no file, range in, std::uint32_t limit, std::uint32_t& looked_at,
                       reason_counts& to);

    statement next_pack_;
    statement last_pack_;
    statement rejected_;
    statement packs_;
    statement held_;
};

}  // namespace setclick::ledger::postgres
