#include "account_zones.hpp"

#include <utility>

namespace setclick::cli {

csv::zone& account_zones::of(std::string_view account) {
    auto const at = made_.find(account);
    if (at != made_.end()) return at->second;
    std::string name = "UTC";
    for (auto const& a : s_.accounts)
        if (a.id == account && !a.time_zone.empty()) name = a.time_zone;
    auto zone = csv::zone::named(name);
    if (!zone) zone = csv::zone::named("UTC");
    return made_.emplace(std::string(account), std::move(*zone)).first->second;
}

}  // namespace setclick::cli
