#include "setclickd/delivery/account_control.hpp"

#include "doubt.hpp"
#include "setclickd/delivery/backoff.hpp"

namespace setclick::delivery {

account_control::account_control(account_settings settings, std::uint64_t seed)
    : settings_(std::move(settings)),
      gate_(settings_.gate),
      window_(settings_.window_cap),
      random_(seed),
      doubts_(settings_.max_in_doubt),
      park_(settings_.probes, settings_.retry.cap) {}

int account_control::claim_room(steady_time now, int ready, milliseconds ahead) const noexcept {
    if (!is_calm()) return ready > 0 ? 0 : probe_room(now);
    auto const by_window = std::min(most_ahead, window_.size() * windows_ahead) - ready;
    return by_window <= 0 ? 0 : std::clamp(gate_.permits(now, ahead) - ready, 0, by_window);
}

// From when on one attempt alone may begin; only outside the calm state.
steady_time account_control::probe_from() const noexcept {
    if (is_paused() || is_probing()) return never;
    if (park_.is_on()) return park_.next_probe();
    if (credential_.is_awaited()) return credential_.awaited_until();
    return trouble_.next_try();
}

int account_control::probe_room(steady_time now) const noexcept {
    if (asks_by_report()) return 0;
    auto const from = probe_from();
    return from != never && now >= from && gate_.may_pass(now) ? 1 : 0;
}

steady_time account_control::next_chance(steady_time now) const noexcept {
    if (is_calm()) return window_.room(in_flight_) > 0 ? gate_.next(now) : never;
    auto const from = probe_from();
    if (from == never) return never;
    // Then it may be time for a report.
    auto const at = std::max(from, gate_.next(now));
    return asks_by_report() ? std::max(at, report_until_) : at;
}

void account_control::begin_probe(steady_time now) noexcept {
    // A credential that did not come in time: go on as if it had been refreshed; the next 401
    // parks.
    credential_.stop_waiting();
    probe_begun_ = now;
    refresh_phase();
}

decision account_control::end(steady_time now, wall_time wall_now, attempt_outcome const& outcome,
                              attempt_info const& info) {
    auto const on_the_wire = in_flight_;
    if (in_flight_ > 0) --in_flight_;
    auto const probe = info.begun >= probe_begun_;
    if (probe) {
        probe_begun_ = never;
        refresh_phase();
    }
    if (auto const* facts = outcome.answer()) {
        if (facts->verdict == api::verdict::accepted) window_.succeeded(on_the_wire);
        return answered(now, wall_now, *facts, outcome, info, probe);
    }
    return failed(now, wall_now, *outcome.fault(), info, probe);
}

bool account_control::learn(steady_time now, api::answer_facts const& facts,
                            attempt_info const& info) noexcept {
    bool changed = false;
    if (facts.limit_per_minute) changed = gate_.learn_limit(now, *facts.limit_per_minute);
    if (facts.verdict != api::verdict::throttled)
        changed = gate_.answered(now, info.begun, facts.limit_per_minute.has_value()) || changed;
    if (facts.remaining)
        gate_.learn_remaining(now, info.begun, *facts.remaining, facts.reset_in, in_flight_);
    if (changed || facts.remaining == 0) dirty_ = true;
    return changed;
}

decision account_control::answered(steady_time now, wall_time wall_now,
                                   api::answer_facts const& facts, attempt_outcome const& outcome,
                                   attempt_info const& info, bool probe) {
    auto const rate_changed = learn(now, facts, info);
    auto const about_this_credential = credential_.is_about_present(info.begun);
    decision out;
    switch (facts.verdict) {
        case api::verdict::accepted:
            out.what = disposition::delivered;
            out.why = cause::accepted;
            server_is_well(out, info, probe);
            if (about_this_credential) credential_.accepted();
            // The events of a suspect account are kept for the person who is asked.
            if (!rejections_.empty() && park_.reason() != park_reason::suspect) {
                rejections_.clear();
                dirty_ = true;
            }
            break;
        case api::verdict::rejected:
            out = refused(now, wall_now, facts, info, probe);
            if (about_this_credential) credential_.accepted();
            break;
        case api::verdict::throttled:
            return throttled(now, facts, info, probe, rate_changed);
        case api::verdict::unavailable:
            if (facts.retry_after) {
                gate_.hold(now, *facts.retry_after);
                dirty_ = true;
            }
            if (facts.retry_after || facts.status == 503) window_.shrink(now, info.begun);
            trouble_.met(facts.status);
            out = own_failure(now, wall_now, info, probe, false, cause::unavailable,
                              may_follow_booking(facts, settings_.in_doubt_statuses));
            break;
        case api::verdict::misdirected:
            trouble_.met(facts.status);
            out = misdirected(now, wall_now, info, probe);
            break;
        case api::verdict::unauthorised:
            out = unauthorised(now, wall_now, info, probe);
            break;
        case api::verdict::forbidden:
        case api::verdict::not_found:
        case api::verdict::redirected:
        case api::verdict::foreign_content:
        case api::verdict::blocked:
            out = misplaced(now, wall_now, facts, outcome, probe, info);
            break;
    }
    out.rate_changed = rate_changed;
    return out;
}

// An answer of the API itself, good or bad for the event: the way there is open.
void account_control::server_is_well(decision& out, attempt_info const& info, bool probe) noexcept {
    trouble_.answered();
    misdirected_.reset();
    heard_well_ = true;
    if (!doubts_.is_empty()) [[unlikely]] {
        doubts_.answered(info.event);
        dirty_ = true;
    }
    if (is_calm()) [[likely]]
        return;
    if (trouble_.is_on()) {
        out.trouble_ended = true;
        end_trouble();
    }
    if (probe && park_.is_on() && !needs_a_person(park_.reason())) {
        unpark();
        out.park_changed = true;
    }
    refresh_phase();
}

decision account_control::refused(steady_time now, wall_time wall_now,
                                  api::answer_facts const& facts, attempt_info const& info,
                                  bool probe) {
    decision out;
    out.what = disposition::rejected;
    out.why = cause::refused;
    server_is_well(out, info, probe);
    if (facts.status != 400 && facts.status != 422) return out;
    if (park_.reason() == park_reason::suspect) {
        // After the twentieth nobody is refused any more until a person has looked.
        out.what = disposition::wait_again;
        out.why = cause::suspect;
        return out;
    }
    if (rejections_.add(info.event)) dirty_ = true;
    if (rejections_.size() >= static_cast<std::size_t>(std::max(1, settings_.suspect_after))) {
        set_park(now, wall_now, park_reason::suspect,
                 std::to_string(rejections_.size()) + " events in a row refused, the last with " +
                     std::to_string(facts.status),
                 out);
    }
    return out;
}

decision account_control::throttled(steady_time now, api::answer_facts const& facts,
                                    attempt_info const& info, bool probe,
                                    bool rate_changed) noexcept {
    decision out;
    out.what = disposition::wait_again;
    out.why = cause::throttled;
    auto const wait = facts.retry_after ? facts.retry_after : facts.reset_in;
    out.rate_changed = gate_.throttled(now, info.begun, wait) || rate_changed;
    dirty_ = true;
    window_.shrink(now, info.begun);
    // It says nothing about what the account is parked for: ask again after the same interval.
    if (probe) park_.probe_again(now, random_);
    return out;
}

decision account_control::unauthorised(steady_time now, wall_time wall_now,
                                       attempt_info const& info, bool probe) {
    decision out;
    out.what = disposition::wait_again;
    out.why = cause::credential;
    // The server answers, so this is no trouble; but nothing is well either.
    if (!credential_.is_about_present(info.begun)) return out;
    if (park_.is_on()) {
        if (probe) {
            if (park_.probe_failed(now, random_)) dirty_ = true;
            out.credential_refresh_wanted =
                credential_.ask_again(park_.reason() == park_reason::unauthorised);
        }
        return out;
    }
    if (credential_.is_awaited()) return out;
    if (credential_.ask(now + settings_.refresh_wait)) {
        window_.restart();
        out.credential_refresh_wanted = true;
        refresh_phase();
        return out;
    }
    set_park(now, wall_now, park_reason::unauthorised, "401", out);
    return out;
}

// 403, 404, 3xx, foreign content: wrong URL or credential, not the event's fault.
decision account_control::misplaced(steady_time now, wall_time wall_now,
                                    api::answer_facts const& facts, attempt_outcome const& outcome,
                                    bool probe, attempt_info const& info) {
    decision out;
    out.what = disposition::wait_again;
    out.why = cause::parked;
    // A 403 to a call with the credential before the present one says nothing about this one.
    auto const stale =
        facts.verdict == api::verdict::forbidden && !credential_.is_about_present(info.begun);
    if (!park_.is_on() && !stale) {
        auto detail = std::to_string(facts.status);
        if (!facts.note.empty()) detail += " (" + std::string(facts.note) + ")";
        if (!outcome.detail.empty()) detail += ": " + std::string(outcome.detail);
        set_park(now, wall_now, park_for(facts.verdict), std::move(detail), out);
    } else if (park_.is_on() && probe) {
        if (park_.probe_failed(now, random_)) dirty_ = true;
        // Should it be this one event that the server does not like, the next probe takes another.
        out.what = disposition::defer;
        out.due = past_next_try(now);
    }
    if (may_follow_booking(facts, settings_.in_doubt_statuses)) {
        out.in_doubt = true;
        out.due = past_next_try(now);
        out.what = settle_doubt(out, settings_.in_doubt);
        // A 2xx may well be the answer to a booking: no event is spent on it for ever.
        if (facts.verdict == api::verdict::foreign_content && facts.status >= 200 &&
            facts.status <= 299) {
            if (probe) doubts_.probe_unreadable();
            if (out.what == disposition::resend && doubts_.unreadable(info.event))
                out.what = disposition::hold;
            dirty_ = true;
        }
    }
    return out;
}

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
        out.due = retry_delay(info.attempt);
        out.what = settle_doubt(out, settings_.in_doubt);
        return out;
    }
    if (is_timeout(fault.failure)) window_.shrink(now, info.begun);
    trouble_.met(fault.failure);
    return own_failure(now, wall_now, info, probe, is_unreached(fault.failure), cause::broken,
                       after == after_failure::in_doubt);
}

