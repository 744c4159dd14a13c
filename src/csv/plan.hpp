// What a header and a profile make of a file: which column goes into which part of an event.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "setclickd/base/error.hpp"
#include "setclickd/csv/layout.hpp"
#include "setclickd/csv/mapping.hpp"
#include "setclickd/csv/profile.hpp"

namespace setclick::csv {

enum class value_kind : std::uint8_t { text, id, email, phone, url, amount, flag, time };

/// Where one value of an event comes from.
struct source {
    static constexpr std::size_t no_column = static_cast<std::size_t>(-1);

    std::string target;
    std::size_t column = no_column;  ///< in the header; or `fixed`
    std::string name;                ///< of the column, as the header has it
    std::string fixed;               ///< as JSON
    std::string key;                 ///< "\"utm_source\":"
    value_kind kind = value_kind::text;

    bool is_fixed() const noexcept { return column == no_column; }
};

/// A column whose cells go nowhere.
struct left_out {
    std::size_t column = 0;
    std::string name;
    bool is_known = false;  ///< the profile names it
};

struct plan {
    profile const* from = nullptr;
    std::size_t columns = 0;
    std::optional<source> event_id;
    std::optional<source> account_id;
    std::optional<source> click_time;
    std::optional<source> referrer;
    std::optional<source> current_url;
    std::optional<source> microconversion;
    std::vector<source> url_parameters;
    std::vector<source> settings;
    std::vector<source> lead;
    std::vector<std::size_t> one_of;  ///< columns; a row has a value in one of them at least
    std::string one_of_names;         ///< "Google Click ID", "GBRAID" or "Email"
    std::vector<left_out> ignored;
    std::vector<std::size_t> nameless;  ///< columns without a name, in which no cell may stand
    std::string file_zone;              ///< of the file's line; empty = none

    std::vector<source const*> all() const;
};

/// An error refuses the file: its message is for a person.
result<plan> plan_of(profile const& p, mapping_rules const& rules,
                     std::span<std::string_view const> names,
                     std::span<parameter const> parameters);

/// For a message: `column "Close Date"`.
std::string column_text(std::string_view name);

/// Appends `text` as a JSON string with its quotes.
void append_json(std::string& out, std::string_view text);

}  // namespace setclick::csv
