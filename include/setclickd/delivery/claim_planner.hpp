// Whose events are claimed next, how many, and when that is looked at again.
//
// Joins the fair order of the accounts (`fair_turn`) with what makes a claim worth its commit: a
// batch is claimed when little is left to send, or when answers are written down anyway and there is
// room for half of one. Slow answers may put that off for long, so accounts
// that have nothing at all claimed do not wait for it: a few go at once; many, as there always are
// where hundreds have much, are gathered for `newcomers_gather`.
//
// Promises: never more than `most_claimed` events out of the ledger's hands; a parked endpoint gets
// one event for its probe, not one of each account; nothing is planned twice for the same news.
// Pure; not thread-safe.
#pragma once

#include <vector>

#include "setclickd/delivery/fair_turn.hpp"

namespace setclick::delivery {

/// Events claimed at once, and the number of claimed events not begun below which more are claimed.
inline constexpr int claim_size = 256;
inline constexpr int low_water = 128;
/// Claimed and not settled, with up to 64 connections: what is ready, and one event on the wire for
/// each. A group of answers is full before less than `low_water` of it is left: claims need no commit
/// of their own.
inline constexpr int usually_out = claim_size + low_water + 64;
/// Many accounts that have nothing claimed wait for each other this long.
inline constexpr milliseconds newcomers_gather{100};

/// What the planner must know beside the accounts.
struct claim_situation {
    int ready = 0;             ///< claimed, not begun
    int connections = 64;      ///< at most
    bool is_open = true;       ///< the endpoint can be reached, and the daemon does not end
    bool is_probing = false;   ///< the endpoint is parked
    bool has_answers = false;  ///< a transaction for answers takes place, which claims may join
    /// From when on the endpoint (its gate, its park) lets anything pass; `never` for a pause.
    steady_time endpoint_next{};
    /// From when on the ledger may have room for a claim.
    steady_time disk_next = steady_time::min();
};

class claim_planner {
public:
    claim_planner() : turns_(usually_out) {}

    /// See fair_turn. Each may be news that makes a plan worth it.
    void set_wants(account_no account, std::uint64_t claimable);
    /// Something may have made room for it.
    void ready(account_no account);
    void ended(account_no account, int n = 1);

    /// True when `plan` may grant something now.
    bool is_due(steady_time now, claim_situation const& s) const noexcept;
    /// The next claims; `out` is cleared first. Nothing where it is not due.
    void plan(steady_time now, claim_situation const& s, fair_turn::chance_of const& room_of,
              std::vector<claim_grant>& out);
    /// When `is_due` may become true by the passing of time alone; `never` when it is not.
    steady_time next(steady_time now, claim_situation const& s) const noexcept;

    /// The account waits for its turn, not for a time or for news.
    bool stands_in_ring(account_no account) const noexcept {
        return turns_.stands_in_ring(account);
    }
    /// Events that were granted and have not ended.
    int out() const noexcept { return turns_.out(); }
    int out(account_no account) const noexcept { return turns_.out(account); }

private:
    static constexpr int few_newcomers = 16;
    static constexpr int batch = 64;
    /// A wait of the endpoint that is shorter than this is no reason to claim nothing meanwhile.
    static constexpr milliseconds short_wait{1000};

    static steady_time blocked_until(steady_time now, claim_situation const& s) noexcept;
    bool may_join(steady_time now, claim_situation const& s) const noexcept;
    /// From when on the accounts in the ring may be planned for.
    steady_time worth_it(steady_time now, claim_situation const& s) const noexcept;

    /// Whom the last plan had nothing more for: only news help.
    enum class exhausted : std::uint8_t { nobody, newcomers, all };

    fair_turn turns_;
    steady_time planned_at_{};
    exhausted exhausted_ = exhausted::nobody;
};

}  // namespace setclick::delivery
