// The table `span`: `span_rows` over SQLite.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "../core/span_map.hpp"
#include "sqlite.hpp"

namespace setclick::ledger {

inline constexpr char const* span_columns =
    "first, last, state, failed, policy, reason, at, due, run, settled";
/// A row selected with span_columns.
span_row span_from(statement::cursor const& row);

class span_table final : public span_rows {
public:
    explicit span_table(connection& db);

    std::optional<span_row> at_or_before(std::uint64_t id) override;
    void insert(span_row const& row) override;
    void update(span_row const& row, key const& was) override;
    void erase(std::uint64_t first, event_state) override { erase_.run(first); }
    void each_waiting(account_no account, std::uint64_t waiting, std::uint64_t most,
                      first_visit const& visit) override;
    void each_due(account_no account, std::int64_t until, std::uint64_t most,
                  first_visit const& visit) override;
    void each_due_after(account_no account, std::int64_t until, std::uint64_t most,
                        first_visit const& visit) override;
    std::vector<span_row> claims_before(std::uint64_t run) override;
    std::optional<due_range> due_times(account_no account) override;
    std::optional<std::uint64_t> first_in(account_no account, event_state state) override;

private:
    statement select_;
    statement insert_;
    statement update_;
    statement update_unindexed_;
    statement erase_;
    statement due_times_;
    statement first_in_;
    statement waiting_;
    statement due_;
    statement due_after_;
    statement claims_;
};

}  // namespace setclick::ledger
