#include "attempt_end.hpp"

#include <string>

#include "crash_notes.hpp"
#include "failure.hpp"

namespace setclick::ledger {
namespace {

/// Times of states that need no better: neighbours merge.
std::int64_t to_second(std::int64_t ms) noexcept {
    return ms / 1000 * 1000;
}

span_state held_for(std::string_view reason, std::int64_t now) {
    span_state out;
    out.state = event_state::held;
    out.failed = true;
    out.reason = reason;
    out.at = to_second(now);
    return out;
}

span_state waiting_again() {
    span_state out;
    out.failed = true;
    return out;
}

}  // namespace

std::int64_t rounded_due(std::int64_t due, std::int64_t now) noexcept {
    auto const ahead = due - now;
    std::int64_t grain = 100;
    if (ahead > 10'000) grain = 1000;
    if (ahead > 600'000) grain = 10'000;
    return (due + grain - 1) / grain * grain;
}

span_state ended_by(settlement const& s, bool failed, std::int64_t now) {
    span_state to;
    to.state = s.state;
    to.failed = failed;
    switch (s.state) {
        case event_state::waiting:
            return to;
        case event_state::deferred:
            to.due = rounded_due(to_ms(s.due), now);
            to.reason = s.reason;
            return to;
        case event_state::held:
        case event_state::rejected:
            to.reason = s.reason;
            to.at = to_second(now);
            return to;
        case event_state::delivered:
        case event_state::in_flight:
        case event_state::discarded:
            break;
    }
    throw failure(
        fail(errc::invalid_data, "an attempt cannot end as " + std::string(name_of(s.state))));
}

span_state ended_by_restart(doubt_policy policy, std::uint32_t crashes_in_a_row, std::int64_t now) {
    if (crashes_in_a_row >= aborts_to_hold) return held_for(crash_reason, now);
    if (policy == doubt_policy::hold) return held_for(in_doubt_reason, now);
    return waiting_again();
}

span_state after_adoption(event_state was, doubt_policy policy, std::int64_t now) {
    if (policy == doubt_policy::hold || was == event_state::held)
        return held_for(in_doubt_reason, now);
    return waiting_again();
}

}  // namespace setclick::ledger
