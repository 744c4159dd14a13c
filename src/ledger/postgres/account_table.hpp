// The tables `account` and `account_run`: `account_rows` over PostgreSQL.
//
// Imports of any node write the first, under the row's lock and from what the row says then; the account's
// owner writes the second, under its node and epoch. A transaction that changes only one kind of counter
// writes only one of them.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "../core/account_map.hpp"
#include "hot_rows.hpp"
#include "session.hpp"
#include "setclickd/ledger/nodes.hpp"

namespace setclick::ledger::postgres {

class account_table final : public account_rows {
public:
    explicit account_table(session& db);
    /// Who writes. Until this is known every account counts as owned: a reader's transaction sees one moment.
    void know_owner(std::int64_t node, std::int64_t epoch) noexcept {
        node_ = node;
        epoch_ = epoch;
    }

    std::vector<account_row> all() override;
    /// This node's at once.
    void insert(account_no no, std::string_view id) override;
    void update(account_row const& row) override;

    /// In a transaction: until it ends no other makes an account.
    void lock_creation();
    /// In a transaction: until it ends no other imports for these accounts. What imports write of them, as it
    /// is then; the rest as it is known.
    std::vector<account_row> lock(std::vector<std::int64_t> const& accounts);
    /// Whether one of these ids is an account's.
    bool knows_any(std::vector<bytes> const& ids);

    std::size_t count() const noexcept { return stored_.size(); }
    bool is_owned(account_no no) { return stored(no).is_owned; }
    /// After the last one that is known to be stored.
    std::uint64_t stored_next_id(account_no no);
    /// As `all` found them.
    std::vector<account_owner> const& owners() const noexcept { return owners_; }

private:
    account_row& stored(account_no no);

    std::vector<account_row> stored_;  ///< as the database has them, with what was queued
    std::vector<account_owner> owners_;
    std::int64_t node_ = 0;
    std::int64_t epoch_ = 0;
    statement select_;
    statement lock_;
    statement knows_;
    statement lock_creation_;
    statement insert_;
    statement insert_run_;
    statement update_;
    hot_rows update_run_;
};

}  // namespace setclick::ledger::postgres
