#include "send_source.hpp"

#include <limits>

#include "claim_loop.hpp"
#include "setclickd/event/record.hpp"
#include "setclickd/telemetry/log.hpp"
#include "settlements.hpp"
#include "wake_loop.hpp"

namespace setclick::dispatch {

std::size_t send_source::wanted(steady_time now) {
    return s_.may_send() ? s_.control.wanted(now, s_.clock.wall(now)) : 0;
}

bool send_source::take(steady_time now, std::string& out, std::uint64_t& ticket) {
    constexpr auto none = std::numeric_limits<std::uint64_t>::max();
    ticket = none;
    if (!s_.may_send()) return false;
    while (auto* const flow = s_.control.next_to_send(now)) {
        auto& a = *s_.accounts.find(flow->no);
        auto const event = a.queue.pop();
        auto const view = event::parse_record(event.record());
        if (!view) {
            // Written by a newer version, or damaged: not the event's fault, and nothing that
            // waiting would mend.
            s_.control.discard(*flow);
            s_.control.settled(flow->no);
            s_.control.group().answered(now);
            s_.group.add(a, event, settlement_unreadable(event, s_.clock.wall(now)));
            wake_.news();  // no answer will bring the transaction that settles it
            continue;
        }
        a.setup.requests->render(out, dialect_, *view);
        s_.control.begin(*flow, now);
        ticket = flights_.add({&a, event, now});
        ++s_.totals.attempts;
        break;
    }
    // Whoever was asked and has to wait has left the turn: it is woken when its time comes.
    if (auto const at = s_.control.next_look(); at != never) wake_.no_later_than(at);
    return ticket != none;
}

void send_source::ended(net::exchange_end const& end) {
    auto const f = flights_.take(end.ticket);
    auto& a = *f.of;
    auto const& claimed = f.event.event();
    count(end);

    delivery::attempt_outcome outcome;
    bool is_plain = false;
    if (end.answer) {
        auto const facts = api::classify(*end.answer, s_.clock.wall(end.now));
        is_plain = facts.verdict == api::verdict::accepted && a.flow.control.gate().is_free();
        outcome.what = facts;
    } else {
        outcome.what = delivery::transport_fault{end.failure, end.phase, end.reused};
        outcome.detail = end.detail;
    }
    // The pool's clock is coarse: good enough for what went well, not for what begins a wait.
    auto const now = is_plain ? end.now : paired_clock::now();
    auto const wall = s_.clock.wall(now);
    std::string excerpt;
    if (!is_plain && end.answer && outcome.answer()->verdict != api::verdict::accepted) {
        excerpt = excerpt_of(*end.answer, a.setup.token, f.event.record());
        outcome.detail = excerpt;
    }
    delivery::attempt_info const info{claimed.no, static_cast<int>(claimed.attempt), f.begun};
    auto const what = s_.control.ended(a.flow, now, wall, outcome, info);
    s_.log.attempt(a, claimed, end, what.made);
    settle(f, end, outcome, what, now, std::move(excerpt));

    bool const is_quiet = what.made.what == delivery::disposition::delivered &&
                          !what.made.trouble_ended && !what.made.park_changed &&
                          !what.made.rate_changed && what.others == delivery::claimed_events::keep;
    if (!is_quiet || what.endpoint != delivery::endpoint_change::none) {
        s_.log.decision(a, what.made, outcome.detail, now);
        delivery_log::unread_wait(a, outcome);
        if (what.made.credential_refresh_wanted) s_.hooks.refresh_credential(a.setup.no);
        delivery_log::endpoint(what.endpoint, s_.control.endpoint().parked());
        if (what.endpoint == delivery::endpoint_change::parked)
            s_.give_back_all();
        else if (what.others == delivery::claimed_events::give_back)
            s_.give_back(a);
        return wake_.news();
    }
    if (what.begins_group) wake_.no_later_than(now + delivery::group_age);
    if (s_.control.is_cycle_due(now)) claims_.due();
}

/// One of which nothing left is no attempt: the event goes on another connection.
void send_source::count(net::exchange_end const& end) {
    if (end.phase == delivery::wire_phase::not_sent) return;
    auto const what = delivery::class_of_status(end.answer ? end.answer->status : 0);
    s_.counted.attempts[static_cast<std::size_t>(what)].add();
    if (end.answer) s_.counted.request.add(end.took);
}

void send_source::settle(flight const& f, net::exchange_end const& end,
                         delivery::attempt_outcome const& outcome,
                         delivery::attempt_end const& what, steady_time now, std::string excerpt) {
    auto& a = *f.of;
    auto const wall = s_.clock.wall(now);
    if (what.made.what == delivery::disposition::delivered) s_.totals.last_success = wall;
    if (what.is_ready_again) return a.queue.push_back_to_front(f.event);
    if (what.made.what == delivery::disposition::delivered && f.event.event().attempt == 1)
        return s_.group.delivered(f, end.connection);
    s_.control.settled(a.setup.no);
    if (what.is_unbegun) return s_.group.add(a, f.event, settlement_unbegun(f.event, wall));
    if (what.made.in_doubt) s_.log.in_doubt(a, what.made, outcome, s_.totals);
    s_.group.count(what.made);
    if (what.made.what == delivery::disposition::rejected && end.answer) {
        auto const why = delivery::rejection_of_status(end.answer->status);
        s_.counted.rejected[static_cast<std::size_t>(why)].add();
    }
    s_.group.add(a, f.event,
                 settlement_of(f.event, end, outcome, what.made, wall, std::move(excerpt)),
                 end.answer ? end.connection : settle_group::no_connection);
}

void send_source::stray(std::uint64_t connection) {
    // Answers that this connection gave lately, and that are not settled yet, may have been
    // another's: they count as answers that never came.
    auto const doubted =
        s_.group.doubt(connection, s_.accounts, s_.clock.wall(paired_clock::now()));
    telemetry::log_line(telemetry::level::warn,
                        "the server sent bytes that nobody asked for; the connection was closed",
                        {{"connection", connection}, {"in_doubt", doubted}});
}

void send_source::opened(bool resumed) {
    (resumed ? s_.counted.handshakes_resumed : s_.counted.handshakes_full).add();
    if (!s_.control.reach().opened()) return;
    s_.log.reachable(paired_clock::now());
    wake_.news();
}

void send_source::open_failed(net::open_failure const& failure) {
    if (s_.control.is_stopping()) return;
    auto const now = paired_clock::now();
    bool const others_open = s_.connections().open() > 0;
    if (s_.control.reach().open_failed(now, others_open, failure.text)) {
        s_.log.unreachable(now, failure, s_.control.reach().next_try());
        s_.give_back_all();
    }
    wake_.news();
}

}  // namespace setclick::dispatch
