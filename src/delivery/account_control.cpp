#include "setclickd/delivery/account_control.hpp"

namespace setclick::delivery {

account_control::account_control(account_settings settings, std::uint64_t seed)
    : settings_(std::move(settings)),
      gate_(settings_.gate),
      window_(settings_.window_cap),
      backoff_(settings_.retry),
      random_(seed) {}

int account_control::claim_room(steady_time now, int ready, milliseconds ahead) const noexcept {
    if (!is_calm()) return ready > 0 ? 0 : probe_room(now);
    auto const by_window = std::min(most_ahead, window_.size() * windows_ahead) - ready;
    return by_window <= 0 ? 0 : std::clamp(gate_.permits(now, ahead) - ready, 0, by_window);
}

// From when on one attempt alone may begin; only outside the calm state.
steady_time account_control::probe_from() const noexcept {
    if (is_paused() || is_probing()) return never;
    if (park_.is_on()) return park_.next_probe;
    if (is_refreshing()) return refresh_until_;
    return not_before_;
}

int account_control::probe_room(steady_time now) const noexcept {
    auto const from = probe_from();
    return from != never && now >= from && gate_.may_pass(now) ? 1 : 0;
}

steady_time account_control::next_chance(steady_time now) const noexcept {
    if (is_calm()) return window_.room(in_flight_) > 0 ? gate_.next(now) : never;
    auto const from = probe_from();
    return from == never ? never : std::max(from, gate_.next(now));
}

void account_control::begin_probe(steady_time now) noexcept {
    // A credential that did not come in time: go on as if it had been refreshed; the next 401
    // parks.
    end_refresh();
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
    auto const about_this_credential = info.begun >= credential_at_;
    decision out;
    switch (facts.verdict) {
        case api::verdict::accepted:
            out.what = disposition::delivered;
            out.why = cause::accepted;
            server_is_well(out, probe);
            if (about_this_credential) prove_credential();
            // The events of a suspect account are kept for the person who is asked.
            if (!rejections_.empty() && park_.reason != park_reason::suspect) {
                rejections_.clear();
                dirty_ = true;
            }
            break;
        case api::verdict::rejected:
            out = refused(now, wall_now, facts, info, probe);
            if (about_this_credential) prove_credential();
            break;
        case api::verdict::throttled:
            return throttled(now, facts, info, probe, rate_changed);
        case api::verdict::unavailable:
            if (facts.retry_after) {
                gate_.hold(now, *facts.retry_after);
                dirty_ = true;
            }
            if (facts.retry_after || facts.status == 503) window_.shrink(now, info.begun);
            last_status_ = facts.status;
            out = own_failure(now, wall_now, info, probe, false, cause::unavailable,
                              may_follow_booking(facts));
            break;
        case api::verdict::misdirected:
            last_status_ = facts.status;
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
void account_control::server_is_well(decision& out, bool probe) noexcept {
    consecutive_ = 0;
    again_at_once_ = -1;
    heard_well_ = true;
    if (is_calm()) [[likely]]
        return;
    if (rounds_ > 0) {
        out.trouble_ended = true;
        end_trouble();
    }
    if (probe && park_.is_on() && !needs_a_person(park_.reason)) {
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
    server_is_well(out, probe);
    if (facts.status != 400 && facts.status != 422) return out;
    if (park_.reason == park_reason::suspect) {
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
    if (probe && park_.is_on() && park_.next_probe != never) park_.next_probe = now + probe_wait();
    return out;
}

decision account_control::unauthorised(steady_time now, wall_time wall_now,
                                       attempt_info const& info, bool probe) {
    decision out;
    out.what = disposition::wait_again;
    out.why = cause::credential;
    // The server answers, so this is no trouble; but nothing is well either.
    if (info.begun < credential_at_) return out;
    if (park_.is_on()) {
        if (probe) {
            next_probe(now);
            // A login that failed for want of a server may succeed by now; but when it did and this
            // probe was made with its token, the interval has to pass first.
            probe_asked_ = park_.reason == park_reason::unauthorised && !probe_asked_;
            out.credential_refresh_wanted = probe_asked_;
        }
        return out;
    }
    if (is_refreshing()) return out;
    if (renewal_ == renewal::none) {
        renewal_ = renewal::asked;
        refresh_until_ = now + settings_.refresh_wait;
        window_.restart();
        out.credential_refresh_wanted = true;
        refresh_phase();
        return out;
    }
    set_park(now, wall_now, park_reason::unauthorised, "401", out);
    return out;
}

// 403, 404, 3xx, foreign content: the event stands at the wrong door.
decision account_control::misplaced(steady_time now, wall_time wall_now,
                                    api::answer_facts const& facts, attempt_outcome const& outcome,
                                    bool probe, attempt_info const& info) {
    decision out;
    out.what = disposition::wait_again;
    out.why = cause::parked;
    // A 403 to a call with the credential before the present one says nothing about this one.
    auto const stale = facts.verdict == api::verdict::forbidden && info.begun < credential_at_;
    if (!park_.is_on() && !stale) {
        auto detail = std::to_string(facts.status);
        if (!facts.note.empty()) detail += " (" + std::string(facts.note) + ")";
        if (!outcome.detail.empty()) detail += ": " + std::string(outcome.detail);
        set_park(now, wall_now, park_for(facts.verdict), std::move(detail), out);
    } else if (park_.is_on() && probe) {
        next_probe(now);
        // Should it be this one event that the server does not like, the next probe takes another.
        out.what = disposition::defer;
        out.due = past_next_try(now);
    }
    if (may_follow_booking(facts)) {
        out.in_doubt = true;
        out.due = past_next_try(now);
        settle_doubt(out);
    }
    return out;
}

}  // namespace setclick::delivery
