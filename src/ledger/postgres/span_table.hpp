// The tables `claim` and `span`: `span_rows` over PostgreSQL.
//
// What waits at an account's end as it was imported has no row: the stored rows end before it, and it ends
// where the account's numbers do. So an import writes no span, and a claim of new events only its own row.
// Where that part begins is remembered of accounts that this node owns, since nobody else moves it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "../core/span_map.hpp"
#include "account_table.hpp"
#include "hot_rows.hpp"
#include "session.hpp"

namespace setclick::ledger::postgres {

class span_table final : public span_rows {
public:
    /// `accounts` knows where the numbers end.
    span_table(session& db, account_table& accounts);
    /// Who claims.
    void know_owner(std::int64_t node) noexcept { node_ = node; }
    /// After a rollback, or when accounts changed hands.
    void forget() noexcept {
        fresh_.clear();
        forget_ahead();
    }

    std::optional<span_row> at_or_before(std::uint64_t id) override;
    void insert(span_row const& row) override;
    void update(span_row const& row, key const& was) override;
    void erase(std::uint64_t first, event_state was) override;
    bool is_end_without_row() const override { return true; }
    void each_waiting(account_no account, std::uint64_t waiting, std::uint64_t most,
                      first_visit const& visit) override;
    void each_due(account_no account, std::int64_t until, std::uint64_t most,
                  first_visit const& visit) override;
    void each_due_after(account_no account, std::int64_t until, std::uint64_t most,
                        first_visit const& visit) override;
    std::vector<span_row> claims_before(std::uint64_t run) override;
    std::optional<due_range> due_times(account_no account) override;
    std::optional<std::uint64_t> first_in(account_no account, event_state state) override;

    /// What other nodes have claimed of these accounts.
    std::vector<span_row> claims_of_others(std::vector<std::int64_t> const& accounts);

    // Ahead of a transaction that claims: rows of an account that it changes in no other way.
    struct wanted {
        account_no account{};
        bool is_deferred = false;  ///< it has such events, or
        bool is_waiting = false;   ///< such that wait and have a row
        std::int64_t now = 0;
        std::int64_t latest = 0;  ///< further away than this nothing is due
        std::uint64_t most = 0;
    };
    /// One round trip for all of them.
    void read_ahead(std::vector<wanted> const& accounts);
    /// In the order in which they are to be claimed.
    std::vector<span_row> ahead_of(account_no account) const;
    void forget_ahead() noexcept {
        ahead_.clear();
        ahead_rows_.clear();
    }
    /// From here on `due_times` only queues its look, and knows nothing.
    void look_later(bool later) noexcept { is_later_ = later; }
    void look_due_times(account_no account) { due_times_.look_later(account); }
    static std::optional<due_range> due_times_from(rows row);

    /// A page of the account's spans that hold an id from `first` on, what has no row included. None after
    /// the last.
    std::vector<span_row> page(std::uint64_t first, std::optional<event_state> state);
    /// The part of an account that has no row.
    std::optional<span_row> fresh_of(account_no account);

private:
    bool is_fresh(span_row const& row);
    bool has_no_row(std::uint64_t first);
    /// Where the part without a row begins, whether there is any of it or not.
    std::uint64_t fresh_begin(account_no account);
    void put(span_row const& row);
    void each(rows found, first_visit const& visit);

    struct rows_ahead {
        std::vector<std::uint64_t> due;
        std::vector<std::uint64_t> due_after;
        std::vector<std::uint64_t> waiting;
    };

    session& db_;
    account_table& accounts_;
    std::map<account_no, std::uint64_t> fresh_;
    std::map<account_no, rows_ahead> ahead_;
    std::map<std::uint64_t, span_row> ahead_rows_;  ///< by first
    std::int64_t node_ = 0;
    bool is_later_ = false;
    statement select_;
    hot_rows put_;
    statement put_claim_;
    statement settle_;
    statement erase_;
    statement erase_claim_;
    statement waiting_;
    statement due_;
    statement due_after_;
    statement claims_;
    statement claims_of_others_;
    statement due_times_;
    statement first_in_;
    statement first_claim_;
    statement page_;
    statement page_in_state_;
};

}  // namespace setclick::ledger::postgres
