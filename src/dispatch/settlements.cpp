#include "settlements.hpp"

#include <algorithm>

#include "setclickd/api/excerpt.hpp"
#include "setclickd/event/record.hpp"

namespace setclick::dispatch {
namespace {

ledger::event_state state_of(delivery::decision const& d) noexcept {
    switch (d.what) {
        case delivery::disposition::delivered:
            return ledger::event_state::delivered;
        case delivery::disposition::rejected:
            return ledger::event_state::rejected;
        case delivery::disposition::wait_again:
            return ledger::event_state::waiting;
        case delivery::disposition::defer:
            return ledger::event_state::deferred;
        case delivery::disposition::resend:
            return d.due > 0ms ? ledger::event_state::deferred : ledger::event_state::waiting;
        case delivery::disposition::hold:
            return ledger::event_state::held;
    }
    return ledger::event_state::waiting;
}

std::string reason_of(delivery::attempt_outcome const& outcome, delivery::decision const& d) {
    if (d.why == delivery::cause::expired) return "expired";
    if (auto const* answer = outcome.answer()) {
        if (answer->verdict == api::verdict::foreign_content ||
            answer->verdict == api::verdict::blocked)
            return std::string(api::name_of(answer->verdict));
        return "http-" + std::to_string(answer->status);
    }
    return delivery::name_of(outcome.fault()->failure);
}

}  // namespace

ledger::settlement settlement_of(ready_event const& event, net::exchange_end const& end,
                                 delivery::attempt_outcome const& outcome,
                                 delivery::decision const& d, wall_time now, std::string excerpt) {
    ledger::settlement s;
    s.no = event.event().no;
    s.state = state_of(d);
    s.attempted =
        d.why != delivery::cause::cancelled || end.phase != delivery::wire_phase::not_sent;
    s.counted = d.counted;
    s.in_doubt = d.in_doubt;
    s.at = now;
    s.due = s.state == ledger::event_state::deferred ? now + d.due : wall_time{};
    s.status = end.answer ? end.answer->status : 0;
    s.phase = static_cast<std::uint8_t>(end.phase);
    s.reason = reason_of(outcome, d);
    s.excerpt = std::move(excerpt);
    return s;
}

ledger::settlement settlement_unbegun(ready_event const& event, wall_time now) {
    ledger::settlement s;
    s.no = event.event().no;
    s.attempted = false;
    s.counted = false;
    s.at = now;
    return s;
}

ledger::settlement settlement_stray(event_no no, doubt_policy policy, wall_time now) {
    ledger::settlement s;
    s.no = no;
    s.state =
        policy == doubt_policy::hold ? ledger::event_state::held : ledger::event_state::waiting;
    s.in_doubt = true;
    s.at = now;
    s.phase = static_cast<std::uint8_t>(delivery::wire_phase::answered);
    s.reason = "stray-answer";
    return s;
}

ledger::settlement settlement_unreadable(ready_event const& event, wall_time now) {
    ledger::settlement s;
    s.no = event.event().no;
    s.state = ledger::event_state::held;
    s.counted = false;
    s.at = now;
    s.reason = "unreadable-record";
    return s;
}

void return_if_rejected(ledger::settlement& s, std::vector<event_no> const& events) {
    if (s.state == ledger::event_state::rejected && std::ranges::find(events, s.no) != events.end())
        s.state = ledger::event_state::waiting;
}

std::string excerpt_of(api::answer_view const& answer, secret<std::string> const& token,
                       std::string_view record) {
    std::vector<std::string> values;
    if (auto const view = event::parse_record(record)) values = api::personal_values(*view);
    std::vector<std::string_view> secrets(values.begin(), values.end());
    secrets.emplace_back(token.reveal());
    return api::excerpt(answer, secrets);
}

}  // namespace setclick::dispatch
