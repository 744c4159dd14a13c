#include "setclickd/delivery/claim_planner.hpp"

#include <algorithm>

namespace setclick::delivery {

void claim_planner::set_wants(account_no account, std::uint64_t claimable) {
    if (turns_.wants(account) == claimable) return;
    turns_.set_wants(account, claimable);
    exhausted_ = exhausted::nobody;
}

void claim_planner::ready(account_no account) {
    if (turns_.stands_in_ring(account)) return;
    turns_.ready(account);
    exhausted_ = exhausted::nobody;
}

void claim_planner::ended(account_no account, int n) {
    turns_.ended(account, n);
    exhausted_ = exhausted::nobody;
}

steady_time claim_planner::blocked_until(steady_time now, claim_situation const& s) noexcept {
    if (!s.is_open || (s.is_probing && s.ready > 0)) return never;
    // Shorter waits of the endpoint are the events' own: what is claimed waits for its turn.
    return s.endpoint_next > now + short_wait ? std::max(s.endpoint_next, s.disk_next)
                                              : s.disk_next;
}

steady_time claim_planner::worth_it(steady_time now, claim_situation const& s) const noexcept {
    if (exhausted_ == exhausted::all) return never;
    if (s.ready < low_water) return now;
    if (exhausted_ == exhausted::newcomers || turns_.newcomers() == 0) return never;
    return turns_.newcomers() <= few_newcomers ? now : planned_at_ + newcomers_gather;
}

steady_time claim_planner::next(steady_time now, claim_situation const& s) const noexcept {
    auto at = turns_.next_wake();  // of those that sleep
    if (turns_.has_turns()) at = std::min(at, worth_it(now, s));
    auto const from = blocked_until(now, s);
    return at == never || from == never ? never : std::max(at, from);
}

bool claim_planner::may_join(steady_time now, claim_situation const& s) const noexcept {
    return s.has_answers && s.ready <= claim_size && turns_.has_turns() &&
           exhausted_ != exhausted::all && blocked_until(now, s) <= now;
}

bool claim_planner::is_due(steady_time now, claim_situation const& s) const noexcept {
    return next(now, s) <= now;
}

void claim_planner::plan(steady_time now, claim_situation const& s,
                         fair_turn::chance_of const& room_of, std::vector<claim_grant>& out) {
    out.clear();
    bool const joins = may_join(now, s);
    if (!joins && !is_due(now, s)) return;
    planned_at_ = now;
    turns_.set_capacity(most_claimed(usually_out, s.connections));
    bool const is_for_all = joins || s.ready < low_water;
    auto const whom = is_for_all ? fair_turn::whom::all : fair_turn::whom::newcomers;
    auto const budget = s.is_probing ? 1 : claim_size + low_water - s.ready;
    turns_.plan(now, budget, batch, room_of, out, whom);
    if (out.empty()) exhausted_ = is_for_all ? exhausted::all : exhausted::newcomers;
}

}  // namespace setclick::delivery