decision account_control::own_failure(steady_time now, wall_time wall_now, attempt_info const& info,
                                      bool probe, bool unreached, cause why, bool doubt) {
    decision out;
    out.what = disposition::defer;
    out.why = why;
    out.in_doubt = doubt;
    trouble_.failed();
    heard_well_ = false;
    if (probe && !is_calm()) {
        // The account's failure, not the event's: uncounted, but another event makes the next
        // probe.
        failed_probe(now, wall_now, out);
        out.due = past_next_try(now);
    } else {
        out.counted = true;
        out.due = retry_delay(info.attempt);
        if (!trouble_.is_on() && !park_.is_on() && trouble_.is_whole_round(unreached, in_flight_)) {
            trouble_.begin(now, wall_now, retry_delay(1));
            window_.restart();
            out.trouble_began = true;
            dirty_ = true;
        }
        // In trouble or parked the account is at fault, not the event.
        if (!trouble_.is_on() && !park_.is_on() &&
            backoff(settings_.retry).expected_total(info.attempt - 1) >= settings_.max_age) {
            out.what = disposition::hold;
            out.why = cause::expired;
        }
    }
    out.what = settle_doubt(out, settings_.in_doubt);
    refresh_phase();
    return out;
}

void account_control::failed_probe(steady_time now, wall_time wall_now, decision& out) {
    dirty_ = true;
    if (park_.is_on()) {
        park_.probe_failed(now, random_);
        return;
    }
    trouble_.add_round();
    if (trouble_.is_outage(now, settings_.unavailable_after, settings_.unavailable_for)) {
        set_park(now, wall_now, park_reason::unavailable, trouble_.last(), out);
        return;
    }
    trouble_.wait_until(now + retry_delay(trouble_.rounds()));
}

