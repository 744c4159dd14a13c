// The table `move`: which account changed hands, for people who look. Nothing is decided by it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "session.hpp"
#include "setclickd/ledger/nodes.hpp"

namespace setclick::ledger::postgres {

struct taken_account {
    account_no account{};
    int from = 0;
    move_how how = move_how::free;
    std::int64_t in_doubt = 0;
};

class move_table {
public:
    explicit move_table(session& db);

    /// In a transaction, before they are taken: of these accounts (`all`: of every one) those that can be, and
    /// from whom. `accounts` are sorted.
    std::vector<taken_account> takeable(std::span<account_no const> accounts, bool all,
                                        std::int64_t node);
    /// Queued.
    void add_taken(std::vector<taken_account> const& moves, std::int64_t node);
    void add_given(std::span<account_no const> accounts, std::int64_t node);

private:
    statement takeable_;
    statement taken_;
    statement given_;
    statement trim_;
};

}  // namespace setclick::ledger::postgres
