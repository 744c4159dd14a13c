// The table `span`: `span_rows` over SQLite.
#pragma once

#include <cstdint>
#include <optional>

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
    void update(span_row const& row, bool same_key) override;
    void erase(std::uint64_t first) override { erase_.run(first); }

    // By the index of what is not delivered.
    struct due_range {
        std::int64_t first = 0;
        std::int64_t last = 0;
    };
    /// When the account's deferred events are due; nothing where it has none.
    std::optional<due_range> due_times(account_no account);
    /// The account's first event in this state.
    std::optional<std::uint64_t> first_in(account_no account, event_state state);

private:
    statement select_;
    statement insert_;
    statement update_;
    statement update_unindexed_;
    statement erase_;
    statement due_times_;
    statement first_in_;
};

}  // namespace setclick::ledger
