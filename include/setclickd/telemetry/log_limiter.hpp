// Reports a trouble that repeats once, then once a minute with its count, then once when it ends.
//
// Pure: `now` is an argument, and the caller writes the line. One limiter for each trouble that
// ends by itself (the endpoint, one account, one path). Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>

#include "setclickd/base/time.hpp"

namespace setclick::telemetry {

class log_limiter {
public:
    enum class kind { begins, lasts, ended };

    /// A line to write now.
    struct notice {
        kind what = kind::begins;
        std::uint64_t count = 0;  ///< how often since the last line (`ended`: since the beginning)
        milliseconds lasted{0};   ///< since the trouble began
    };

    explicit log_limiter(milliseconds every = std::chrono::minutes{1}) : every_(every) {}

    /// It happened, once more.
    std::optional<notice> trouble(steady_time now);
    /// Nothing new, but it lasts: for a timer, so that a quiet stall is reported once a minute, too.
    std::optional<notice> tick(steady_time now);
    /// It works again. Nothing to report when there was no trouble.
    std::optional<notice> ended(steady_time now);

    bool is_troubled() const noexcept { return began_.has_value(); }

private:
    milliseconds lasted(steady_time now) const;

    milliseconds every_;
    std::optional<steady_time> began_;
    steady_time last_reported_{};
    std::uint64_t unreported_ = 0;
    std::uint64_t total_ = 0;
};

}  // namespace setclick::telemetry
