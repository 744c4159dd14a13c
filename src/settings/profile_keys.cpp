#include "profile_keys.hpp"

#include <array>

namespace setclick::settings {
namespace {

// clang-format off
constexpr std::array all_keys{
    profile_key{"name", "text", "", "How the profile is called: in messages, and after --profile."},
    profile_key{"like", "text", "",
     "Begins as a copy of that profile, and stands in its place: a built-in one, or one further up."},
    profile_key{"match", "list of texts", "[]",
     "Patterns of file names, such as \"crm-*.csv\": a file of such a name is of this profile, and no other file is. "
     "Without: the names of the file's columns decide."},
    profile_key{"columns", "table", "",
     "FIELD = \"Column\", or a list of names of which the first that the file has is taken. FIELD is account_id, event_id, "
     "click_time, email, utm_source and its like, referrer, current_url, microconversion, label, \"settings.NAME\", "
     "\"lead.NAME\" or \"url_parameters.NAME\". Upper case, accents, blanks, _ and - make no difference in a column's name."},
    profile_key{"fixed", "table", "",
     "FIELD = value, the same for every row: utm_source = \"google\", microconversion = true."},
    profile_key{"click_time_is", "\"click\", \"conversion\" or \"record\"", "\"conversion\"",
     "What the time in the column of click_time is: that of the click, of the conversion, or of the CRM's record. Only said, "
     "first of all, by preview."},
    profile_key{"time_zone", "text", "",
     "Where times without an offset were written, such as \"Europe/Madrid\"; a zone in the file's own first lines goes before "
     "it, and time_zone of the account behind it."},
    profile_key{"date_order", "\"auto\", \"dmy\", \"mdy\" or \"ymd\"", "\"auto\"",
     "Which number of 1/2/2021 is the month; \"auto\": the file's other rows decide, and where none does the date is refused."},
    profile_key{"time_of_day", "text", "",
     "The time, such as \"12:00\", of a cell that holds a day alone; without it such a row is refused."},
    profile_key{"serial_dates", "\"no\", \"1900\" or \"1904\"", "\"no\"",
     "Read numbers such as 44489.3135 as a spreadsheet's count of days from that year."},
    profile_key{"decimal", "\"auto\", \".\" or \",\"", "\"auto\"",
     "What stands before the decimals of amounts; \"auto\": the file's other rows decide whether 1.234 is more than a thousand."},
    profile_key{"amounts", "list of texts", "[]",
     "Further fields that hold an amount, beside lead.amount: they become numbers."},
    profile_key{"tidy_emails", "true or false", "false", "Write e-mail addresses in lower case."},
    profile_key{"skip_rows", "whole number", "0",
     "Rows above the header that belong to no table; needs match, or --profile."},
    profile_key{"extra", "\"refuse\", \"ignore\" or \"settings\"", "\"refuse\"",
     "What becomes of a column that no key names: the file is refused, it is left out, or it goes into settings under its name."},
    profile_key{"ignore", "list of texts", "[]", "Columns that are left out."},
    profile_key{"needs", "list of texts", "[]",
     "Fields whose columns a file must have to be of this profile, beside click_time."},
    profile_key{"one_of", "list of texts", "[]",
     "Fields of which each row must have one at least, such as the ids of a click."},
    profile_key{"unless", "list of texts", "[]",
     "Columns that speak against: a file that has one is not of this profile by its columns."},
    profile_key{"own_names", "true or false", "false",
     "Take every column that is called as a field, beside utm_… and names with a point, which always are."},
};
// clang-format on

}  // namespace

std::span<profile_key const> profile_keys() {
    return all_keys;
}

}  // namespace setclick::settings
