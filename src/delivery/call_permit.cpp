#include "setclickd/delivery/call_permit.hpp"

#include <algorithm>

#include "setclickd/delivery/dispatch_control.hpp"

namespace setclick::delivery {
namespace {

/// Beyond the time that it was told to wait, a read's place at the gate is kept for this long.
constexpr milliseconds read_patience{1000};
/// While something stands in the way whose end is not known.
constexpr milliseconds ask_again{1000};

bool is_paused(dispatch_control const& all, account_flow const& a) noexcept {
    return a.control.is_paused() || all.endpoint().parked().reason == park_reason::paused;
}

void have_passed(dispatch_control& all, account_flow& a, steady_time now) {
    all.endpoint().pass_call(now);
    a.control.unsaved();
    all.endpoint().unsaved();
}

}  // namespace

read_permit permit_read(dispatch_control& all, account_flow& a, steady_time now,
                        wall_time wall_now) {
    // What a resume returns stands in the note that a read would write anew.
    if (a.is_returning) return {now + ask_again, true, false};
    read_permit out;
    out.events_wait =
        all.turn().ready(a.no) > 0 || a.claimable(wall_now) > 0 || a.control.in_flight() > 0;
    out.is_paused = is_paused(all, a);
    auto& gate = a.control.gate();
    // Where events cannot pass they earn a read no credit, and nothing else wants the permits.
    bool const stands_still =
        a.control.is_parked() || all.endpoint().parked().is_on() || all.reach().is_unreached();
    bool const shares = out.events_wait && !stands_still;
    out.at = std::max(gate.next_report(now, shares), all.endpoint().next_call(now));
    if (out.is_paused) return out;
    if (out.at > now) {
        gate.expect_report(true);
        auto const comes_back = out.at >= now + std::chrono::hours{24} ? now : out.at;
        a.read_until = comes_back + read_patience;
        return out;
    }
    gate.expect_report(false);
    a.read_until = never;
    gate.pass_report(now, shares);
    have_passed(all, a, now);
    return out;
}

steady_time permit_call(dispatch_control& all, account_flow& a, steady_time now) {
    // A pause holds for logins, too.
    if (is_paused(all, a)) return now + ask_again;
    auto const at = std::max(a.control.gate().next(now), all.endpoint().next_call(now));
    if (at > now) return at;
    a.control.gate().pass(now);
    have_passed(all, a, now);
    // Without a token nothing is claimed, so no transaction comes by itself.
    all.note_due();
    return now;
}

// The endpoint's park is no bar: where its only account may spend no event, nothing else asks
// whether the API is there again.
bool permit_probing_report(dispatch_control& all, account_flow& a, steady_time now) {
    bool const can = !all.is_stopping() && !all.reach().is_unreached() && a.can_send() &&
                     !a.is_returning && !a.queue.empty();
    if (!can || !a.control.wants_report(now) || permit_call(all, a, now) > now) return false;
    a.control.report_begun(now);
    return true;
}

}  // namespace setclick::delivery
