#include "setclickd/delivery/endpoint_control.hpp"

#include <algorithm>

namespace setclick::delivery {

endpoint_control::endpoint_control(endpoint_control_settings const& settings, std::uint64_t seed)
    : settings_(settings), gate_(settings.gate), random_(seed) {}

int endpoint_control::probe_room(steady_time now) const noexcept {
    return !probing_ && park_.next_probe != never && now >= park_.next_probe && gate_.may_pass(now)
               ? 1
               : 0;
}

steady_time endpoint_control::next_chance(steady_time now) const noexcept {
    if (!park_.is_on()) return gate_.next(now);
    if (probing_ || park_.next_probe == never) return never;
    return std::max(park_.next_probe, gate_.next(now));
}

endpoint_change endpoint_control::end(steady_time now, wall_time wall_now, account_no account,
                                      attempt_outcome const& outcome, attempt_info const& info,
                                      decision const& made, park_reason account_park) {
    auto const probe = probing_ && info.begun >= probe_begun_;
    if (probe) probing_ = false;
    auto const* facts = outcome.answer();
    // Accepted and refused are the API's own words.
    auto const well = facts != nullptr && (facts->verdict == api::verdict::accepted ||
                                           facts->verdict == api::verdict::rejected);
    if (well && met_any_) {
        met_ = {};
        met_any_ = false;
    }
    if (park_.is_on()) {
        if (!probe || park_.reason == park_reason::paused) return endpoint_change::none;
        // So are 401 and 403 to a probe: it came to the right door.
        auto const reached =
            well || (facts != nullptr && (facts->verdict == api::verdict::unauthorised ||
                                          facts->verdict == api::verdict::forbidden));
        if (reached) {
            open();
            return endpoint_change::opened;
        }
        // An attempt that we gave up ourselves is no probe.
        if (made.why == cause::cancelled) return endpoint_change::none;
        ++park_.probes;
        park_.next_probe = now + probe_wait();
        probe_set_ = true;
        dirty_ = true;
        return endpoint_change::none;
    }
    if (!made.park_changed || !may_be_the_endpoint(account_park)) return endpoint_change::none;
    auto& first = met_[static_cast<std::size_t>(account_park)];
    met_any_ = true;
    if (settings_.accounts > 1 && (first == account_no{} || first == account)) {
        first = account;
        return endpoint_change::none;
    }
    park_.reason = account_park;
    park_.since = wall_now;
    park_.detail = std::string(settings_.accounts > 1 ? "two accounts met the same"
                                                      : "its only account met it");
    if (facts != nullptr) park_.detail += ": " + std::to_string(facts->status);
    if (facts == nullptr) park_.detail += std::string(": ") + name_of(outcome.fault()->failure);
    if (!outcome.detail.empty()) park_.detail += ", " + std::string(outcome.detail);
    park_.probes = 0;
    park_.next_probe = now + probe_wait();
    probe_set_ = true;
    dirty_ = true;
    return endpoint_change::parked;
}

milliseconds endpoint_control::probe_wait() noexcept {
    auto const probes = probes_of(park_.reason, settings_.probes, settings_.retry_cap);
    return probe_interval(probes, park_.probes, random_);
}

void endpoint_control::open() noexcept {
    park_ = {};
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
    return true;
}

void endpoint_control::wake(steady_time now) noexcept {
    if (!park_.is_on() || needs_a_person(park_.reason)) return;
    park_.next_probe = now;
    park_.probes = 0;
    probing_ = false;
}

void endpoint_control::configure(steady_time now,
                                 endpoint_control_settings const& settings) noexcept {
    settings_ = settings;
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
    probing_ = false;
    dirty_ = false;
}

}  // namespace setclick::delivery
