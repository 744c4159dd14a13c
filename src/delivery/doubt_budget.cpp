#include "setclickd/delivery/doubt_budget.hpp"

namespace setclick::delivery {

bool doubt_budget::unreadable(event_no event) {
    auto& events = state_.events;
    auto found = std::find_if(events.begin(), events.end(),
                              [event](auto const& entry) { return entry.event == event; });
    if (found == events.end()) {
        if (events.size() >= longest_list) events.erase(events.begin());
        events.push_back({event, 0});
        found = events.end() - 1;
    }
    if (++found->times < most_) return false;
    events.erase(found);
    return true;
}

void doubt_budget::answered(event_no event) noexcept {
    state_.probes = 0;
    std::erase_if(state_.events, [event](auto const& entry) { return entry.event == event; });
}

void doubt_budget::report_ended(report_word word) noexcept {
    missing_ = word == report_word::missing ? missing_ + 1 : 0;
    if (word != report_word::own && missing_ < most_) return;
    missing_ = 0;
    state_.probes = std::min(state_.probes, most_ - 1);
}

void doubt_budget::load(doubt_state saved) {
    std::erase_if(saved.events, [](auto const& entry) { return entry.times < 1; });
    if (saved.events.size() > longest_list) saved.events.resize(longest_list);
    saved.probes = std::clamp(saved.probes, 0, most_);
    state_ = std::move(saved);
}

}  // namespace setclick::delivery
