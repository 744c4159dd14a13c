// The table `attempt`: `attempt_rows` over PostgreSQL.
#pragma once

#include <cstdint>
#include <map>
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
    std::map<std::uint64_t, attempt_marks> marks(std::uint64_t first, std::uint64_t last) override;
    std::uint32_t restarts_in_a_row(std::uint64_t event, std::string_view reason) override;
    void erase(std::uint64_t first, std::uint64_t last) override { erase_.run(first, last); }

    /// Queued, ahead of a transaction that changes nothing of these events before it asks for their history.
    void look_ahead(std::vector<std::int64_t> const& events);
    void keep_ahead(rows found);
    void forget_ahead() noexcept { ahead_.clear(); }

    /// For readers: its whole receipt.
    std::vector<attempt_receipt> receipt(std::uint64_t event);

private:
    statement insert_;
    statement insert_next_;
    std::map<std::uint64_t, std::vector<attempt_receipt>> ahead_;
    statement select_;
    statement select_list_;
    statement select_marks_;
    statement erase_;
};

}  // namespace setclick::ledger::postgres
