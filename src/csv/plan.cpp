#include "plan.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>

#include "byte_words.hpp"
#include "column_name.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/csv/zone.hpp"

namespace setclick::csv {
namespace {

std::string quoted(std::string_view name) {
    return shown_value(name, 60);
}

value_kind kind_of(std::string_view target, profile const& p) {
    if (target == "event_id" || target == "account_id") return value_kind::id;
    if (target == "click_time") return value_kind::time;
    if (target == "microconversion") return value_kind::flag;
    if (target == "referrer" || target == "current_url") return value_kind::url;
    if (target == "settings.email") return value_kind::email;
    if (target == "settings.phone") return value_kind::phone;
    if (target == "lead.amount") return value_kind::amount;
    bool const is_amount = std::ranges::any_of(
        p.amounts, [&](auto const& name) { return full_target(name) == target; });
    return is_amount ? value_kind::amount : value_kind::text;
}

class planner {
public:
    planner(profile const& p, mapping_rules const& rules, std::span<std::string_view const> names)
        : p_(p), rules_(rules), names_(names) {
        out_.from = &p;
        out_.columns = names.size();
        for (auto const name : names)
            folded_.push_back(folded(name));
        used_.resize(names.size());
    }

    /// Empty: all is well.
    std::string make() {
        for (auto const& rule : p_.columns)
            if (auto why = take(rule); !why.empty()) return why;
        for (auto const& value : p_.fixed)
            if (!targets_.contains(value.target)) fix(value);
        if (auto why = own_names(); !why.empty()) return why;
        if (auto why = needed(); !why.empty()) return why;
        if (auto why = others(); !why.empty()) return why;
        one_of();
        return {};
    }

    plan&& take_plan() noexcept { return std::move(out_); }

private:
    static constexpr std::size_t nowhere = source::no_column;

    std::size_t column_of(std::string_view name, std::string& twice) const {
        auto const wanted = folded(name);
        auto found = nowhere;
        for (std::size_t i = 0; i < folded_.size(); ++i) {
            if (folded_[i] != wanted) continue;
            if (found != nowhere)
                twice = name;
            else
                found = i;
        }
        return found;
    }

    std::string take(column_rule const& rule) {
        std::string twice;
        for (auto const& name : rule.names) {
            auto const at = column_of(name, twice);
            if (!twice.empty())
                return "has the column " + quoted(twice) + " twice: name them apart";
            if (at == nowhere || used_[at]) continue;
            put(rule.target, at);
            // Its other names are columns that the profile knows, too.
            for (auto const& other : rule.names)
                if (auto const also = column_of(other, twice); also != nowhere && !used_[also]) {
                    used_[also] = true;
                    out_.ignored.push_back({also, std::string(bare(names_[also])), true});
                }
            return {};
        }
        return {};
    }

    /// Columns that are called as a field of an event.
    std::string own_names() {
        for (std::size_t i = 0; i < names_.size(); ++i) {
            if (used_[i]) continue;
            auto const target = full_target(names_[i]);
            bool const is_meant = p_.own_names || target.starts_with("url_parameters.") ||
                                  names_[i].find('.') != std::string_view::npos;
            if (target.empty() || !is_meant) continue;
            if (!targets_.contains(target)) {
                put(target, i);
                continue;
            }
            for (auto const* s : out_.all())
                if (s->target == target && !s->is_fixed())
                    return "has two columns for " + std::string(short_target(target)) + ", " +
                           quoted(s->name) + " and " + quoted(bare(names_[i]));
            // The profile gives the value.
            used_[i] = true;
            out_.ignored.push_back({i, std::string(bare(names_[i])), true});
        }
        return {};
    }

    void put(std::string const& target, std::size_t column) {
        used_[column] = true;
        source s;
        s.column = column;
        s.name = bare(names_[column]);
        add(target, std::move(s));
    }

    void fix(fixed_value const& value) {
        source s;
        if (value.is_text)
            append_json(s.fixed, value.text);
        else
            s.fixed = value.text;
        add(value.target, std::move(s));
    }

