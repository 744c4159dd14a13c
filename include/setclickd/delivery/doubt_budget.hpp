// How often events may be put in doubt by answers that nobody can read (a 2xx that is not the
// API's), and what probes next: an event, or a report, which books nothing.
//
// Promises: an event is put in doubt in this way at most `most` times, then it is held, whatever
// others are answered between; after `most` probes in a row no further event is spent before the
// API has answered a report, or has none: then one event after as many of those, so that delivery is
// stopped for ever by no report that is missing. An answer of the API's own to an event ends the row, and is that
// event's end. Failures that are no answer of the kind (5xx, resets, time-outs) never come here.
// Pure.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "setclickd/base/ids.hpp"

namespace setclick::delivery {

/// What must survive a restart.
struct doubt_state {
    struct entry {
        event_no event{};
        int times = 0;
        friend bool operator==(entry const&, entry const&) = default;
    };
    std::vector<entry> events;
    int probes = 0;  ///< in a row

    friend bool operator==(doubt_state const&, doubt_state const&) = default;
};

/// What came of a report in an event's place.
enum class report_word : std::uint8_t {
    own,      ///< the API itself answered, whatever it said
    missing,  ///< an answer that there is no report here, which shows neither
    none,     ///< nobody, or somebody else
};

class doubt_budget {
public:
    /// Events that are remembered; beyond it the oldest is forgotten.
    static constexpr std::size_t longest_list = 1024;

    explicit doubt_budget(int most = 3) { set_most(most); }
    void set_most(int most) noexcept { most_ = most < 1 ? 1 : most; }

    /// The answer to a probe cannot be read.
    void probe_unreadable() noexcept { state_.probes = std::min(state_.probes + 1, most_); }
    /// The answer to an attempt of `event`, which would be sent again, cannot be read. True: it has
    /// been so often enough, the event is to be held.
    bool unreadable(event_no event);
    /// The next probe is a report.
    bool wants_report() const noexcept { return state_.probes >= most_; }
    /// After the API's own word one event may be tried.
    void report_ended(report_word word) noexcept;
    /// The API itself has answered `event`.
    void answered(event_no event) noexcept;
    /// A person says that it is well.
    void forget() noexcept {
        state_ = {};
        missing_ = 0;
    }
    bool is_empty() const noexcept { return state_.probes == 0 && state_.events.empty(); }

    doubt_state const& save() const noexcept { return state_; }
    /// Nonsense is as nothing.
    void load(doubt_state saved);

private:
    int most_ = 3;
    int missing_ = 0;  ///< reports in a row; a restart counts anew
    doubt_state state_;
};

}  // namespace setclick::delivery
