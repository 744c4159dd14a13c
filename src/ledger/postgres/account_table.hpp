// The tables `account` and `account_run`: `account_rows` over PostgreSQL.
//
// Imports write the first, the account's owner the second, under its node and epoch; a transaction that
// changes only one kind of counter writes only one of them.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "../core/account_map.hpp"
#include "session.hpp"

namespace setclick::ledger::postgres {

class account_table final : public account_rows {
public:
    explicit account_table(session& db);
    /// Who writes.
    void know_owner(std::int64_t node, std::int64_t epoch) noexcept {
        node_ = node;
        epoch_ = epoch;
    }

    std::vector<account_row> all() override;
    void insert(account_no no, std::string_view id) override;
    void update(account_row const& row) override;

    std::size_t count() const noexcept { return stored_.size(); }
    /// After the last one that is stored.
    std::uint64_t stored_next_id(account_no no);

private:
    account_row& stored(account_no no);

    std::vector<account_row> stored_;  ///< as the database has them, with what was queued
    std::int64_t node_ = 0;
    std::int64_t epoch_ = 0;
    statement select_;
    statement insert_;
    statement insert_run_;
    statement update_;
    statement update_run_;
};

}  // namespace setclick::ledger::postgres
