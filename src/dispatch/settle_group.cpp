#include "settle_group.hpp"

#include <algorithm>

#include "settlements.hpp"

namespace setclick::dispatch {

void settle_group::delivered(flight const& f, std::uint64_t connection) {
    delivered_.push_back({f.of, connection, f.event});
    ++totals_.delivered;
}

void settle_group::add(account& a, ready_event const& event, ledger::settlement s,
                       std::uint64_t connection) {
    if (s.in_doubt) ++totals_.in_doubt;
    if (s.state == ledger::event_state::held) ++totals_.held;
    settlements_.push_back({std::move(s), connection});
    a.queue.settled(event.batch);
}

void settle_group::count(delivery::decision const& d) {
    switch (d.what) {
        case delivery::disposition::delivered:
            ++totals_.delivered;
            break;
        case delivery::disposition::rejected:
            ++totals_.rejected;
            break;
        case delivery::disposition::defer:
        case delivery::disposition::resend:
            ++totals_.deferred;
            break;
        case delivery::disposition::wait_again:
        case delivery::disposition::hold:
            break;
    }
}

std::size_t settle_group::doubt(std::uint64_t connection, account_registry const& accounts,
                                wall_time now) {
    std::size_t doubted = 0;
    for (std::size_t i = 0; i < delivered_.size();) {
        if (delivered_[i].connection != connection) {
            ++i;
            continue;
        }
        auto const e = delivered_[i];
        delivered_[i] = delivered_.back();
        delivered_.pop_back();
        control_.settled(e.of->setup.no);
        add(*e.of, e.event,
            settlement_stray(e.event.event().no, e.of->flow.control.of_doubt(), now));
        --totals_.delivered;
        ++doubted;
    }
    for (auto& s : settlements_) {
        if (s.connection != connection) continue;
        doubt_settlement(s, accounts.find(s.what.no.account())->flow.control.of_doubt(), now);
        ++doubted;
    }
    return doubted;
}

void settle_group::doubt_settlement(settled_event& s, doubt_policy policy, wall_time now) {
    s.connection = no_connection;
    if (!s.what.in_doubt) ++totals_.in_doubt;
    bool const was_held = s.what.state == ledger::event_state::held;
    s.what = settlement_stray(s.what.no, policy, now);
    if (!was_held && s.what.state == ledger::event_state::held) ++totals_.held;
}

void settle_group::settle_as_waiting(std::vector<event_no> const& events) {
    for (auto& s : settlements_)
        return_if_rejected(s.what, events);
}

void settle_group::take(ledger::cycle_request& into, steady_time now) {
    into.delivered.reserve(delivered_.size());
    for (auto const& e : delivered_) {
        into.delivered.push_back(e.event.event().no);
        e.of->queue.settled(e.event.batch);
        control_.settled(e.of->setup.no);
        e.of->lately.add(now, 1);
    }
    into.settlements.reserve(settlements_.size());
    for (auto& s : settlements_)
        into.settlements.push_back(std::move(s.what));
    delivered_.clear();
    settlements_.clear();
    control_.group().taken();
}

}  // namespace setclick::dispatch
