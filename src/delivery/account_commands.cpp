// Parks, credentials and what a person orders.
#include "setclickd/delivery/account_control.hpp"

namespace setclick::delivery {

char const* name_of(account_phase phase) noexcept {
    switch (phase) {
        case account_phase::paused:
            return "paused";
        case account_phase::parked:
            return "parked";
        case account_phase::refreshing:
            return "refreshing";
        case account_phase::trouble:
            return "trouble";
        case account_phase::half_open:
            return "half-open";
        case account_phase::calm:
            return "calm";
    }
    return "calm";
}

void account_control::end_refresh() noexcept {
    if (is_refreshing())
        renewal_ = renewal_ == renewal::asked_well ? renewal::none : renewal::tried;
}

void account_control::prove_credential() noexcept {
    renewal_ = is_refreshing() ? renewal::asked_well : renewal::none;
}

void account_control::refresh_phase() noexcept {
    phase_ = is_paused()       ? account_phase::paused
             : park_.is_on()   ? account_phase::parked
             : is_refreshing() ? account_phase::refreshing
             : rounds_ > 0     ? account_phase::trouble
             : is_probing()    ? account_phase::half_open
                               : account_phase::calm;
}

void account_control::set_park(steady_time now, wall_time wall_now, park_reason reason,
                               std::string detail, decision& out) {
    if (rounds_ > 0 && reason != park_reason::unavailable) {
        out.trouble_ended = true;
        end_trouble();
    }
    out.park_changed = true;
    park_.reason = reason;
    park_.since = wall_now;
    park_.detail = std::move(detail);
    park_.probes = 0;
    park_.next_probe = never;
    end_refresh();
    probe_asked_ = false;
    heard_well_ = false;
    window_.restart();
    if (!needs_a_person(reason)) park_.next_probe = now + probe_wait();
    dirty_ = true;
    refresh_phase();
}

void account_control::unpark() noexcept {
    park_.reason = park_reason::none;
    park_.detail.clear();
    park_.next_probe = never;
    park_.probes = 0;
    window_.restart();
    dirty_ = true;
}

void account_control::next_probe(steady_time now) noexcept {
    if (needs_a_person(park_.reason)) return;
    ++park_.probes;
    park_.next_probe = now + probe_wait();
    dirty_ = true;
}

milliseconds account_control::probe_wait() noexcept {
    auto const probes = probes_of(park_.reason, settings_.probes, settings_.retry.cap);
    return probe_interval(probes, park_.probes, random_);
}

void account_control::probe_at(steady_time at) noexcept {
    if (may_be_the_endpoint(park_.reason)) park_.next_probe = at;
}

void account_control::wake(steady_time now) noexcept {
    if (park_.is_on() && !needs_a_person(park_.reason)) {
        park_.next_probe = now;
        park_.probes = 0;
    }
    if (rounds_ > 0) not_before_ = std::min(not_before_, now);
    // A probe that is still on the wire was made under the old circumstances.
    probe_begun_ = never;
    refresh_phase();
}

void account_control::credential_refreshed(steady_time now) noexcept {
    credential_at_ = now;
    end_refresh();
    if (park_.reason == park_reason::unauthorised) {
        park_.next_probe = now;
        probe_begun_ = never;
    }
    refresh_phase();
}

void account_control::credential_changed(steady_time now) noexcept {
    credential_at_ = now;
    renewal_ = renewal::none;
    probe_asked_ = false;
    wake(now);
}

bool account_control::credential_refresh_failed(steady_time now, wall_time wall_now,
                                                std::string_view detail) {
    if (park_.is_on() || !is_refreshing()) return false;
    auto text = std::string("401");
    if (!detail.empty()) text += ", " + std::string(detail);
    decision ignored;
    set_park(now, wall_now, park_reason::unauthorised, std::move(text), ignored);
    return true;
}

std::vector<event_no> account_control::resume(steady_time now, bool accept_rejections) {
    std::vector<event_no> back;
    if (park_.reason == park_reason::suspect) {
        back = rejections_.take();
        if (accept_rejections) back.clear();
    }
    paused_since_.reset();
    renewal_ = renewal::none;
    probe_begun_ = never;
    not_before_ = now;
    unpark();
    end_trouble();
    refresh_phase();
    return back;
}

bool account_control::pause(wall_time wall_now) noexcept {
    if (is_paused()) return false;
    paused_since_ = wall_now;
    dirty_ = true;
    refresh_phase();
    return true;
}

park account_control::visible_park() const {
    if (!is_paused()) return park_;
    park out;
    out.reason = park_reason::paused;
    out.since = *paused_since_;
    if (park_.is_on()) out.detail = std::string("parked beneath: ") + name_of(park_.reason);
    return out;
}

void account_control::configure(steady_time now, account_settings settings) {
    settings_ = std::move(settings);
    gate_.configure(now, settings_.gate);
    window_.set_cap(settings_.window_cap);
    backoff_ = backoff(settings_.retry);
    // A shorter cap counts for the wait that is running, too.
    if (park_.next_probe != never)
        park_.next_probe = std::min(park_.next_probe, now + settings_.probes.cap);
    not_before_ = std::min(not_before_, now + settings_.retry.cap);
}

account_state account_control::save(steady_time now, wall_time wall_now, int reserved) const {
    account_state out;
    out.gate = gate_.save(now, wall_now, reserved);
    out.parked = saved_park(park_, now);
    if (is_paused()) out.paused_ms = std::max<std::int64_t>(1, to_ms(*paused_since_));
    out.trouble_rounds = rounds_;
    out.rejected = rejections_.events();
    return out;
}

void account_control::load(account_state const& state, steady_time now, wall_time wall_now) {
    gate_.load(state.gate, now, wall_now);
    auto const elapsed =
        surely_elapsed(state.gate.saved_wall_ms, state.gate.saved_steady_ms, now, wall_now);
    paused_since_.reset();
    if (state.paused_ms != 0) paused_since_ = from_ms(state.paused_ms);
    rejections_.clear();
    for (auto const event : state.rejected)
        if (rejections_.size() < static_cast<std::size_t>(std::max(1, settings_.suspect_after)))
            rejections_.add(event);
    park_ = loaded_park(state.parked, now, elapsed, settings_.probes.cap);
    rounds_ = std::clamp(state.trouble_rounds, 0, std::max(1, settings_.unavailable_after));
    consecutive_ = 0;
    last_status_ = -1;
    trouble_since_ = park_.is_on() ? park_.since : wall_now;
    reminded_at_ = now;
    trouble_began_ = now;
    not_before_ = rounds_ > 0 ? now + backoff_.delay(rounds_, random_) : now;
    window_.restart();
    dirty_ = false;
    refresh_phase();
}

}  // namespace setclick::delivery
