// Some accounts and the endpoint they share, attempt by attempt.
#pragma once

#include <algorithm>
#include <set>
#include <vector>

#include "setclickd/delivery/endpoint_control.hpp"
#include "timeline.hpp"

namespace setclick::delivery {

struct house {
    explicit house(std::size_t accounts) : endpoint(settings(accounts)) {
        for (std::size_t i = 0; i < accounts; ++i)
            controls.emplace_back(driven_account::unlimited(), i + 1);
    }
    static endpoint_control_settings settings(std::size_t accounts) {
        endpoint_control_settings s;
        s.accounts = accounts;
        return s;
    }

    timeline time;
    endpoint_control endpoint;
    std::vector<account_control> controls;
    std::set<std::size_t> has_events;  ///< whom the endpoint may ask when it is in question
    std::uint64_t event = 1;

    bool may(std::size_t i) const {
        return endpoint.room(time.now, controls[i].standing()) > 0 &&
               controls[i].room(time.now) > 0;
    }
    attempt_info begin(std::size_t i) {
        EXPECT_TRUE(may(i));
        endpoint.begin(time.now, controls[i].standing());
        controls[i].begin(time.now);
        return {event_no{event++}, 1, time.now};
    }
    endpoint_change end(std::size_t i, attempt_info const& info, attempt_outcome const& outcome) {
        auto const before = controls[i].standing();
        auto const made = controls[i].end(time.now, time.wall, outcome, info);
        auto const others = others_may_tell(i);
        return endpoint.end(time.now, time.wall,
                            {account_no(i + 1), before, controls[i].visible_park().reason, others},
                            outcome, info, made);
    }
    endpoint_change one(std::size_t i, attempt_outcome const& outcome) {
        auto const info = begin(i);
        time.advance(5ms);
        return end(i, info, outcome);
    }
    bool others_may_tell(std::size_t i) const {
        for (std::size_t k = 0; k < controls.size(); ++k)
            if (k != i && has_events.contains(k) && controls[k].standing() != standing::parked)
                return true;
        return false;
    }
    /// Moves to the time when one of those that have events may begin, and says which; past the
    /// last one where none ever may.
    std::size_t next() {
        for (int tries = 0; tries < 1000; ++tries) {
            auto soonest = never;
            for (auto const k : has_events) {
                if (may(k)) return k;
                soonest = std::min(
                    soonest, std::max(controls[k].next_chance(time.now),
                                      endpoint.next_chance(time.now, controls[k].standing())));
            }
            if (soonest == never) break;
            time.advance(std::max(1ms, std::chrono::ceil<milliseconds>(soonest - time.now)));
        }
        return controls.size();
    }
    void wait_for_endpoint() {
        auto const next = endpoint.next_chance(time.now, standing::parked);
        ASSERT_NE(next, never);
        if (next > time.now) time.advance(std::chrono::ceil<milliseconds>(next - time.now));
    }
};

}  // namespace setclick::delivery
