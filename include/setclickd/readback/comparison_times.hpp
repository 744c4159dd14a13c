// When which account is to be compared with the vendor's report by itself (reconcile.every).
//
// Promises: one comparison of an account each `every`, however often the daemon starts or reloads
// in between; none in the first moments of a run, so that one that starts over and over asks
// nothing each time. Pure.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "setclickd/base/error.hpp"
#include "setclickd/base/time.hpp"
#include "setclickd/settings/settings.hpp"

namespace setclick::readback {

class comparison_times {
public:
    /// No comparison sooner after a start, unless `every` is shorter.
    static constexpr milliseconds first_quiet{std::chrono::minutes{5}};

    explicit comparison_times(steady_time start) : start_(start) {}

    /// An earlier run, or a person, compared at `at`. One that is still to come counts for nothing: the
    /// clock was set back since.
    void kept(std::string const& account, wall_time at, steady_time now, wall_time wall_now);
    /// It was tried, with whatever success; over at `now`.
    void tried(std::string const& account, steady_time now);
    /// When the next one is due; perhaps over already.
    steady_time due(std::string const& account, milliseconds every) const;

private:
    steady_time start_;
    std::map<std::string, steady_time> kept_;
    std::map<std::string, steady_time> tried_;
};

/// When each account was compared last, of those that were, by the kept verdicts.
result<std::vector<std::pair<std::string, wall_time>>> kept_comparisons(
    settings::settings const& s);

}  // namespace setclick::readback
