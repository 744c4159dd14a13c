#include "setclickd/csv/profile.hpp"

#include <algorithm>
#include <array>

#include "column_name.hpp"
#include "setclickd/base/ascii.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/csv/zone.hpp"

namespace setclick::csv {
namespace {

constexpr std::array<std::string_view, 6> plain_targets{
    "account_id", "event_id", "click_time", "referrer", "current_url", "microconversion"};
constexpr std::array<std::string_view, 3> maps{"url_parameters", "settings", "lead"};

struct short_form {
    std::string_view name;
    std::string_view full;
};
constexpr std::array short_forms{short_form{"email", "settings.email"},
                                 short_form{"label", "lead.label"},
                                 short_form{"utm_source", "url_parameters.utm_source"},
                                 short_form{"utm_medium", "url_parameters.utm_medium"},
                                 short_form{"utm_campaign", "url_parameters.utm_campaign"},
                                 short_form{"utm_term", "url_parameters.utm_term"},
                                 short_form{"utm_content", "url_parameters.utm_content"}};

bool is_word(std::string_view text) noexcept {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || is_digit(c) || c == '_';
    });
}

/// Of a profile: it is printed, kept in the ledger and typed.
bool is_profile_name(std::string_view name) noexcept {
    return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
        return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.';
    });
}

void drop_names(profile& p, std::string_view target, std::vector<std::string> const& names) {
    auto const is_taken = [&](std::string const& name) {
        auto const as = folded(name);
        return std::ranges::any_of(names, [&](auto const& taken) { return folded(taken) == as; });
    };
    for (auto& rule : p.columns)
        if (rule.target != target) std::erase_if(rule.names, is_taken);
    std::erase_if(p.columns, [](column_rule const& rule) { return rule.names.empty(); });
    std::erase_if(p.ignore, is_taken);
}

/// By its end; one with a * or a ? in it may be anything.
bool may_be_taken(std::string_view pattern) {
    auto const dot = pattern.rfind('.');
    if (dot == std::string_view::npos) return pattern.find_first_of("*?") != std::string_view::npos;
    std::string end(pattern.substr(dot + 1));
    if (end.find_first_of("*?") != std::string::npos) return true;
    std::ranges::transform(end, end.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    constexpr std::array<std::string_view, 6> taken{"csv", "tsv", "txt", "json", "ndjson", "jsonl"};
    return std::ranges::find(taken, end) != taken.end();
}

class problem_list {
public:
    explicit problem_list(profile const& p) : p_(p) {}

    std::vector<profile_problem> all() {
        names();
        columns();
        values();
        for (auto const& t : p_.needs)
            target("needs", t);
        for (auto const& t : p_.one_of)
            target("one_of", t);
        for (auto const& t : p_.amounts)
            target("amounts", t);
        return std::move(out_);
    }

private:
    void add(std::string key, std::string message) {
        out_.push_back({std::move(key), std::move(message)});
    }

    void target(std::string const& key, std::string const& name) {
        if (!full_target(name).empty()) return;
        auto const near = nearest_target(name);
        add(key,
            shown_value(name, 60) + " is no field of an event" +
                (near.empty() ? "; they are account_id, event_id, click_time, email, utm_source …, "
                                "referrer, "
                                "current_url, microconversion, label, settings.NAME, lead.NAME and "
                                "url_parameters.NAME"
                              : "; did you mean \"" + std::string(near) + "\"?"));
    }

    void names() {
        if (p_.name.empty())
            add("name", "is missing: it stands in messages, and after --profile");
        else if (!is_profile_name(p_.name))
            add("name", "must be letters, digits, -, _ and ., at most 64 of them");
        for (auto const& pattern : p_.match)
            if (pattern.empty() || pattern.find('/') != std::string::npos)
                add("match", "has a pattern that no file's name fits; write such as \"crm-*.csv\"");
            else if (!may_be_taken(pattern))
                add("match", "has the pattern " + shown_value(pattern, 60) +
                                 ", and no file of such a name is read as a table: it must end in "
                                 ".csv, .tsv, "
                                 ".txt or .json");
    }

    void columns() {
        bool has_time = false;
        for (auto const& rule : p_.columns) {
            target("columns", rule.target);
            has_time = has_time || rule.target == "click_time";
            for (auto const& name : rule.names)
                if (folded(name).empty())
                    add("columns." + std::string(short_target(rule.target)),
                        "names a column without a name");
        }
        // What is wrong with a fixed one is reported where it stands.
        has_time = has_time || std::ranges::find(p_.fixed, "click_time", &fixed_value::target) !=
                                   p_.fixed.end();
        if (!has_time && !p_.own_names)
            add("columns", "give no click_time: name the column that holds the time");
    }

    void values() {
        for (auto const& value : p_.fixed) {
            target("fixed", value.target);
            if (value.target == "click_time")
                add("fixed.click_time", "cannot be the same for all events; name a column");
            if (value.target == "event_id")
                add("fixed.event_id",
                    "cannot be the same for all events; name a column, or leave it out");
            if (value.target == "microconversion" && value.text != "true" && value.text != "false")
                add("fixed.microconversion", "must be true or false");
            if (value.target.starts_with("url_parameters.") && !value.is_text)
                add("fixed." + std::string(short_target(value.target)), "must be a text");
        }
        if (!p_.time_zone.empty())
            if (auto const z = zone::named(p_.time_zone); !z) add("time_zone", z.error().message);
        if (!p_.time_of_day.empty() && !time_of_day_of(p_.time_of_day))
            add("time_of_day", "must be a time such as \"12:00\"");
    }

    profile const& p_;
    std::vector<profile_problem> out_;
};

}  // namespace

