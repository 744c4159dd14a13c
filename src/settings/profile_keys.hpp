// The keys of a [[csv.profile]], for its reference and for "did you mean".
#pragma once

#include <span>
#include <string_view>

namespace setclick::settings {

struct profile_key {
    std::string_view name;
    std::string_view type;
    std::string_view otherwise;  ///< what is so where it is not set, as TOML; empty: nothing
    std::string_view text;       ///< one sentence or two
};

/// In the order of the reference.
std::span<profile_key const> profile_keys();

}  // namespace setclick::settings
