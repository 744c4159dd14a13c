// What dispatch counts while it works.
#pragma once

#include <array>

#include "setclickd/base/figures.hpp"
#include "setclickd/delivery/daemon_figures.hpp"

namespace setclick::dispatch {

struct figures {
    static constexpr std::array request_bounds{0.005, 0.01, 0.025, 0.05, 0.1,  0.25, 0.5,
                                               1.0,   2.5,  5.0,   10.0, 30.0, 60.0};
    /// Up to a week: what a weekend's outage makes is to be seen.
    static constexpr std::array delivery_bounds{0.05,   0.1,     0.25,    0.5,     1.0,   2.5,
                                                5.0,    10.0,    30.0,    60.0,    300.0, 1800.0,
                                                7200.0, 28800.0, 86400.0, 604800.0};
    static constexpr std::array claim_bounds{1.0,  2.0,   4.0,   8.0,   16.0,  32.0,
                                             64.0, 128.0, 256.0, 512.0, 1024.0};

    std::array<counter, delivery::status_class_count> attempts;
    std::array<counter, delivery::rejection_count> rejected;
    histogram request{request_bounds};
    histogram delivery_time{delivery_bounds};
    histogram claim{claim_bounds};
    counter handshakes_full;
    counter handshakes_resumed;

    void add_to(delivery::daemon_figures& out) const {
        for (std::size_t i = 0; i < attempts.size(); ++i)
            out.attempts[i] = attempts[i].value();
        for (std::size_t i = 0; i < rejected.size(); ++i)
            out.rejected[i] += rejected[i].value();
        out.request_seconds = request.values();
        out.delivery_seconds = delivery_time.values();
        out.claim_events = claim.values();
        out.handshakes_full = handshakes_full.value();
        out.handshakes_resumed = handshakes_resumed.value();
    }
};

}  // namespace setclick::dispatch
