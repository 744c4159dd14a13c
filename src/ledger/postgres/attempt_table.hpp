// The table `attempt`: `attempt_rows` over PostgreSQL.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "../core/attempt_rows.hpp"
#include "session.hpp"

namespace setclick::ledger::postgres {

class attempt_table final : public attempt_rows {
public:
    explicit attempt_table(session& db);

    void add(std::uint64_t event, attempt_row const& row, bool has_earlier) override;
    attempt_history history(std::uint64_t event) override;
    attempt_marks marks(std::uint64_t event) override;
    std::uint32_t restarts_in_a_row(std::uint64_t event, std::string_view reason) override;
    void erase(std::uint64_t first, std::uint64_t last) override { erase_.run(first, last); }

    /// For readers: its whole receipt.
    std::vector<attempt_receipt> receipt(std::uint64_t event);

private:
    statement insert_;
    statement insert_next_;
    statement select_;
    statement select_marks_;
    statement erase_;
};

}  // namespace setclick::ledger::postgres
