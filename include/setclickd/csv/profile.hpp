// Which columns of a table make which field of an event: a profile, plain data.
//
// A *target* is a place in an event: "event_id", "click_time", "url_parameters.utm_source",
// "settings.email", "lead.amount" …; "email", "utm_source" and "label" are short for
// "settings.email", "url_parameters.utm_source" and "lead.label" (full_target).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "setclickd/base/time.hpp"

namespace setclick::csv {

/// What the time is that a file calls the click's.
enum class time_meaning : std::uint8_t {
    click,
    conversion,  ///< when the goal was reached
    record,      ///< when the CRM's record was made or closed
};

/// Columns that no rule names.
enum class extra_columns : std::uint8_t { refuse, ignore, settings };

/// `open`: the file decides.
enum class date_order : std::uint8_t { open, day_first, month_first, year_first };
enum class decimal_sign : std::uint8_t { open, point, comma };

/// Numbers of days, as spreadsheets keep a date.
enum class serial_dates : std::uint8_t { no, from_1900, from_1904 };

struct column_rule {
    std::string target;              ///< in full
    std::vector<std::string> names;  ///< of the column; the first one that the file has is taken

    friend bool operator==(column_rule const&, column_rule const&) = default;
};

struct fixed_value {
    std::string target;
    std::string text;
    bool is_text = true;  ///< else a number, or true or false

    friend bool operator==(fixed_value const&, fixed_value const&) = default;
};

struct profile {
    std::string name;
    std::string about;               ///< one sentence; empty for those of the configuration
    std::string like;                ///< the profile that this one began as; empty = none
    std::vector<std::string> match;  ///< patterns of file names, with * and ?
    std::vector<column_rule> columns;
    std::vector<fixed_value> fixed;
    std::vector<std::string> ignore;  ///< columns that are known and left out
    std::vector<std::string>
        needs;  ///< targets whose columns a file has, or it is not of this profile
    std::vector<std::string> one_of;   ///< of these targets each row has a value for one at least
    std::vector<std::string> unless;   ///< columns of which a file has none
    std::vector<std::string> amounts;  ///< targets that hold an amount, beside lead.amount
    std::string time_zone;             ///< empty: the file, the rows or the account name it
    date_order dates = date_order::open;
    decimal_sign decimal = decimal_sign::open;
    serial_dates serials = serial_dates::no;
    std::string time_of_day;  ///< "12:00", of a day without a time; empty: such a row is refused
    std::uint32_t skip_rows = 0;  ///< above the header
    extra_columns extra = extra_columns::refuse;
    time_meaning click_time_is = time_meaning::conversion;
    bool tidy_emails = false;  ///< white space taken off, lower case
    bool own_names = false;    ///< every column that is called as a target is that target

    friend bool operator==(profile const&, profile const&) = default;
};

/// What is wrong in a profile, for whoever wrote it: the key, and the rest of the sentence.
struct profile_problem {
    std::string key;      ///< "columns.click_time", "time_zone"
    std::string message;  ///< "is not a field of an event; did you mean \"click_time\"?"
};
std::vector<profile_problem> problems_of(profile const& p);

/// "settings.email" for "email". Empty: it is no field of an event.
std::string full_target(std::string_view name);
/// "email" for "settings.email", where there is a short form.
std::string_view short_target(std::string_view full) noexcept;
/// The nearest target to a name that is none; empty when nothing is near.
std::string_view nearest_target(std::string_view name);

/// Begins a profile as a copy of another one: `like` is its name, `name` is empty.
profile derived_from(profile const& base);
/// Gives `target` these columns; a column's name belongs to one target, so that another one loses it.
void set_columns(profile& p, std::string target, std::vector<std::string> names);
/// Gives `target` this value in every row; its columns are forgotten.
void set_fixed(profile& p, fixed_value value);

/// "07:31" or "07:31:28" → since midnight.
std::optional<milliseconds> time_of_day_of(std::string_view text) noexcept;

}  // namespace setclick::csv
