// What only a whole column shows: which order its dates have, and which sign its decimals; and with which
// profile the file is read. It is kept with the file's place, as text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "setclickd/csv/profile.hpp"

namespace setclick::csv {

struct decided {
    std::string profile;
    std::uint64_t profile_sum = 0;  ///< of all that the profile says; 0: not kept
    date_order dates = date_order::open;
    /// The first lines that can be read in one order only; 0 = there is none. Both: the file has both.
    std::uint64_t day_first_line = 0;
    std::uint64_t month_first_line = 0;
    decimal_sign decimal = decimal_sign::open;
    std::uint64_t point_line = 0;
    std::uint64_t comma_line = 0;

    friend bool operator==(decided const&, decided const&) = default;
};

/// Tells whether a profile says something else than it did.
std::uint64_t sum_of(profile const& p);

std::string text_of(decided const& d);
std::optional<decided> decided_of(std::string_view text);

/// Looks at the cells of one file's columns of times and of amounts.
class column_look {
public:
    void time(std::string_view cell, std::uint64_t line);
    void amount(std::string_view cell, std::uint64_t line);

    /// Without the profile's name. What the profile gives counts, and what all cells that show it agree on.
    decided result(date_order given_order, decimal_sign given_sign) const;

    std::uint64_t times() const noexcept { return times_; }
    std::uint64_t without_zone() const noexcept { return without_zone_; }
    std::uint64_t first_without_zone() const noexcept { return first_without_zone_; }
    std::uint64_t open_dates() const noexcept { return open_dates_; }
    /// "line 2: 1/2/2021 may be 1 February or 2 January 2021".
    std::string const& first_open() const noexcept { return first_open_; }

private:
    std::uint64_t times_ = 0;
    std::uint64_t without_zone_ = 0;
    std::uint64_t first_without_zone_ = 0;
    std::uint64_t open_dates_ = 0;
    std::string first_open_;
    std::uint64_t day_first_line_ = 0;
    std::uint64_t month_first_line_ = 0;
    std::uint64_t point_line_ = 0;
    std::uint64_t comma_line_ = 0;
};

}  // namespace setclick::csv
