#include "setclickd/delivery/endpoint_control.hpp"

#include <algorithm>

#include "setclickd/delivery/failure.hpp"

namespace setclick::delivery {

endpoint_control::endpoint_control(endpoint_control_settings const& settings, std::uint64_t seed)
    : settings_(settings), gate_(settings.gate), random_(seed) {
    if (settings_.is_shared)
        slots_ = slot_gate(settings_.gate.rate_per_minute, settings_.gate.burst);
}

steady_time endpoint_control::next_slot(steady_time now) const noexcept {
    constexpr milliseconds until_one_comes{50};
    auto const at = slots_.next(now);
    return at == never ? now + until_one_comes : at;
}

// From when on an attempt may begin, by the endpoint's park or question alone.
steady_time endpoint_control::restrained_from(standing who) const noexcept {
    auto const behind = who == standing::fresh ? head_start : 0ms;
    if (!park_.is_on())
        return who == standing::parked ? steady_time::min() : question_.next + behind;
    if (probing_ || park_.next_probe == never) return never;
    if (who == standing::parked) return park_.next_probe;
    return std::min(witness_from_ + behind, park_.next_probe);
}

int endpoint_control::restrained_room(steady_time now, standing who) const noexcept {
    auto const from = restrained_from(who);
    return from != never && now >= from && next_call(now) <= now ? 1 : 0;
}

steady_time endpoint_control::next_chance(steady_time now, standing who) const noexcept {
    if (!restrained_) return next_call(now);
    auto const from = restrained_from(who);
    return from == never ? never : std::max(from, next_call(now));
}

steady_time endpoint_control::next_chance(steady_time now) const noexcept {
    return std::min(next_chance(now, standing::well), next_chance(now, standing::parked));
}

void endpoint_control::begin_restrained(steady_time now, standing who) noexcept {
    if (park_.is_on()) {
        probing_ = true;
        probe_begun_ = now;
    } else if (who != standing::parked) {
        question_.next = now + patience;
    }
}

namespace {

// Accepted and refused are the API's own words.
bool is_well(attempt_outcome const& outcome) noexcept {
    auto const* facts = outcome.answer();
    return facts != nullptr &&
           (facts->verdict == api::verdict::accepted || facts->verdict == api::verdict::rejected);
}

// So are 401 and 403, to one who asks where the door is.
bool is_reached(attempt_outcome const& outcome) noexcept {
    auto const* facts = outcome.answer();
    return facts != nullptr && (facts->verdict == api::verdict::unauthorised ||
                                facts->verdict == api::verdict::forbidden);
}

/// What an account that was not parked met is what `reason` is about.
bool met_the_same(park_reason reason, attempt_by const& by, decision const& made) noexcept {
    if (by.before == standing::parked) return false;
    if (reason != park_reason::unavailable) return made.park_changed && by.parked_for == reason;
    // The breaker of an account takes minutes to open. One failure of one that was well may be the
    // event's.
    return by.before == standing::fresh &&
           (made.why == cause::unavailable || made.why == cause::broken) &&
           made.what != disposition::wait_again;
}

std::string detail_of(bool only_one, attempt_outcome const& outcome) {
    auto out = std::string(only_one ? "" : "two accounts met the same: ");
    auto const* facts = outcome.answer();
    out += facts != nullptr ? std::to_string(facts->status) : name_of(outcome.fault()->failure);
    if (facts != nullptr && !facts->note.empty()) out += " (" + std::string(facts->note) + ")";
    if (!outcome.detail.empty()) out += ", " + std::string(outcome.detail);
    return out;
}

}  // namespace

endpoint_change endpoint_control::end(steady_time now, wall_time wall_now, attempt_by const& by,
                                      attempt_outcome const& outcome, attempt_info const& info,
                                      decision const& made) {
    if (is_well(outcome) && met_any_) {
        met_ = {};
        met_any_ = false;
    }
    if (restrained_) [[unlikely]]
        return park_.is_on() ? end_parked(now, by, outcome, info, made)
                             : end_in_question(now, wall_now, by, outcome, info, made);
    if (!made.park_changed || !may_be_the_endpoint(by.parked_for)) return endpoint_change::none;
    auto& first = met_[static_cast<std::size_t>(by.parked_for)];
    met_any_ = true;
    bool const only_one = settings_.accounts <= 1;
    if (!only_one && (first == account_no{} || first == by.account)) {
        first = by.account;
        return endpoint_change::none;
    }
    if (!only_one && by.others_may_tell) {
        question_ = {by.parked_for, detail_of(only_one, outcome), now, now, 0};
        restrained_ = true;
        return endpoint_change::none;
    }
    park_for(now, wall_now, by.parked_for, detail_of(only_one, outcome));
    return endpoint_change::parked;
}

endpoint_change endpoint_control::end_in_question(steady_time now, wall_time wall_now,
                                                  attempt_by const& by,
                                                  attempt_outcome const& outcome,
                                                  attempt_info const& info, decision const& made) {
    // An answer to a call from before says less than the API's own word, which says all.
    auto const asked = by.before != standing::parked && info.begun >= question_.since;
    if (is_well(outcome) || (asked && is_reached(outcome))) {
        open();
        return endpoint_change::cleared;
    }
    // With the last that might have told nobody is left to ask.
    bool const last = made.park_changed && !by.others_may_tell;
    if (!asked && !last) return endpoint_change::none;
    question_.next = now;
    probe_set_ = true;
    if (!met_the_same(question_.reason, by, made)) return endpoint_change::none;
    if (by.before == standing::fresh && !last && ++question_.failed < enough_witnesses)
        return endpoint_change::none;
    park_for(now, wall_now, question_.reason, std::move(question_.detail));
    if (asked) witness_failed(now, by.before);
    return endpoint_change::parked;
}

endpoint_change endpoint_control::end_parked(steady_time now, attempt_by const& by,
                                             attempt_outcome const& outcome,
                                             attempt_info const& info, decision const& made) {
    auto const probe = probing_ && info.begun >= probe_begun_;
    if (probe) probing_ = false;
    if (park_.reason == park_reason::paused) return endpoint_change::none;
    if (is_well(outcome) || (probe && is_reached(outcome))) {
        open();
        return endpoint_change::opened;
    }
    if (!probe) return endpoint_change::none;
    probe_set_ = true;
    // An attempt that we gave up ourselves is no probe, nor one whose connection was at fault: an
    // idle one that had died, or led to the wrong server, tells nothing of the endpoint.
    if (made.why == cause::cancelled || made.at_once) return endpoint_change::none;
    if (by.before != standing::parked) witness_failed(now, by.before);
    if (now >= park_.next_probe) {
        ++park_.probes;
        park_.next_probe = now + probe_wait();
        dirty_ = true;
    }
    return endpoint_change::none;
}

void endpoint_control::park_for(steady_time now, wall_time wall_now, park_reason reason,
                                std::string detail) {
    question_ = {};
    park_.reason = reason;
    park_.since = wall_now;
    park_.detail = std::move(detail);
    park_.probes = 0;
    park_.next_probe = now + probe_wait();
    restrained_ = true;
    probing_ = false;
    witness_from_ = now;
    witnesses_failed_ = 0;
    probe_set_ = true;
    dirty_ = true;
}

// One more account found it out. One that was well leaves no doubt. Those of which nothing is known
// may all be wrong, and the next one right: it waits for seconds only, until so many have failed
// that this is hardly so.
void endpoint_control::witness_failed(steady_time now, standing who) noexcept {
    if (who == standing::well) {
        witness_from_ = never - head_start;
        return;
    }
    auto const of_it = std::max(0, ++witnesses_failed_ - many_witnesses);
    auto const wait = probe_settings{witness_first, std::min(witness_cap, settings_.probes.cap)};
    witness_from_ = now + probe_interval(wait, of_it, random_);
}

milliseconds endpoint_control::probe_wait() noexcept {
    auto const probes = probes_of(park_.reason, settings_.probes, settings_.retry_cap);
    return probe_interval(probes, park_.probes, random_);
}

void endpoint_control::open() noexcept {
    park_ = {};
    question_ = {};
    restrained_ = false;
    probing_ = false;
    met_ = {};
    met_any_ = false;
    dirty_ = true;
}

bool endpoint_control::resume() noexcept {
    auto const was = park_.is_on();
    open();
    return was;
}

bool endpoint_control::pause(wall_time wall_now) noexcept {
    if (park_.reason == park_reason::paused) return false;
    open();
    park_.reason = park_reason::paused;
    park_.since = wall_now;
    restrained_ = true;
    return true;
}

void endpoint_control::wake(steady_time now) noexcept {
    if (!park_.is_on() || needs_a_person(park_.reason)) return;
    park_.next_probe = now;
    park_.probes = 0;
    witness_from_ = now;
    witnesses_failed_ = 0;
    probing_ = false;
}

void endpoint_control::configure(steady_time now,
                                 endpoint_control_settings const& settings) noexcept {
    bool const is_other = settings.is_shared != settings_.is_shared ||
                          settings.gate.rate_per_minute != settings_.gate.rate_per_minute ||
                          settings.gate.burst != settings_.gate.burst;
    settings_ = settings;
    if (is_other)
        slots_ = settings.is_shared ? slot_gate(settings.gate.rate_per_minute, settings.gate.burst)
                                    : slot_gate();
    gate_.configure(now, settings.gate);
    if (park_.next_probe != never)
        park_.next_probe = std::min(park_.next_probe, now + settings.probes.cap);
}

endpoint_state endpoint_control::save(steady_time now, wall_time wall_now, int reserved) const {
    endpoint_state out;
    out.gate = gate_.save(now, wall_now, reserved);
    out.parked = saved_park(park_, now);
    return out;
}

void endpoint_control::load(endpoint_state const& state, steady_time now, wall_time wall_now) {
    gate_.load(state.gate, now, wall_now);
    auto const elapsed =
        surely_elapsed(state.gate.saved_wall_ms, state.gate.saved_steady_ms, now, wall_now);
    park_ = loaded_park(state.parked, now, elapsed, settings_.probes.cap);
    restrained_ = park_.is_on();
    // A start is no reason to ask again: nobody is known to be well.
    witness_from_ = never - head_start;
    probing_ = false;
    dirty_ = false;
}

}  // namespace setclick::delivery
