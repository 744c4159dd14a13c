#include "setclickd/readback/comparison_times.hpp"

#include <date/date.h>

#include <algorithm>
#include <optional>
#include <sstream>

#include "setclickd/control/json_fields.hpp"
#include "setclickd/readback/reconcile_account.hpp"

namespace setclick::readback {
namespace {

/// As `wall_text` wrote it.
std::optional<wall_time> time_in(std::string const& text) {
    std::istringstream from(text);
    date::sys_seconds at;
    if (!(from >> date::parse("%FT%TZ", at))) return std::nullopt;
    return wall_time{at};
}

}  // namespace

void comparison_times::kept(std::string const& account, wall_time at, steady_time now,
                            wall_time wall_now) {
    if (at <= wall_now) kept_[account] = now - (wall_now - at);
}

void comparison_times::tried(std::string const& account, steady_time now) {
    tried_[account] = now;
}

steady_time comparison_times::due(std::string const& account, milliseconds every) const {
    if (auto const known = tried_.find(account); known != tried_.end())
        return known->second + every;
    auto const earliest = start_ + std::min(every, first_quiet);
    auto const known = kept_.find(account);
    return known == kept_.end() ? earliest : std::max(earliest, known->second + every);
}

result<std::vector<std::pair<std::string, wall_time>>> kept_comparisons(
    settings::settings const& s) {
    auto const verdicts = kept_verdicts(s);
    if (!verdicts) return verdicts.error();
    std::vector<std::pair<std::string, wall_time>> out;
    for (auto const& [account, verdict] : *verdicts)
        if (auto const at = time_in(control::text(verdict, "at"))) out.emplace_back(account, *at);
    return out;
}

}  // namespace setclick::readback
