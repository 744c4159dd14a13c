#include "setclickd/csv/profile_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "column_name.hpp"
#include "setclickd/base/ascii.hpp"
#include "setclickd/base/text.hpp"

namespace setclick::csv {
namespace {

/// A TOML string.
std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (char const c : text) {
        if (c == '"' || c == '\\') out += '\\';
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
            out += fmt::format("\\u{:04X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
        else
            out += c;
    }
    return out + '"';
}

std::string list(std::vector<std::string> const& items) {
    std::string out = "[";
    std::size_t column = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
        auto const item = quoted(items[i]);
        if (i > 0) out += column + item.size() > 60 ? ",\n    " : ", ";
        column = i > 0 && column + item.size() > 60 ? item.size() : column + item.size() + 2;
        out += item;
    }
    return out + "]";
}

std::string key(std::string_view name) {
    bool const is_bare = !name.empty() && std::ranges::all_of(name, [](char c) {
        return is_letter(c) || is_digit(c) || c == '_' || c == '-';
    });
    return is_bare ? std::string(name) : quoted(name);
}

std::string comment(std::string_view text) {
    return "# " + printable(text, 300) + "\n";
}

std::vector<std::string> shortened(std::vector<std::string> names) {
    for (auto& name : names)
        name = short_target(name);
    return names;
}

}  // namespace

std::string_view word_of(time_meaning what) noexcept {
    switch (what) {
        case time_meaning::click:
            return "click";
        case time_meaning::conversion:
            return "conversion";
        case time_meaning::record:
            return "record";
    }
    return {};
}

std::string_view word_of(date_order what) noexcept {
    switch (what) {
        case date_order::open:
            return "auto";
        case date_order::day_first:
            return "dmy";
        case date_order::month_first:
            return "mdy";
        case date_order::year_first:
            return "ymd";
    }
    return {};
}

std::string_view word_of(decimal_sign what) noexcept {
    switch (what) {
        case decimal_sign::open:
            return "auto";
        case decimal_sign::point:
            return ".";
        case decimal_sign::comma:
            return ",";
    }
    return {};
}

std::string_view word_of(serial_dates what) noexcept {
    switch (what) {
        case serial_dates::no:
            return "no";
        case serial_dates::from_1900:
            return "1900";
        case serial_dates::from_1904:
            return "1904";
    }
    return {};
}

std::string_view word_of(extra_columns what) noexcept {
    switch (what) {
        case extra_columns::refuse:
            return "refuse";
        case extra_columns::ignore:
            return "ignore";
        case extra_columns::settings:
            return "settings";
    }
    return {};
}

std::string toml_of(profile const& p) {
    std::string out;
    if (!p.about.empty()) out += comment(p.about);
    switch (p.click_time_is) {
        case time_meaning::click:
            break;
        case time_meaning::conversion:
            out += comment("click_time is the time of the conversion, not that of the click.");
            break;
        case time_meaning::record:
            out += comment("click_time is the time of the CRM's record, not that of the click.");
            break;
    }
    out += "[[csv.profile]]\n";
    out += "name = " + quoted(p.name) + "\n";
    if (!p.like.empty()) out += "like = " + quoted(p.like) + "\n";
    if (!p.match.empty()) out += "match = " + list(p.match) + "\n";
    out += fmt::format("click_time_is = \"{}\"\n", word_of(p.click_time_is));
    // What is not written is as in the profile that it began as: then a default is written, too.
    bool const all = !p.like.empty();
    auto const text = [&](std::string_view name, std::string const& value) {
        if (all || !value.empty()) out += fmt::format("{} = {}\n", name, quoted(value));
    };
    auto const texts = [&](std::string_view name, std::vector<std::string> const& value) {
        if (all || !value.empty()) out += fmt::format("{} = {}\n", name, list(value));
    };
    auto const flag = [&](std::string_view name, bool value) {
        if (all || value) out += fmt::format("{} = {}\n", name, value);
    };
    flag("own_names", p.own_names);
    texts("needs", shortened(p.needs));
    texts("one_of", shortened(p.one_of));
    texts("unless", p.unless);
    texts("amounts", shortened(p.amounts));
    text("time_zone", p.time_zone);
    if (all || p.dates != date_order::open)
        out += fmt::format("date_order = \"{}\"\n", word_of(p.dates));
    if (all || p.decimal != decimal_sign::open)
        out += fmt::format("decimal = \"{}\"\n", word_of(p.decimal));
    if (all || p.serials != serial_dates::no)
        out += fmt::format("serial_dates = \"{}\"\n", word_of(p.serials));
    text("time_of_day", p.time_of_day);
    if (all || p.skip_rows != 0) out += fmt::format("skip_rows = {}\n", p.skip_rows);
    flag("tidy_emails", p.tidy_emails);
    out += fmt::format("extra = \"{}\"\n", word_of(p.extra));
    texts("ignore", p.ignore);
    if (!p.columns.empty()) {
        out += "\n[csv.profile.columns]\n";
        for (auto const& rule : p.columns)
            out += key(short_target(rule.target)) + " = " +
                   (rule.names.size() == 1 ? quoted(rule.names.front()) : list(rule.names)) + "\n";
    }
    if (!p.fixed.empty()) {
        out += "\n[csv.profile.fixed]\n";
        for (auto const& value : p.fixed)
            out += key(short_target(value.target)) + " = " +
                   (value.is_text ? quoted(value.text) : value.text) + "\n";
    }
    return out;
}

