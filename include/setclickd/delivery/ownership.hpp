// Which node sends for which account, where several share a ledger: what this one takes now, and what it
// gives back.
//
// An account's home is the live, willing node with the highest score for it (rendezvous hashing): each node
// finds the same home without asking, and a node that comes or goes moves its own share only. Rules:
//   free       its home takes it at once; where the home does not, the next in the order does, a turn later
//   taken      never from an owner that lives
//   back       an owner gives an account to its home once that has lived for `settled_after`, and at most a
//              tenth of what it owns (one at least) a minute: a node that comes and goes moves little
//   unwilling  without a usable credential, or leaving: given at once where another live node is willing
// Who is first at the ledger has it; this only says what is worth trying. Pure; not thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <span>
#include <vector>

#include "setclickd/base/ids.hpp"
#include "setclickd/base/time.hpp"

namespace setclick::delivery {

/// A node that lives.
struct live_node {
    int no = 0;
    std::vector<account_no> willing;  ///< those that it can send for, sorted
    bool leaves = false;              ///< it takes nothing more, and gives away what it can
};

struct owned_account {
    account_no account{};
    int owner = 0;  ///< a live node; 0: free
};

struct ownership_moves {
    std::vector<account_no> take;
    std::vector<account_no> give;  ///< named once; until it is gone the caller lets it settle
};

class ownership {
public:
    static constexpr milliseconds settled_after{30'000};
    static constexpr milliseconds turn{3'000};
    static constexpr milliseconds minute{60'000};

    explicit ownership(int self) noexcept : self_(self) {}

    /// As the ledger shows it at `now`.
    ownership_moves decide(steady_time now, std::span<live_node const> nodes,
                           std::span<owned_account const> accounts);

    /// How a node stands for an account; the highest of the willing is its home.
    static std::uint64_t score(int node, account_no account) noexcept;

private:
    struct ranking {
        live_node const* home = nullptr;
        int before_self = 0;  ///< willing nodes with a higher score
        bool self_is_willing = false;
        bool others_are_willing = false;
    };
    void know_nodes(steady_time now, std::span<live_node const> nodes);
    ranking rank(std::span<live_node const> nodes, account_no account) const;
    bool has_settled(steady_time now, int node) const;
    std::size_t may_give(steady_time now, std::size_t own);

    int self_;
    std::map<int, steady_time> lives_since_;
    std::map<account_no, steady_time> free_since_;
    std::set<account_no> leaving_;
    std::deque<steady_time> given_;  // within the last minute, for balance
};

}  // namespace setclick::delivery
