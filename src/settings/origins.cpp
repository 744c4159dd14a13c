#include "setclickd/settings/origins.hpp"

namespace setclick::settings {

origin origins::of(int account, std::string const& key, std::string const& file) const {
    if (auto const at = known_.find({account, key}); at != known_.end()) return at->second;
    if (auto const at = known_.find({account, "account"}); at != known_.end()) return at->second;
    return {file, 0, 0};
}

}  // namespace setclick::settings
