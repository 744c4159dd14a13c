// When the queue will be empty, in numbers and in words.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "setclickd/base/time.hpp"

namespace setclick::delivery {

/// How long `waiting` events take at `per_minute` (infinity: no limit is known), where at most
/// `measured_per_minute` were delivered lately (0: nothing measured). Nothing when neither says
/// anything; zero for nothing waiting.
std::optional<milliseconds> drain_eta(std::uint64_t waiting, double per_minute,
                                      double measured_per_minute = 0);

/// "10,000 events at 60 a minute: about 2 h 47 min".
/// "1 event at 60 a minute: about 1 s". "10,000 events: no forecast yet". "nothing waits".
std::string drain_text(std::uint64_t waiting, double per_minute, double measured_per_minute = 0);

/// Rounded for reading: to seconds below two minutes, to minutes below a day, then to hours. "2 h
/// 47 min".
std::string about_text(milliseconds duration);

/// "60 a minute", "0.5 a minute", "1 a day", "unlimited".
std::string rate_text(double per_minute);

/// What was delivered lately, for the forecast of accounts without a limit: an average that forgets
/// with a time constant of 30 s.
class throughput {
public:
    void add(steady_time now, std::uint64_t delivered) noexcept;
    /// 0 before anything was delivered for a second, and after ten quiet minutes.
    double per_minute(steady_time now) const noexcept;

private:
    double sum_ = 0;  ///< deliveries, each weighed by its age
    steady_time first_ = steady_time::min();
    steady_time last_{};
};

}  // namespace setclick::delivery
