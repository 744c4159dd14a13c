// The profiles that there are: the built-in ones, and those of the configuration.
//
// Immutable once made; any number of threads may read it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "setclickd/csv/profile.hpp"

namespace setclick::csv {

/// setclickd, google-ads, microsoft-ads, hubspot, salesforce.
std::span<profile const> built_in_profiles();

class profiles {
public:
    /// A profile of the configuration that began as another one stands in its place: the file that both
    /// would fit is its own.
    explicit profiles(std::vector<profile> own = {});

    std::span<profile const> all() const noexcept { return all_; }
    profile const* named(std::string_view name) const noexcept;

    /// Whether some profile is for files of this name. A .txt is a table only then.
    bool has_match(std::string_view file_name) const noexcept;
    /// Whether some profile knows a column of this name.
    bool knows_column(std::string_view name) const;

private:
    std::vector<profile> all_;        ///< own ones first
    std::vector<std::string> known_;  ///< folded names of columns, sorted
};

/// What came of looking for the profile of a file.
struct profile_choice {
    profile const* chosen = nullptr;
    std::string why;      ///< "by its columns", "by its name (crm-*.csv)", "--profile"
    std::string refusal;  ///< where none was chosen: why, and what to do
};

/// `wanted`: by name; empty = the file's name decides, then its columns.
profile_choice choose_profile(profiles const& known, std::string_view file_name,
                              std::span<std::string_view const> header, std::string_view wanted);

/// The profile that the file's name or `wanted` asks for, before its header is known; else null.
profile const* profile_by_name(profiles const& known, std::string_view file_name,
                               std::string_view wanted);

}  // namespace setclick::csv
