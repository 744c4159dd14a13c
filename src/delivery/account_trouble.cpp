// Own failures of an account: transport failures and 5xx; the shared wait; the breaker.
#include "setclickd/delivery/account_control.hpp"

namespace setclick::delivery {
namespace {

/// A server that cannot be reached at all needs no third witness; a 500 or a broken connection may
/// be one event's.
constexpr int enough_unreached = 2;
constexpr int enough_failures = 5;
constexpr auto remind_every = std::chrono::minutes{1};

}  // namespace

decision account_control::failed(steady_time now, wall_time wall_now, transport_fault const& fault,
                                 attempt_info const& info, bool probe) {
    auto const after = decide(fault.failure, fault.phase, fault.reused_connection);
    if (after == after_failure::wait_again || after == after_failure::resend_now_uncounted) {
        // Nothing was sent and nothing learnt. A cancelled probe is made up for at once.
        decision out;
        out.what = disposition::wait_again;
        out.why = after == after_failure::wait_again ? cause::cancelled : cause::broken;
        out.at_once = after == after_failure::resend_now_uncounted;
        return out;
    }
    if (fault.failure == transport_failure::cancelled) {
        // Our own doing: in doubt, but nobody's failure.
        decision out;
        out.why = cause::cancelled;
        out.in_doubt = true;
        out.counted = true;
        out.due = backoff_.delay(info.attempt, random_);
        settle_doubt(out);
        return out;
    }
    if (is_timeout(fault.failure)) window_.shrink(now, info.begun);
    last_status_ = 0;
    last_fault_ = fault.failure;
    return own_failure(now, wall_now, info, probe, is_unreached(fault.failure), cause::broken,
                       after == after_failure::in_doubt);
}

decision account_control::own_failure(steady_time now, wall_time wall_now, attempt_info const& info,
                                      bool probe, bool unreached, cause why, bool doubt) {
    decision out;
    out.what = disposition::defer;
    out.why = why;
    out.in_doubt = doubt;
    ++consecutive_;
    heard_well_ = false;
    if (rounds_ > 0) ++trouble_failures_;
    if (probe && !is_calm()) {
        // The account's failure, not the event's: uncounted, but another event makes the next
        // probe.
        failed_probe(now, wall_now, out);
        out.due = past_next_try(now);
    } else {
        out.counted = true;
        out.due = backoff_.delay(info.attempt, random_);
        // All that were on the wire together may fail before anybody can know.
        auto const enough =
            std::max(unreached ? enough_unreached : enough_failures, in_flight_ + 1);
        if (rounds_ == 0 && !park_.is_on() && consecutive_ >= enough) {
            rounds_ = 1;
            trouble_began_ = now;
            trouble_since_ = wall_now;
            trouble_failures_ = static_cast<std::uint64_t>(consecutive_);
            reminded_at_ = now;
            not_before_ = now + backoff_.delay(1, random_);
            window_.restart();
            out.trouble_began = true;
            dirty_ = true;
        }
        // In trouble or parked the account is at fault, not the event.
        if (rounds_ == 0 && !park_.is_on() &&
            backoff_.expected_total(info.attempt - 1) >= settings_.max_age) {
            out.what = disposition::hold;
            out.why = cause::expired;
        }
    }
    settle_doubt(out);
    refresh_phase();
    return out;
}

void account_control::failed_probe(steady_time now, wall_time wall_now, decision& out) {
    dirty_ = true;
    if (park_.is_on()) {
        next_probe(now);
        return;
    }
    ++rounds_;
    // Where retries come quickly a few rounds are over in a second: no time to call it an outage.
    if (rounds_ >= std::max(1, settings_.unavailable_after) &&
        now - trouble_began_ >= settings_.unavailable_for) {
        set_park(now, wall_now, park_reason::unavailable, last_failure(), out);
        return;
    }
    not_before_ = now + backoff_.delay(rounds_, random_);
}

// Just after the account's next try, so that the next try takes another event if there is one.
milliseconds account_control::past_next_try(steady_time now) noexcept {
    auto const next = park_.is_on() ? park_.next_probe : not_before_;
    auto wait = backoff_.delay(1, random_);
    if (next != never && next > now) wait += std::chrono::ceil<milliseconds>(next - now);
    return wait;
}

milliseconds account_control::longest_deferral() const noexcept {
    return backoff_.ceiling(1) + std::max({settings_.retry.cap, settings_.probes.cap, 1ms});
}

// In doubt, the policy decides; an event that expired is held in any case.
void account_control::settle_doubt(decision& out) const noexcept {
    if (!out.in_doubt || out.what == disposition::hold) return;
    out.what = settings_.in_doubt == doubt_policy::hold ? disposition::hold : disposition::resend;
}

bool account_control::may_follow_booking(api::answer_facts const& facts) const noexcept {
    bool const may_be_listed = facts.verdict == api::verdict::unavailable ||
                               facts.verdict == api::verdict::foreign_content ||
                               facts.verdict == api::verdict::blocked;
    if (settings_.in_doubt_statuses && facts.status >= 400 && may_be_listed) {
        auto const& listed = *settings_.in_doubt_statuses;
        return std::find(listed.begin(), listed.end(), facts.status) != listed.end();
    }
    return facts.may_be_booked;
}

// 421: those that were on the wire together may all have had old connections, and go again at once
// on new ones, each once. Beyond that the new ones are wrong as well: an outage like any other.
decision account_control::misdirected(steady_time now, wall_time wall_now, attempt_info const& info,
                                      bool probe) {
    if (again_at_once_ < 0) again_at_once_ = in_flight_ + 1;
    if (again_at_once_ == 0)
        return own_failure(now, wall_now, info, probe, false, cause::unavailable, false);
    --again_at_once_;
    decision out;
    out.what = disposition::wait_again;
    out.why = cause::unavailable;
    out.at_once = true;
    return out;
}

void account_control::end_trouble() noexcept {
    rounds_ = 0;
    consecutive_ = 0;
    again_at_once_ = -1;
    trouble_failures_ = 0;
    window_.restart();
    dirty_ = true;
}

std::string account_control::last_failure() const {
    if (last_status_ > 0) return std::to_string(last_status_);
    return last_status_ == 0 ? name_of(last_fault_) : "before the restart";
}

trouble_view account_control::trouble() const {
    trouble_view out;
    if (rounds_ == 0) return out;
    out.is_on = true;
    out.since = trouble_since_;
    out.failures = trouble_failures_;
    out.next_try = park_.is_on() ? park_.next_probe : not_before_;
    out.last = last_failure();
    return out;
}

bool account_control::remind(steady_time now) noexcept {
    if (rounds_ == 0 || now - reminded_at_ < remind_every) return false;
    reminded_at_ = now;
    return true;
}

}  // namespace setclick::delivery
