// The table `account`: `account_rows` over SQLite.
#pragma once

#include <string_view>
#include <vector>

#include "../core/account_map.hpp"
#include "sqlite.hpp"

namespace setclick::ledger {

/// A row of the table, for writer and reader; `account_columns` in that order.
inline constexpr char const* account_columns =
    "no, id, next_sequence, waiting, in_flight, deferred, held, delivered, rejected, discarded, "
    "duplicate, refused, in_doubt_ever, last_delivered";
account_row account_from(statement::cursor const& row);

/// Where `meta` holds an account's `taken_back`, where an earlier program leaves it alone: this and its
/// number.
inline constexpr char const* taken_back_key = "taken_back/";

class account_table final : public account_rows {
public:
    explicit account_table(connection& db);

    std::vector<account_row> all() override;
    void insert(account_no no, std::string_view id) override { insert_.run(no, id); }
    void update(account_row const& row) override;

private:
    statement select_;
    statement insert_;
    statement update_;
    statement select_taken_back_;
    statement keep_taken_back_;
};

}  // namespace setclick::ledger