namespace {

constexpr std::string_view starter_head =
    "A beginning: see docs/csv.md for what each key does, and try it with setclickd preview.";

std::string starter_values() {
    return "# Where the times were written down, unless they have an offset:\n"
           "# time_zone = \"Europe/Madrid\"\n"
           "# date_order = \"dmy\"          # where 1/2/2021 may stand in the file\n"
           "# decimal = \",\"               # where 1.234 may stand in the file\n";
}

std::string starter_fixed(bool has_utm) {
    if (has_utm) return "\n[csv.profile.fixed]\n# microconversion = true\n";
    return "\n[csv.profile.fixed]\n"
           "# SealMetrics takes no event without a UTM parameter; write what is true of this "
           "file:\n"
           "# utm_source = \"google\"\n# utm_medium = \"cpc\"\n";
}

bool is_utm(std::string_view target) {
    return target.starts_with("url_parameters.utm_");
}

/// For a file that `base` fits: this one stands in its place.
std::string starter_like(profile const& base, std::string_view name,
                         std::span<std::string_view const> header) {
    std::string out = comment(starter_head);
    out +=
        comment("The profile " + base.name +
                " fits these columns; this one begins as it, and takes such files in its place.");
    out += "[[csv.profile]]\n";
    out += "name = " + quoted(name) + "\n";
    out += "like = " + quoted(base.name) + "\n";
    out += starter_values();
    bool const has_utm =
        std::ranges::any_of(header,
                            [](auto const column) { return is_utm(full_target(column)); }) ||
        std::ranges::any_of(base.fixed, [](auto const& value) { return is_utm(value.target); });
    return out + starter_fixed(has_utm);
}

}  // namespace

std::string starter_profile(profiles const& known, std::string_view wanted_name,
                            std::span<std::string_view const> header) {
    std::string name(wanted_name);
    for (int n = 2; known.named(name) != nullptr; ++n)
        name = std::string(wanted_name) + "-" + std::to_string(n);
    // Beside one that fits, a second one that fits would refuse the file.
    if (auto const fits = choose_profile(known, {}, header, {}); fits.chosen != nullptr)
        return starter_like(*fits.chosen, name, header);
    profile p;
    p.name = name;
    std::vector<std::string> unknown;
    std::set<std::string> taken;
    std::string times;
    for (auto const column : header) {
        auto const as = folded(column);
        if (as.empty()) continue;
        auto target = full_target(column);
        for (auto const& other : known.all())
            for (auto const& rule : other.columns)
                for (auto const& one : rule.names)
                    if (target.empty() && folded(one) == as) target = rule.target;
        if (target.empty() || taken.contains(target)) {
            // What may be meant by it, for the comment.
            bool const is_time =
                as.find("date") != std::string::npos || as.find("time") != std::string::npos ||
                as.find("fecha") != std::string::npos || as.find("datum") != std::string::npos;
            if (is_time && times.empty()) times = std::string(bare(column));
            unknown.emplace_back(bare(column));
            continue;
        }
        taken.insert(target);
        p.columns.push_back({target, {std::string(bare(column))}});
    }
    if (taken.contains("click_time")) times.clear();
    std::erase(unknown, times);
    std::string out = comment(starter_head);
    out += "[[csv.profile]]\n";
    out += "name = " + quoted(name) + "\n";
    out +=
        "# What is the time in the column of click_time? \"click\", \"conversion\", or \"record\" "
        "(of the CRM)\n";
    out += "click_time_is = \"conversion\"\n";
    out += starter_values();
    out +=
        "extra = \"refuse\"             # a column that is not named here: or \"ignore\", or "
        "\"settings\"\n";
    if (!unknown.empty()) out += "ignore = " + list(unknown) + "\n";
    out += "\n[csv.profile.columns]\n";
    if (!taken.contains("click_time"))
        out += times.empty() ? "# click_time = \"…\"          # the column with the time: needed\n"
                             : "click_time = " + quoted(times) + "\n";
    if (!taken.contains("event_id"))
        out +=
            "# event_id = \"…\"            # an id that no other row has; without one a row that "
            "was changed goes out again\n";
    for (auto const& rule : p.columns)
        out += key(short_target(rule.target)) + " = " + quoted(rule.names.front()) + "\n";
    if (!unknown.empty()) {
        out += comment("Not mapped yet (they stand in ignore above):");
        for (auto const& column : unknown)
            out += "# \"settings." + folded(column) + "\" = " + quoted(column) + "\n";
    }
    return out + starter_fixed(std::ranges::any_of(taken, is_utm));
}

}  // namespace setclick::csv
