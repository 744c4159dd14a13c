#include "setclickd/delivery/next_wake.hpp"

#include <algorithm>

#include "setclickd/delivery/dispatch_control.hpp"

namespace setclick::delivery {
namespace {

/// A pool that was told is told again after this long, should it still have a free connection.
constexpr milliseconds told_again{1000};
/// The wall clock may jump: a due time is looked at this often at least.
constexpr milliseconds longest_look = std::chrono::hours{1};

bool waits_for_person(dispatch_control const& all, account_flow const& a) noexcept {
    return !a.is_configured || !a.is_here() || a.control.is_paused() ||
           needs_a_person(a.control.visible_park().reason) ||
           needs_a_person(all.endpoint().parked().reason);
}

/// Nothing may begin before `next`, and why.
wait closed_until(dispatch_control const& all, account_flow const& a, steady_time next) noexcept {
    bool const is_calm = a.control.is_calm() && !all.endpoint().parked().is_on();
    if (next != never) return {is_calm ? wait_reason::rate : wait_reason::retry, next};
    // Its own attempt ends, or the one that tries the endpoint for all.
    if (all.turn().in_flight(a.no) > 0) return {wait_reason::answer, never};
    if (all.endpoint().parked().is_on() && all.turn().in_flight() > 0)
        return {wait_reason::answer, never};
    return {wait_reason::forgotten, never};
}

wait for_the_group(dispatch_control const& all) noexcept {
    if (all.is_cycle_running()) return {wait_reason::ledger, never};
    if (all.group().settling() > 0) return {wait_reason::disk, all.disk().next()};
    auto const due = all.group().due(all.turn().in_flight() == 0);
    return due == never ? wait{} : wait{wait_reason::settle, due};
}

/// Its events that are claimed and have not begun.
wait of_ready(dispatch_control const& all, account_flow const& a, connection_view pool,
              steady_time now) noexcept {
    if (!all.group().may_send()) return for_the_group(all);
    if (waits_for_person(all, a)) return {wait_reason::person, never};
    auto const begin = all.begin_chance(a, now);
    if (begin.room <= 0) return closed_until(all, a, begin.next);
    if (!all.turn().is_in_turn(a.no)) return {wait_reason::send, now};
    if (pool.idle > 0 || pool.opening > 0) return {wait_reason::connection, now + told_again};
    if (pool.busy > 0) return {wait_reason::answer, never};
    if (all.reach().next_try() > now) return {wait_reason::reach, all.reach().next_try()};
    return {wait_reason::connection, now + told_again};
}

/// Its events that are still with the ledger.
wait of_queue(dispatch_control const& all, account_flow const& a, connection_view pool,
              steady_time now, wall_time wall_now) noexcept {
    if (waits_for_person(all, a)) return {wait_reason::person, never};
    if (!a.has_credential) return {wait_reason::credential, never};
    if (a.claimable(wall_now) == 0) {
        auto const left = std::clamp<milliseconds>(a.queue.next_due - wall_now, 1ms, longest_look);
        return {wait_reason::deferral, now + left};
    }
    if (all.is_cycle_running()) return {wait_reason::ledger, never};
    if (a.is_returning)
        return all.disk().next() > now ? wait{wait_reason::disk, all.disk().next()}
                                       : wait{wait_reason::ledger, never};
    if (all.reach().is_unreached()) {
        if (pool.opening > 0) return {wait_reason::connection, now + told_again};
        return {wait_reason::reach, std::max(now, all.reach().next_try())};
    }
    auto const claim = all.claim_chance(a, now);
    if (claim.room <= 0) {
        if (claim.next == never && all.turn().ready(a.no) > 0) return {wait_reason::others, never};
        return closed_until(all, a, claim.next);
    }
    if (!all.claims().stands_in_ring(a.no)) return {wait_reason::claim, now};
    auto const s = all.situation(now);
    if (auto const next = all.claims().next(now, s); next != never)
        return {s.disk_next > now ? wait_reason::disk : wait_reason::claim, next};
    // Others have taken what may be out of the ledger's hands.
    if (all.claims().out() == 0) return {wait_reason::forgotten, never};
    if (all.turn().in_flight() > 0) return {wait_reason::answer, never};
    return all.turn().ready() > 0 ? wait{wait_reason::others, never} : for_the_group(all);
}

int rank(wait_reason why) noexcept {
    if (why == wait_reason::forgotten) return 3;
    if (is_under_way(why)) return 2;
    return is_outside(why) ? 1 : 0;
}

}  // namespace

char const* name_of(wait_reason why) noexcept {
    switch (why) {
        case wait_reason::nothing:
            return "nothing";
        case wait_reason::deferral:
            return "deferral";
        case wait_reason::rate:
            return "rate";
        case wait_reason::retry:
            return "retry";
        case wait_reason::reach:
            return "reach";
        case wait_reason::claim:
            return "claim";
        case wait_reason::settle:
            return "settle";
        case wait_reason::disk:
            return "disk";
        case wait_reason::read:
            return "read";
        case wait_reason::note:
            return "note";
        case wait_reason::send:
            return "send";
        case wait_reason::answer:
            return "answer";
        case wait_reason::others:
            return "others";
        case wait_reason::ledger:
            return "ledger";
        case wait_reason::connection:
            return "connection";
        case wait_reason::person:
            return "person";
        case wait_reason::credential:
            return "credential";
        case wait_reason::forgotten:
            return "forgotten";
    }
    return "forgotten";
}

bool is_under_way(wait_reason why) noexcept {
    return why == wait_reason::answer || why == wait_reason::others || why == wait_reason::ledger ||
           why == wait_reason::connection;
}

bool is_outside(wait_reason why) noexcept {
    return why == wait_reason::person || why == wait_reason::credential;
}

wait sooner(wait const& a, wait const& b) noexcept {
    if (a.until != b.until) return a.until < b.until ? a : b;
    return rank(b.why) > rank(a.why) ? b : a;
}

wait wait_of(dispatch_control const& all, account_flow const& a, connection_view pool,
             steady_time now, wall_time wall_now) noexcept {
    wait out;
    if (all.turn().ready(a.no) > 0) out = of_ready(all, a, pool, now);
    // What has ended goes back, and waits for the next start.
    if (!a.queue.empty() && !all.is_stopping())
        out = sooner(out, of_queue(all, a, pool, now, wall_now));
    if (out.why == wait_reason::nothing && all.turn().in_flight(a.no) > 0)
        out = {wait_reason::answer, never};
    return out;
}

wait next_wake(dispatch_control const& all, connection_view pool, steady_time now,
               wall_time wall_now) noexcept {
    auto out = for_the_group(all);
    if (all.are_notes_due() && !all.is_cycle_running())
        out = sooner(out, {wait_reason::note, std::max(now, all.disk().next())});
    for (auto const& a : all.accounts()) {
        if (!a) continue;
        out = sooner(out, wait_of(all, *a, pool, now, wall_now));
        if (a->read_until != never) out = sooner(out, {wait_reason::read, a->read_until});
    }
    return out;
}

}  // namespace setclick::delivery
