#include "setclickd/csv/profiles.hpp"

#include <algorithm>

#include "column_name.hpp"
#include "setclickd/base/text.hpp"

namespace setclick::csv {
namespace {

bool has_column(std::vector<std::string> const& header, std::string_view name) {
    return std::ranges::find(header, folded(name)) != header.end();
}

/// Whether a column of the header gives this target.
bool gives(profile const& p, std::vector<std::string> const& header,
           std::span<std::string_view const> names, std::string_view target) {
    for (auto const& rule : p.columns)
        if (rule.target == target)
            return std::ranges::any_of(rule.names,
                                       [&](auto const& name) { return has_column(header, name); });
    return p.own_names &&
           std::ranges::any_of(names, [&](auto const name) { return full_target(name) == target; });
}

/// The columns that a file lacks to be of this profile; empty = it fits.
std::vector<std::string> lacking(profile const& p, std::vector<std::string> const& header,
                                 std::span<std::string_view const> names) {
    std::vector<std::string> out;
    auto const first_name = [&](std::string const& target) {
        for (auto const& rule : p.columns)
            if (rule.target == target) return rule.names.front();
        return std::string(short_target(target));
    };
    auto needs = p.needs;
    if (std::ranges::find(needs, "click_time") == needs.end()) needs.emplace_back("click_time");
    for (auto const& name : needs)
        if (auto const target = full_target(name); !gives(p, header, names, target))
            out.push_back(first_name(target));
    bool const has_one = p.one_of.empty() || std::ranges::any_of(p.one_of, [&](auto const& name) {
                             return gives(p, header, names, full_target(name));
                         });
    if (!has_one) out.push_back(first_name(full_target(p.one_of.front())));
    return out;
}

/// How many columns of the header the profile names.
std::size_t columns_known(profile const& p, std::vector<std::string> const& header) {
    std::size_t out = 0;
    for (auto const& rule : p.columns)
        for (auto const& name : rule.names)
            if (has_column(header, name)) ++out;
    return out;
}

std::string list_of(std::vector<std::string> const& names) {
    std::string out;
    for (std::size_t i = 0; i < names.size(); ++i)
        out += (i == 0                  ? "\""
                : i + 1 == names.size() ? " and \""
                                        : ", \"") +
               printable(names[i], 60) + "\"";
    return out;
}

/// Rather a value than the name of a column: an address, a date, a number.
bool is_value(std::string_view cell) {
    if (may_hold_address(cell)) return true;
    if (cell.empty() || cell.front() < '0' || cell.front() > '9') return false;
    bool const is_number = cell.find_first_not_of("0123456789.,") == std::string_view::npos;
    bool const is_date = cell.size() >= 8 && cell.find_first_of("-/.:") != std::string_view::npos;
    return is_date || (is_number && cell.size() >= 3);
}

/// Of a file whose header nobody knows. Where it is none, its cells are no business of a log's.
bool has_no_header(std::span<std::string_view const> names) {
    return std::ranges::any_of(names, [](auto const name) { return is_value(bare(name)); });
}

constexpr std::string_view no_header =
    "the file seems to have no header: its first row holds values, not the columns' names. Export "
    "it with "
    "them, or write them above";

std::string header_text(std::span<std::string_view const> names) {
    std::string out;
    std::size_t shown = 0;
    for (auto const name : names) {
        if (shown == 6 || out.size() > 200) return out + " …";
        out += (shown++ == 0 ? "" : ", ") + printable(bare(name), 40);
    }
    return out;
}

constexpr std::string_view starter =
    "; \"setclickd profiles --from FILE\" writes a profile for it to begin with";

}  // namespace

profiles::profiles(std::vector<profile> own) : all_(std::move(own)) {
    for (auto const& p : built_in_profiles())
        if (named(p.name) == nullptr) all_.push_back(p);
    for (auto const& p : all_) {
        for (auto const& rule : p.columns)
            for (auto const& name : rule.names)
                known_.push_back(folded(name));
        for (auto const& name : p.ignore)
            known_.push_back(folded(name));
    }
    std::ranges::sort(known_);
    known_.erase(std::unique(known_.begin(), known_.end()), known_.end());
}

profile const* profiles::named(std::string_view name) const noexcept {
    for (auto const& p : all_)
        if (p.name == name) return &p;
    return nullptr;
}

bool profiles::has_match(std::string_view file_name) const noexcept {
    return std::ranges::any_of(all_, [&](profile const& p) {
        return std::ranges::any_of(
            p.match, [&](auto const& pattern) { return matches(pattern, file_name); });
    });
}

bool profiles::knows_column(std::string_view name) const {
    if (std::ranges::binary_search(known_, folded(name))) return true;
    // "email" and the like stand in sentences, too: a column's name is short.
    return name.size() <= 64 && !full_target(name).empty();
}

profile const* profile_by_name(profiles const& known, std::string_view file_name,
                               std::string_view wanted) {
    if (!wanted.empty()) return known.named(wanted);
    profile const* found = nullptr;
    for (auto const& p : known.all())
        for (auto const& pattern : p.match)
            if (matches(pattern, file_name)) {
                if (found != nullptr && found != &p) return nullptr;
                found = &p;
            }
    return found;
}

profile_choice choose_profile(profiles const& known, std::string_view file_name,
                              std::span<std::string_view const> names, std::string_view wanted) {
    profile_choice out;
    std::vector<std::string> header;
    for (auto const name : names)
        header.push_back(folded(name));
    auto const asked = [&](profile const& p, std::string why) {
        auto const lacks = lacking(p, header, names);
        if (lacks.empty()) {
            out.chosen = &p;
            out.why = std::move(why);
        } else {
            out.refusal = has_no_header(names)
                              ? std::string(no_header)
                              : "the file has no column " + list_of(lacks) +
                                    ", which the profile " + p.name + " (" + why +
                                    ") needs; its columns are " + header_text(names);
        }
        return out;
    };
    if (!wanted.empty()) {
        auto const* p = known.named(wanted);
        if (p != nullptr) return asked(*p, "--profile");
        std::vector<std::string_view> all;
        for (auto const& one : known.all())
            all.push_back(one.name);
        auto const near = nearest(wanted, all);
        out.refusal = "there is no profile " + shown_value(wanted, 60) +
                      (near.empty() ? "" : "; did you mean \"" + std::string(near) + "\"?") +
                      " \"setclickd profiles\" lists them";
        return out;
    }
    std::vector<profile const*> fitting;
    std::string pattern_met;
    for (auto const& p : known.all())
        for (auto const& pattern : p.match)
            if (matches(pattern, file_name)) {
                if (fitting.empty() || fitting.back() != &p) fitting.push_back(&p);
                pattern_met = pattern;
            }
    auto const two = [&](std::string_view by, std::string_view cure) {
        out.refusal = "two profiles fit the file by " + std::string(by) + ", " + fitting[0]->name +
                      " and " + fitting[1]->name + std::string(cure);
        return out;
    };
    if (fitting.size() > 1) return two("its name", ": make their match patterns differ");
    if (fitting.size() == 1)
        return asked(*fitting.front(), "by the file's name, match = \"" + pattern_met + "\"");
    std::size_t most = 0;
    profile const* nearest_one = nullptr;
    for (auto const& p : known.all()) {
        // One that waits for a file of its name takes no other.
        if (!p.match.empty()) continue;
        bool const speaks_against = std::ranges::any_of(
            p.unless, [&](auto const& name) { return has_column(header, name); });
        if (speaks_against) continue;
        auto const lacks = lacking(p, header, names);
        if (lacks.empty()) {
            fitting.push_back(&p);
        } else if (auto const has = columns_known(p, header); has > most) {
            most = has;
            nearest_one = &p;
        }
    }
    // What began as another one stands in its place, where both fit.
    auto const before = fitting;
    std::erase_if(fitting, [&](auto const* p) {
        return std::ranges::any_of(
            before, [&](auto const* other) { return other != p && other->like == p->name; });
    });
    if (fitting.size() > 1)
        return two("its columns",
                   ": give the one that is meant match = [\"part-of-the-name-*.csv\"], or like = "
                   "the other one's name (preview --profile shows the file with either)");
    if (fitting.size() == 1) {
        out.chosen = fitting.front();
        out.why = "by its columns";
        return out;
    }
    if (has_no_header(names)) {
        out.refusal = no_header;
        return out;
    }
    out.refusal = "no profile fits the file's columns: " + header_text(names);
    if (nearest_one != nullptr)
        out.refusal += "; the nearest, " + nearest_one->name + ", needs " +
                       list_of(lacking(*nearest_one, header, names)) + " too";
    out.refusal += starter;
    return out;
}

}  // namespace setclick::csv