// 421: the connection leads to the wrong server.
decision account_control::misdirected(steady_time now, wall_time wall_now, attempt_info const& info,
                                      bool probe) {
    if (!misdirected_.take(in_flight_))
        return own_failure(now, wall_now, info, probe, false, cause::unavailable, false);
    decision out;
    out.what = disposition::wait_again;
    out.why = cause::unavailable;
    out.at_once = true;
    return out;
}

// Just after the account's next try, so that the next try takes another event if there is one.
milliseconds account_control::past_next_try(steady_time now) noexcept {
    auto const next = park_.is_on() ? park_.next_probe() : trouble_.next_try();
    auto wait = retry_delay(1);
    if (next != never && next > now) wait += std::chrono::ceil<milliseconds>(next - now);
    return wait;
}

milliseconds account_control::retry_delay(int failures) noexcept {
    return backoff(settings_.retry).delay(failures, random_);
}

milliseconds account_control::longest_deferral() const noexcept {
    return backoff(settings_.retry).ceiling(1) +
           std::max({settings_.retry.cap, settings_.probes.cap, 1ms});
}

void account_control::end_trouble() noexcept {
    trouble_.end();
    misdirected_.reset();
    window_.restart();
    dirty_ = true;
}

void account_control::set_park(steady_time now, wall_time wall_now, park_reason reason,
                               std::string detail, decision& out) {
    if (trouble_.is_on() && reason != park_reason::unavailable) {
        out.trouble_ended = true;
        end_trouble();
    }
    out.park_changed = true;
    park_.begin(now, wall_now, reason, std::move(detail), random_);
    credential_.parked();
    heard_well_ = false;
    window_.restart();
    dirty_ = true;
    refresh_phase();
}

