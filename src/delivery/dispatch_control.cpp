#include "setclickd/delivery/dispatch_control.hpp"

#include <algorithm>

namespace setclick::delivery {
namespace {

/// Claimed events go back to the ledger where the gate stays closed longer than this: after a crash
/// they would be in doubt for nothing.
constexpr milliseconds long_wait{3000};
/// The same for the probe of a parked endpoint.
constexpr milliseconds long_probe_wait{1000};

}  // namespace

// ---- accounts ----

account_flow& dispatch_control::add(account_no no, account_settings settings, std::uint64_t seed) {
    auto const index = static_cast<std::size_t>(no);
    if (accounts_.size() <= index) accounts_.resize(index + 1);
    accounts_[index] = std::make_unique<account_flow>(no, std::move(settings), seed);
    return *accounts_[index];
}

account_flow* dispatch_control::find(account_no no) noexcept {
    auto const index = static_cast<std::size_t>(no);
    return index < accounts_.size() ? accounts_[index].get() : nullptr;
}

account_flow const* dispatch_control::find(account_no no) const noexcept {
    auto const index = static_cast<std::size_t>(no);
    return index < accounts_.size() ? accounts_[index].get() : nullptr;
}

void dispatch_control::know_queue(account_flow& a, ledger_queue const& queue, wall_time wall_now) {
    a.queue = queue;
    refresh_wants(a, wall_now);
}

void dispatch_control::refresh_wants(account_flow& a, wall_time wall_now) {
    claims_.set_wants(a.no, a.can_send() ? a.claimable(wall_now) : 0);
}

void dispatch_control::reconsider(account_flow& a, wall_time wall_now) {
    if (a.control.dirty()) are_notes_due_ = true;
    claims_.ready(a.no);
    refresh_wants(a, wall_now);
}

void dispatch_control::reconsider_all(steady_time now, wall_time wall_now) {
    for (auto const& a : accounts_)
        if (a) {
            a->control.wake(now);
            reconsider(*a, wall_now);
        }
}

// ---- claims ----

claim_situation dispatch_control::situation(steady_time now) const noexcept {
    claim_situation s;
    s.ready = turn_.ready();
    s.connections = static_cast<int>(connections_);
    s.is_open = !is_stopping_ && !reach_.is_unreached();
    s.is_probing = endpoint_.parked().is_on();
    s.endpoint_next = endpoint_.next_chance(now);
    s.disk_next = disk_.next_claim();
    return s;
}

bool dispatch_control::is_cycle_due(steady_time now) const noexcept {
    if (is_cycle_running_) return false;
    if (group_.settling() > 0) return now >= disk_.next();  // could not be written
    if (group_.filling() > 0 && now >= group_.due(turn_.in_flight() == 0)) return true;
    if (are_notes_due_ && now >= disk_.next()) return true;
    return claims_.is_due(now, situation(now));
}

void dispatch_control::plan_claims(steady_time now, bool has_answers,
                                   std::vector<claim_grant>& out) {
    auto const room_of = [this, now](account_no no) { return claim_chance(*find(no), now); };
    auto s = situation(now);
    s.has_answers = has_answers;
    claims_.plan(now, s, room_of, out);
}

claimed_events dispatch_control::claimed(account_flow& a, int n, steady_time now) {
    turn_.claimed(a.no, n);
    if (is_stopping_ || hold_or_return(a, now) == claimed_events::give_back)
        return claimed_events::give_back;  // since the claim began
    turn_.enter(a.no);
    return claimed_events::keep;
}

void dispatch_control::not_claimed(account_flow& a, int n) {
    claims_.ended(a.no, n);
}

int dispatch_control::give_back(account_flow& a) {
    auto const n = turn_.ready(a.no);
    turn_.returned(a.no, n);
    claims_.ended(a.no, n);
    return n;
}

chance dispatch_control::claim_chance(account_flow const& a, steady_time now) const noexcept {
    // While a resume returns events its note waits for them, and with it what the gate lets pass: a
    // claim without it could be forgotten by a kill.
    if (!a.can_send() || a.is_returning) return {};
    if (endpoint_.parked().is_on()) {
        // The one event that is claimed goes to an account that may try the endpoint.
        auto const begin = begin_chance(a, now);
        if (begin.room <= 0) return begin;
    }
    auto const ready = turn_.ready(a.no);
    auto const room = a.control.claim_room(now, ready);
    if (room > 0) return {room, now};
    // While some are ready, their own ends are the sign.
    return {0, ready > 0 ? never : a.control.next_chance(now)};
}

// ---- attempts ----

chance dispatch_control::begin_chance(account_flow const& a, steady_time now) const noexcept {
    auto const who = a.control.standing();
    auto const room = std::min(a.control.room(now), endpoint_.room(now, who));
    if (room > 0) return {room, now};
    return {0, std::max(a.control.next_chance(now), endpoint_.next_chance(now, who))};
}

/// Parked, paused, told to wait or gone: what cannot be a probe now waits in the ledger, where a
/// crash does not find it in flight.
claimed_events dispatch_control::hold_or_return(account_flow const& a,
                                                steady_time now) const noexcept {
    auto const gates = std::max(a.control.gate().next(now), endpoint_.gate().next(now));
    bool const waits_long = gates > now + long_wait;
    bool const waits_for_probe =
        (a.control.is_parked() && a.control.room(now) <= 0) ||
        (endpoint_.parked().is_on() &&
         endpoint_.next_chance(now, a.control.standing()) > now + long_probe_wait);
    return !a.can_send() || waits_long || waits_for_probe ? claimed_events::give_back
                                                          : claimed_events::keep;
}

std::size_t dispatch_control::wanted(steady_time now, wall_time wall_now) const noexcept {
    if (is_stopping_) return 0;
    if (!reach_.is_unreached()) {
        auto const room_of = [this, now](account_no no) {
            return begin_chance(*find(no), now).room;
        };
        return reach_.may_open(now, turn_.wanted(connections_, room_of));
    }
    // One connection is tried, when there is something to send.
    bool const something = std::ranges::any_of(accounts_, [&](auto const& a) {
        return a && a->can_send() && !a->control.is_paused() &&
               (turn_.ready(a->no) > 0 || a->claimable(wall_now) > 0);
    });
    return reach_.may_open(now, something ? 1 : 0);
}

account_flow* dispatch_control::next_to_send(steady_time now) {
    if (is_stopping_ || !group_.may_send()) return nullptr;
    auto const may_begin = [this, now](account_no no) {
        auto const begin = begin_chance(*find(no), now);
        if (begin.room <= 0) next_look_ = std::min(next_look_, begin.next);
        return begin.room > 0;
    };
    return find(turn_.next(may_begin));
}

void dispatch_control::begin(account_flow& a, steady_time now) {
    endpoint_.begin(now, a.control.standing());
    a.control.begin(now);
    turn_.begun(a.no);
}

void dispatch_control::discard(account_flow& a) {
    turn_.returned(a.no);
    turn_.enter(a.no);
}

attempt_end dispatch_control::ended(account_flow& a, steady_time now, wall_time wall_now,
                                    attempt_outcome const& outcome, attempt_info const& info) {
    attempt_end out;
    auto const before = a.control.standing();
    out.made = a.control.end(now, wall_now, outcome, info);
    out.endpoint = end_at_endpoint(a, before, now, wall_now, outcome, info, out.made);

    // At once on another connection: it never began, or its connection led to the wrong server.
    out.is_ready_again = out.made.at_once && !is_stopping_ && !reach_.is_unreached() &&
                         hold_or_return(a, now) == claimed_events::keep;
    out.is_unbegun = out.made.at_once && !out.is_ready_again;
    turn_.ended(a.no, out.is_ready_again);
    turn_.enter(a.no);
    if (!out.is_ready_again) out.begins_group = group_.answered(now);

    if (out.made.park_changed) claims_.ready(a.no);
    auto const gates = std::max(a.control.gate().next(now), endpoint_.gate().next(now));
    if (gates > now + long_wait || (out.made.park_changed && a.control.is_parked()))
        out.others = claimed_events::give_back;
    return out;
}

endpoint_change dispatch_control::end_at_endpoint(account_flow& a, standing before, steady_time now,
                                                  wall_time wall_now,
                                                  attempt_outcome const& outcome,
                                                  attempt_info const& info, decision const& made) {
    attempt_by by{a.no, before, park_reason::none, false};
    if (made.park_changed) {
        by.parked_for = a.control.visible_park().reason;
        by.others_may_tell = others_may_tell(a, wall_now);
    }
    auto const change = endpoint_.end(now, wall_now, by, outcome, info, made);
    if (change == endpoint_change::opened) reconsider_all(now, wall_now);
    if (endpoint_.probe_was_set())
        for (auto const& other : accounts_) {
            if (!other) continue;
            if (endpoint_.parked().is_on()) other->control.probe_at(endpoint_.parked().next_probe);
            reconsider(*other, wall_now);
        }
    return change;
}

/// Whether an account that is not parked has something to try the endpoint with.
bool dispatch_control::others_may_tell(account_flow const& a, wall_time wall_now) const noexcept {
    return std::ranges::any_of(accounts_, [&](auto const& other) {
        return other && other.get() != &a && other->can_send() &&
               other->control.standing() != standing::parked &&
               (other->control.in_flight() > 0 || turn_.ready(other->no) > 0 ||
                other->claimable(wall_now) > 0);
    });
}

// ---- time ----

bool dispatch_control::wake(steady_time now, wall_time wall_now) {
    bool something = reach_.is_unreached();
    for (auto const& a : accounts_) {
        if (!a) continue;
        if (a->read_until <= now) {
            a->read_until = never;
            a->control.gate().expect_report(false);
        }
        if (!is_cycle_running_ && !a->queue.empty()) {
            if (a->queue.deferred > 0 || !claims_.stands_in_ring(a->no))
                refresh_wants(*a, wall_now);
            if (!claims_.stands_in_ring(a->no) && claim_chance(*a, now).room > 0)
                claims_.ready(a->no);
        }
        if (turn_.ready(a->no) > 0 && begin_chance(*a, now).room > 0) {
            turn_.enter(a->no);
            something = true;
        }
    }
    return something;
}

void dispatch_control::wake_all(steady_time now, wall_time wall_now) {
    endpoint_.wake(now);
    reach_.try_now(now);
    reconsider_all(now, wall_now);
    for (auto const& a : accounts_)
        if (a) turn_.enter(a->no);
}

}  // namespace setclick::delivery
