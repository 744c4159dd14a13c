#include "setclickd/delivery/account_park.hpp"

#include <algorithm>
#include <utility>

namespace setclick::delivery {

void account_park::configure(steady_time now, probe_settings const& probes,
                             milliseconds retry_cap) noexcept {
    probes_ = probes;
    retry_cap_ = retry_cap;
    if (park_.next_probe != never) park_.next_probe = std::min(park_.next_probe, now + probes_.cap);
}

void account_park::begin(steady_time now, wall_time wall_now, park_reason reason,
                         std::string detail, random_source& random) {
    park_ = {reason, wall_now, std::move(detail), 0, never};
    if (!needs_a_person(reason)) park_.next_probe = now + interval(random);
}

void account_park::end() noexcept {
    park_.reason = park_reason::none;
    park_.detail.clear();
    park_.probes = 0;
    park_.next_probe = never;
}

bool account_park::probe_failed(steady_time now, random_source& random) noexcept {
    if (needs_a_person(park_.reason)) return false;
    ++park_.probes;
    park_.next_probe = now + interval(random);
    return true;
}

void account_park::probe_again(steady_time now, random_source& random) noexcept {
    if (is_on() && park_.next_probe != never) park_.next_probe = now + interval(random);
}

void account_park::wake(steady_time now) noexcept {
    if (!is_on() || needs_a_person(park_.reason)) return;
    park_.next_probe = now;
    park_.probes = 0;
}

bool account_park::pause(wall_time wall_now) noexcept {
    if (is_paused()) return false;
    paused_since_ = wall_now;
    return true;
}

park account_park::visible() const {
    if (!is_paused()) return park_;
    park out;
    out.reason = park_reason::paused;
    out.since = *paused_since_;
    if (is_on()) out.detail = std::string("parked beneath: ") + name_of(park_.reason);
    return out;
}

std::int64_t account_park::save_pause() const noexcept {
    return is_paused() ? std::max<std::int64_t>(1, to_ms(*paused_since_)) : 0;
}

void account_park::load(park_state const& parked, std::int64_t paused_ms, steady_time now,
                        milliseconds elapsed) {
    paused_since_.reset();
    if (paused_ms != 0) paused_since_ = from_ms(paused_ms);
    park_ = loaded_park(parked, now, elapsed, probes_.cap);
}

milliseconds account_park::interval(random_source& random) const noexcept {
    return probe_interval(probes_of(park_.reason, probes_, retry_cap_), park_.probes, random);
}

}  // namespace setclick::delivery