std::vector<profile_problem> problems_of(profile const& p) {
    return problem_list(p).all();
}

std::string full_target(std::string_view name) {
    name = bare(name);
    if (auto const dot = name.find('.'); dot != std::string_view::npos) {
        auto map = folded(name.substr(0, dot));
        std::ranges::replace(map, ' ', '_');
        auto const key = bare(name.substr(dot + 1));
        if (std::ranges::find(maps, map) == maps.end() || key.empty()) return {};
        return map + "." + std::string(key);
    }
    auto as = folded(name);
    std::ranges::replace(as, ' ', '_');
    if (as == "e_mail") as = "email";
    for (auto const& form : short_forms)
        if (form.name == as) return std::string(form.full);
    if (as.starts_with("utm_") && as.size() > 4 && is_word(as)) return "url_parameters." + as;
    return std::ranges::find(plain_targets, as) != plain_targets.end() ? as : std::string();
}

std::string_view short_target(std::string_view full) noexcept {
    for (auto const& form : short_forms)
        if (form.full == full) return form.name;
    constexpr std::string_view utm = "url_parameters.utm_";
    return full.starts_with(utm) ? full.substr(utm.size() - 4) : full;
}

std::string_view nearest_target(std::string_view name) {
    std::vector<std::string_view> known(plain_targets.begin(), plain_targets.end());
    for (auto const& form : short_forms)
        known.push_back(form.name);
    for (auto const more : {"settings.email", "lead.amount", "lead.label", "url_parameters.gclid"})
        known.emplace_back(more);
    auto as = folded(name);
    std::ranges::replace(as, ' ', '_');
    return nearest(as, known);
}

profile derived_from(profile const& base) {
    auto out = base;
    out.like = base.name;
    out.name.clear();
    out.about.clear();
    out.match.clear();
    return out;
}

void set_columns(profile& p, std::string target, std::vector<std::string> names) {
    std::erase_if(p.fixed, [&](fixed_value const& v) { return v.target == target; });
    drop_names(p, target, names);
    auto const at = std::ranges::find(p.columns, target, &column_rule::target);
    if (at != p.columns.end())
        at->names = std::move(names);
    else
        p.columns.push_back({std::move(target), std::move(names)});
}

void set_fixed(profile& p, fixed_value value) {
    std::erase_if(p.columns, [&](column_rule const& rule) { return rule.target == value.target; });
    auto const at = std::ranges::find(p.fixed, value.target, &fixed_value::target);
    if (at != p.fixed.end())
        *at = std::move(value);
    else
        p.fixed.push_back(std::move(value));
}

std::optional<milliseconds> time_of_day_of(std::string_view text) noexcept {
    auto const digit = [&](std::size_t i) {
        return text[i] >= '0' && text[i] <= '9' ? text[i] - '0' : -1;
    };
    if ((text.size() != 5 && text.size() != 8) || text[2] != ':') return {};
    if (text.size() == 8 && text[5] != ':') return {};
    int parts[3] = {};
    for (std::size_t p = 0; p * 3 < text.size(); ++p) {
        int const tens = digit(p * 3);
        int const ones = digit(p * 3 + 1);
        if (tens < 0 || ones < 0) return {};
        parts[p] = tens * 10 + ones;
    }
    if (parts[0] > 23 || parts[1] > 59 || parts[2] > 59) return {};
    return milliseconds{((parts[0] * 60 + parts[1]) * 60 + parts[2]) * 1000LL};
}

}  // namespace setclick::csv