    void add(std::string const& target, source&& s) {
        targets_.insert(target);
        s.target = target;
        s.kind = kind_of(target, p_);
        auto const dot = target.find('.');
        append_json(s.key, dot == std::string::npos ? target : target.substr(dot + 1));
        s.key += ':';
        if (target == "event_id")
            out_.event_id = std::move(s);
        else if (target == "account_id")
            out_.account_id = std::move(s);
        else if (target == "click_time")
            out_.click_time = std::move(s);
        else if (target == "referrer")
            out_.referrer = std::move(s);
        else if (target == "current_url")
            out_.current_url = std::move(s);
        else if (target == "microconversion")
            out_.microconversion = std::move(s);
        else if (target.starts_with("settings."))
            out_.settings.push_back(std::move(s));
        else if (target.starts_with("lead."))
            out_.lead.push_back(std::move(s));
        else
            out_.url_parameters.push_back(std::move(s));
    }

    std::string names_of(std::string_view target) const {
        for (auto const& rule : p_.columns)
            if (rule.target == target) {
                std::string out = quoted(rule.names.front());
                for (std::size_t i = 1; i < std::min<std::size_t>(rule.names.size(), 3); ++i)
                    out += " or " + quoted(rule.names[i]);
                return out;
            }
        return quoted(short_target(target));
    }

    std::string needed() const {
        if (!out_.click_time)
            return "has no column for click_time: the profile " + p_.name + " takes it from " +
                   names_of("click_time");
        for (auto const& name : p_.needs) {
            auto const target = full_target(name);
            if (!targets_.contains(target))
                return "has no column " + names_of(target) + ", which the profile " + p_.name +
                       " needs for " + std::string(short_target(target));
        }
        bool const has_utm = std::ranges::any_of(out_.url_parameters, [](source const& s) {
            return s.target.starts_with("url_parameters.utm_");
        });
        if (!has_utm)
            return "gives no UTM parameter, and SealMetrics takes no event without one: the "
                   "profile " +
                   p_.name +
                   " has none. Put columns utm_source and utm_medium into the file, or give them "
                   "in the "
                   "configuration: [[csv.profile]] with " +
                   (p_.like.empty() ? "like = \"" + p_.name + "\" and " : "") +
                   "fixed = { utm_source = \"…\", utm_medium = \"…\" }";
        auto const configured = rules_.accounts.size() - rules_.others;
        if (!out_.account_id && configured > 1)
            return "names no account, and " + std::to_string(configured) +
                   " are configured: put a column account_id into the file, or give the profile " +
                   p_.name + " fixed = { account_id = \"…\" }";
        return {};
    }

    /// What is left.
    std::string others() {
        std::set<std::string> known;
        for (auto const& name : p_.ignore)
            known.insert(folded(name));
        std::string unknown;
        std::size_t count = 0;
        for (std::size_t i = 0; i < names_.size(); ++i) {
            if (used_[i]) continue;
            if (folded_[i].empty()) {
                // A comma too many; unless something stands there.
                if (p_.extra != extra_columns::ignore) out_.nameless.push_back(i);
                continue;
            }
            bool const is_known = known.contains(folded_[i]);
            if (is_known || p_.extra == extra_columns::ignore) {
                out_.ignored.push_back({i, std::string(bare(names_[i])), is_known});
                continue;
            }
            if (p_.extra == extra_columns::settings) {
                auto const target = "settings." + std::string(bare(names_[i]));
                if (targets_.contains(target))
                    return "has the column " + quoted(names_[i]) + " twice: name them apart";
                put(target, i);
                continue;
            }
            ++count;
            if (count <= 3)
                unknown += (unknown.empty() ? "" : ", ") + quoted(bare(names_[i])) + near(i);
        }
        if (count == 0) return {};
        if (count > 3) unknown += " and " + std::to_string(count - 3) + " more";
        return "has columns that the profile " + p_.name + " does not know: " + unknown +
               ". Map them in the profile, name them in its ignore = […], or set extra = "
               "\"ignore\" or \"settings\"";
    }

