// Reads at the accounts' gates: they take their share of the permits, and what their answers teach
// holds for events too.
#include "account_entry.hpp"
#include "setclickd/delivery/read_answer.hpp"
#include "setclickd/pipeline/deliver.hpp"

namespace setclick::pipeline {
namespace {

/// Beyond the time that it was told to wait, a read's place at the gate is kept for this long.
constexpr milliseconds read_patience{1000};

}  // namespace

deliver::read_turn deliver::permit_read(account_no no, steady_time now) {
    auto* const a = entry(no);
    if (a == nullptr) return {now, false, false};
    // What a resume returns stands in the note that a read would write anew.
    if (!a->to_return.empty()) return {now + 1s, true, false};
    read_turn turn;
    turn.events_wait =
        !a->queue.empty() || a->has_claimable(wall(now)) || a->control.in_flight() > 0;
    turn.is_paused = is_paused(*a);
    auto& gate = a->control.gate();
    // Where events cannot pass they earn a read no credit, and nothing else wants the permits.
    bool const stands_still =
        a->control.is_parked() || endpoint_.parked().is_on() || unreached_ > 0;
    bool const shares = turn.events_wait && !stands_still;
    turn.at = std::max(gate.next_report(now, shares), endpoint_.gate().next(now));
    if (turn.is_paused) return turn;
    if (turn.at > now) {
        gate.expect_report(true);
        a->read_until =
            turn.at >= now + std::chrono::hours{24} ? now + read_patience : turn.at + read_patience;
        schedule(a->read_until);
        return turn;
    }
    gate.expect_report(false);
    a->read_until = never;
    gate.pass_report(now, shares);
    endpoint_.gate().pass(now);
    a->control.unsaved();
    endpoint_.unsaved();
    return turn;
}

void deliver::forget_reads(steady_time now) {
    for (auto const& a : accounts_) {
        if (!a || a->read_until == never) continue;
        if (now < a->read_until) {
            schedule(a->read_until);
            continue;
        }
        a->read_until = never;
        a->control.gate().expect_report(false);
    }
}

void deliver::read_answered(account_no no, api::answer_facts const& facts, steady_time begun,
                            steady_time now) {
    auto* const a = entry(no);
    if (a == nullptr) return;
    delivery::learn_from_read(a->control.gate(), now, facts, begun, a->control.in_flight());
    a->control.unsaved();
    notes_due_ = true;
    schedule(now);
}

std::vector<ledger::account_note> deliver::notes(account_no no, steady_time now) {
    std::vector<ledger::account_note> out;
    if (auto const* const a = entry(no))
        out.push_back({no, delivery::to_text(a->control.save(now, wall(now),
                                                             static_cast<int>(a->queue.size())))});
    if (!endpoint_.gate().is_free()) out.push_back(endpoint_note(now));
    return out;
}

ledger::account_note deliver::endpoint_note(steady_time now) const {
    return {endpoint_account, delivery::to_text(endpoint_.save(
                                  now, wall(now), static_cast<int>(ready_ + claiming_)))};
}

bool deliver::is_paused(account_entry const& a) const noexcept {
    return a.control.is_paused() || endpoint_.parked().reason == delivery::park_reason::paused;
}

secret<std::string> deliver::token_of(account_no no) const {
    auto const* const a = entry(no);
    return a == nullptr ? secret<std::string>{} : a->setup.token;
}

}  // namespace setclick::pipeline
