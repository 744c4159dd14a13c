// What `top` has seen over the last minutes, and the rates and durations that come of it.
//
// Promises: memory is bounded by the time that it looks back on; what a restart of the daemon, or a
// look that failed, leaves unknown is unknown and no guess. Pure: times come with the samples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "setclickd/base/figures.hpp"
#include "setclickd/base/time.hpp"

namespace setclick::cli {

/// One look.
struct top_sample {
    steady_time at{};
    std::int64_t pid = 0;                       ///< 0: the daemon did not answer
    std::uint64_t delivered = 0, rejected = 0;  ///< since the ledger began
    std::uint64_t attempts = 0;                 ///< since the daemon's start
    histogram_values request_seconds{};         ///< the same
};

class top_history {
public:
    /// What is counted, and shown as so many a second.
    enum class figure : std::uint8_t { delivered, attempts, rejected };

    explicit top_history(milliseconds looks_back = std::chrono::minutes{5})
        : looks_back_(looks_back) {}

    void add(top_sample sample);
    bool empty() const noexcept { return samples_.empty(); }
    /// The newest look got what only the daemon counts: attempts and durations.
    bool has_figures() const noexcept {
        return !samples_.empty() && !samples_.back().request_seconds.bounds.empty();
    }
    std::size_t size() const noexcept { return samples_.size(); }

    /// How long one column of a plot is, where the whole of it looks back: whole seconds, so that
    /// the columns keep what they show while they move.
    seconds column_length(std::size_t columns) const noexcept;
    /// A second, oldest column first; NaN where it is not known. The last column is of the time up
    /// to the newest sample.
    std::vector<double> rates(figure of, std::size_t columns) const;
    /// Seconds within which this share of the requests was answered.
    std::vector<double> durations(double share, std::size_t columns) const;

    /// The same of the time just before the newest sample.
    double rate(figure of, milliseconds lately) const;
    double duration(double share, milliseconds lately) const;

private:
    struct span {
        steady_time from, to;
    };

    std::vector<span> columns(std::size_t count) const;
    std::size_t first_before(steady_time when) const;
    double rate_in(figure of, span when, double least) const;
    double duration_in(double share, span when) const;

    milliseconds looks_back_;
    std::deque<top_sample> samples_;
};

}  // namespace setclick::cli
