// The time zone in which an account's times are shown.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "setclickd/csv/zone.hpp"
#include "setclickd/settings/settings.hpp"

namespace setclick::cli {

class account_zones {
public:
    /// `s` outlives this.
    explicit account_zones(settings::settings const& s) : s_(s) {}

    /// The account's time_zone; UTC where none is configured.
    csv::zone& of(std::string_view account);

private:
    settings::settings const& s_;
    std::map<std::string, csv::zone, std::less<>> made_;
};

}  // namespace setclick::cli