void account_control::unpark() noexcept {
    park_.end();
    window_.restart();
    dirty_ = true;
}

void account_control::refresh_phase() noexcept {
    phase_ = is_paused()                ? account_phase::paused
             : park_.is_on()            ? account_phase::parked
             : credential_.is_awaited() ? account_phase::refreshing
             : trouble_.is_on()         ? account_phase::trouble
             : is_probing()             ? account_phase::half_open
                                        : account_phase::calm;
}

void account_control::credential_refreshed(steady_time now) noexcept {
    credential_.renewed(now);
    if (park_.reason() == park_reason::unauthorised) {
        park_.probe_at(now);
        probe_begun_ = never;
    }
    refresh_phase();
}

void account_control::credential_changed(steady_time now) noexcept {
    credential_.replaced(now);
    wake(now);
}

bool account_control::credential_refresh_failed(steady_time now, wall_time wall_now,
                                                std::string_view detail) {
    if (park_.is_on() || !credential_.is_awaited()) return false;
    auto text = std::string("401");
    if (!detail.empty()) text += ", " + std::string(detail);
    decision ignored;
    set_park(now, wall_now, park_reason::unauthorised, std::move(text), ignored);
    return true;
}

std::vector<event_no> account_control::resume(steady_time now, bool accept_rejections) {
    std::vector<event_no> back;
    if (park_.reason() == park_reason::suspect) {
        back = rejections_.take();
        if (accept_rejections) back.clear();
    }
    park_.end_pause();
    credential_.resumed();
    probe_begun_ = never;
    trouble_.try_by(now);
    doubts_.forget();
    unpark();
    end_trouble();
    refresh_phase();
    return back;
}

bool account_control::pause(wall_time wall_now) noexcept {
    if (!park_.pause(wall_now)) return false;
    dirty_ = true;
    refresh_phase();
    return true;
}

void account_control::wake(steady_time now) noexcept {
    park_.wake(now);
    if (trouble_.is_on()) trouble_.try_by(now);
    // A probe that is still on the wire was made under the old circumstances.
    probe_begun_ = never;
    refresh_phase();
}

void account_control::report_ended(steady_time now, report_word word) noexcept {
    if (report_until_ == steady_time::min()) return;
    report_until_ = steady_time::min();
    if (!park_.is_on()) return;
    doubts_.report_ended(word);
    // Where there is no report the event that may be tried keeps the distance of the probes.
    if (word == report_word::own)
        park_.probe_at(now);
    else
        park_.probe_failed(now, random_);
    dirty_ = true;
}

void account_control::probe_at(steady_time at) noexcept {
    if (may_be_the_endpoint(park_.reason())) park_.probe_at(at);
}

void account_control::configure(steady_time now, account_settings settings) {
    settings_ = std::move(settings);
    gate_.configure(now, settings_.gate);
    window_.set_cap(settings_.window_cap);
    doubts_.set_most(settings_.max_in_doubt);
    // A shorter cap counts for the wait that is running, too.
    park_.configure(now, settings_.probes, settings_.retry.cap);
    trouble_.try_by(now + settings_.retry.cap);
}

account_state account_control::save(steady_time now, wall_time wall_now, int reserved) const {
    account_state out;
    out.gate = gate_.save(now, wall_now, reserved);
    out.parked = park_.save(now);
    out.paused_ms = park_.save_pause();
    out.trouble_rounds = trouble_.rounds();
    out.rejected = rejections_.events();
    out.doubts = doubts_.save();
    return out;
}

void account_control::load(account_state const& state, steady_time now, wall_time wall_now) {
    gate_.load(state.gate, now, wall_now);
    auto const elapsed =
        surely_elapsed(state.gate.saved_wall_ms, state.gate.saved_steady_ms, now, wall_now);
    rejections_.clear();
    for (auto const event : state.rejected)
        if (rejections_.size() < static_cast<std::size_t>(std::max(1, settings_.suspect_after)))
            rejections_.add(event);
    park_.load(state.parked, state.paused_ms, now, elapsed);
    doubts_.load(state.doubts);
    report_until_ = steady_time::min();
    auto const rounds =
        std::clamp(state.trouble_rounds, 0, std::max(1, settings_.unavailable_after));
    auto const wait = rounds > 0 ? retry_delay(rounds) : 0ms;
    trouble_.load(rounds, now, park_.is_on() ? park_.since() : wall_now, now + wait);
    window_.restart();
    dirty_ = false;
    refresh_phase();
}

}  // namespace setclick::delivery
