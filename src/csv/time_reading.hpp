// What a time in a cell means: the order of day and month, and the zone, put to what is written.
//
// The zone: of the cell, else the one given (the file's line, the profile's, the account's, by whoever made
// this); never the machine's. The order of day and month: the one decided for the file.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "setclickd/csv/profile.hpp"
#include "setclickd/csv/zone.hpp"
#include "time_text.hpp"

namespace setclick::csv {

/// How a file's times are read.
struct time_rules {
    date_order order = date_order::open;
    /// Rows of the file that show one order each, and another one: 0 = they agree.
    std::uint64_t day_first_line = 0;
    std::uint64_t month_first_line = 0;
    bool is_order_given = false;  ///< by the profile: then a year of two digits has one reading too
    serial_dates serials = serial_dates::no;
    std::optional<milliseconds>
        time_of_day;  ///< of a day without a time; unset: such a cell is refused
};

struct cell_time {
    std::int64_t ms = 0;
    std::string problem;  ///< not empty: refused, "is …" to stand behind the cell
    std::string note;     ///< worth a remark
};

class time_reading {
public:
    explicit time_reading(time_rules rules) : rules_(rules) {}

    /// `home`: null where nobody named a zone.
    void read(std::string_view cell, zone* home, cell_time& out);

private:
    /// Which of its numbers are the year, month and day; false: `out.problem` is set.
    bool order(time_text const& t, int& year, int& month, int& day, cell_time& out) const;
    void place(local_ms local, time_text const& t, zone* home, cell_time& out);
    zone* named(std::string const& name);

    time_rules rules_;
    std::map<std::string, zone, std::less<>> zones_;  ///< that cells named, a few dozen at most
};

/// "1 February or 2 January 2021".
std::string both_readings(time_text const& t);

}  // namespace setclick::csv