    /// " (did you mean "utm_source"?)"
    std::string near(std::size_t column) const {
        if (auto const own = full_target(names_[column]); !own.empty())
            return " (write " + std::string(short_target(own)) + " = " +
                   quoted(bare(names_[column])) + " in its columns, or own_names = true)";
        std::vector<std::string> folded_names;
        std::vector<std::string_view> shown;
        for (auto const& rule : p_.columns)
            for (auto const& name : rule.names) {
                folded_names.push_back(folded(name));
                shown.emplace_back(name);
            }
        std::vector<std::string_view> const known(folded_names.begin(), folded_names.end());
        std::string_view found;
        if (auto const at = nearest(folded_[column], known); !at.empty())
            found = shown[static_cast<std::size_t>(std::ranges::find(known, at) - known.begin())];
        if (found.empty()) found = nearest_target(names_[column]);
        return found.empty() ? "" : " (did you mean " + quoted(found) + "?)";
    }

    void one_of() {
        std::vector<std::string> names;
        for (auto const& name : p_.one_of) {
            auto const target = full_target(name);
            for (auto const* s : out_.all())
                if (s->target == target && !s->is_fixed()) {
                    out_.one_of.push_back(s->column);
                    names.push_back(quoted(s->name));
                }
        }
        for (std::size_t i = 0; i < names.size(); ++i)
            out_.one_of_names += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + names[i];
    }

    profile const& p_;
    mapping_rules const& rules_;
    std::span<std::string_view const> names_;
    std::vector<std::string> folded_;
    std::vector<char> used_;
    std::set<std::string, std::less<>> targets_;
    plan out_;
};

/// The different ones: more than one is a contradiction.
std::vector<std::string> zones_of(std::span<parameter const> parameters) {
    std::vector<std::string> out;
    for (auto const& p : parameters) {
        if (folded(p.name) != "timezone" && folded(p.name) != "time zone") continue;
        auto const named = std::string(bare(p.value));
        if (!named.empty() && std::ranges::find(out, named) == out.end()) out.push_back(named);
    }
    return out;
}

}  // namespace

std::vector<source const*> plan::all() const {
    std::vector<source const*> out;
    for (auto const* one :
         {&event_id, &account_id, &click_time, &referrer, &current_url, &microconversion})
        if (*one) out.push_back(&**one);
    for (auto const* list : {&url_parameters, &settings, &lead})
        for (auto const& s : *list)
            out.push_back(&s);
    return out;
}

std::string column_text(std::string_view name) {
    return "column \"" + printable(name, 60) + "\"";
}

result<plan> plan_of(profile const& p, mapping_rules const& rules,
                     std::span<std::string_view const> names,
                     std::span<parameter const> parameters) {
    planner made(p, rules, names);
    if (auto why = made.make(); !why.empty()) return fail(errc::invalid_data, "the file " + why);
    auto out = made.take_plan();
    auto const zones = zones_of(parameters);
    if (zones.empty()) return out;
    out.file_zone = zones.front();
    if (zones.size() > 1)
        return fail(errc::invalid_data, "the file's lines above its header name two time zones: " +
                                            printable(zones[0], 60) + " and " +
                                            printable(zones[1], 60));
    if (auto const z = zone::named(out.file_zone); !z)
        return fail(errc::invalid_data,
                    "the time zone that the file's first lines name: " + z.error().message);
    return out;
}

void append_json(std::string& out, std::string_view text) {
    out += '"';
    constexpr std::string_view hex = "0123456789abcdef";
    std::size_t plain = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        // Most cells need no escape: eight bytes at a time.
        for (; i + sizeof(std::uint64_t) <= text.size(); i += sizeof(std::uint64_t)) {
            auto const word = word_at(text.data() + i);
            if ((control_bytes(word) | bytes_equal(word, '"') | bytes_equal(word, '\\')) != 0)
                break;
        }
        if (i == text.size()) break;
        auto const c = static_cast<unsigned char>(text[i]);
        if (c >= 0x20 && c != '"' && c != '\\') continue;
        out.append(text, plain, i - plain);
        plain = i + 1;
        if (c == '"' || c == '\\') {
            out += '\\';
            out += static_cast<char>(c);
        } else {
            out += "\\u00";
            out += hex[c >> 4U];
            out += hex[c & 0xFU];
        }
    }
    out.append(text, plain, text.size() - plain);
    out += '"';
}

}  // namespace setclick::csv
