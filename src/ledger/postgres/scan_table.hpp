// What a walk over events reads of spans and packs, page by page: `scan_rows` over PostgreSQL.
#pragma once

#include "../core/event_scan.hpp"
#include "account_table.hpp"
#include "session.hpp"
#include "span_table.hpp"

namespace setclick::ledger::postgres {

class scan_table final : public scan_rows {
public:
    scan_table(session& db, account_table& accounts, span_table& spans);

    /// Of all accounts, or only of those that this node owns.
    void only_owned(bool only) noexcept { only_owned_ = only; }

    void each_span(std::uint64_t first, std::uint64_t last, std::optional<event_state> state,
                   span_visit const& visit) override;
    void each_pack(std::uint64_t first, std::uint64_t last, pack_visit const& visit) override;
    void each_pack_of(file_no file, std::uint64_t first, std::uint64_t last,
                      pack_visit const& visit) override;

private:
    account_table& accounts_;
    span_table& spans_;
    bool only_owned_ = false;
    statement packs_;
    statement packs_of_file_;
};

}  // namespace setclick::ledger::postgres
