#include "toml_profiles.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "profile_keys.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/csv/profile_text.hpp"
#include "setclickd/csv/profiles.hpp"

namespace setclick::settings {
namespace {

using csv::profile;

std::string quoted(std::string_view name) {
    return "\"" + printable(name, 60) + "\"";
}

/// Reads one [[csv.profile]].
class profile_reader {
public:
    profile_reader(toml::table const& from, std::vector<profile> const& before,
                   profile_finding const& report)
        : from_(from), before_(before), report_(report) {}

    profile read() {
        begin();
        for (auto const& [name, node] : from_) {
            at_[std::string(name.str())] = name.source().begin;
            key(name, node);
        }
        problems();
        return out_;
    }

private:
    void report(toml::source_position at, std::string_view key, std::string message) {
        is_faulty_ = true;
        report_(at, key.empty() ? "csv.profile" : "csv.profile." + printable(key),
                std::move(message));
    }

    /// `like` is read before the rest, wherever it stands.
    void begin() {
        out_.own_names = false;
        auto const* like = from_.get("like");
        if (like == nullptr) return;
        auto const* name = like->as_string();
        if (name == nullptr) return;  // reported by key()
        auto const& wanted = name->get();
        std::vector<std::string_view> known;
        for (auto const& list : {std::span<profile const>(before_), csv::built_in_profiles()})
            for (auto const& p : list) {
                if (p.name == wanted) {
                    out_ = csv::derived_from(p);
                    return;
                }
                known.push_back(p.name);
            }
        auto const near = nearest(wanted, known);
        report(like->source().begin, "like",
               "there is no profile " + quoted(wanted) + " above" +
                   (near.empty() ? "" : "; did you mean " + quoted(near) + "?"));
    }

    void key(toml::key const& name, toml::node const& node) {
        auto const k = name.str();
        if (k == "name") return text(k, node, out_.name);
        if (k == "like") return like(node);
        if (k == "match") return list(k, node, out_.match);
        if (k == "columns") return columns(node);
        if (k == "fixed") return fixed(node);
        if (k == "time_zone") return text(k, node, out_.time_zone);
        if (k == "time_of_day") return text(k, node, out_.time_of_day);
        if (k == "amounts") return list(k, node, out_.amounts);
        if (k == "ignore") return list(k, node, out_.ignore);
        if (k == "needs") return list(k, node, out_.needs);
        if (k == "one_of") return list(k, node, out_.one_of);
        if (k == "unless") return list(k, node, out_.unless);
        if (k == "tidy_emails") return flag(k, node, out_.tidy_emails);
        if (k == "own_names") return flag(k, node, out_.own_names);
        if (k == "skip_rows") return skip_rows(node);
        if (k == "click_time_is") return choice<csv::time_meaning, 3>(k, node, out_.click_time_is);
        if (k == "date_order") return choice<csv::date_order, 4>(k, node, out_.dates);
        if (k == "decimal") return choice<csv::decimal_sign, 3>(k, node, out_.decimal);
        if (k == "serial_dates") return choice<csv::serial_dates, 3>(k, node, out_.serials);
        if (k == "extra") return choice<csv::extra_columns, 3>(k, node, out_.extra);
        std::vector<std::string_view> known;
        for (auto const& one : profile_keys())
            known.push_back(one.name);
        auto const near = nearest(k, known);
        report(name.source().begin, k,
               near.empty() ? std::string("unknown key in [[csv.profile]]")
                            : "unknown key in [[csv.profile]]; did you mean " + quoted(near) + "?");
    }

    void text(std::string_view key, toml::node const& node, std::string& to) {
        if (auto const* value = node.as_string())
            to = value->get();
        else
            report(node.source().begin, key, "must be a text in quotes");
    }

    void like(toml::node const& node) {
        if (!node.is_string()) report(node.source().begin, "like", "must be a text in quotes");
    }

    void flag(std::string_view key, toml::node const& node, bool& to) {
        if (auto const* value = node.as_boolean())
            to = value->get();
        else
            report(node.source().begin, key, "must be true or false");
    }

    void skip_rows(toml::node const& node) {
        auto const* value = node.as_integer();
        if (value == nullptr || value->get() < 0 || value->get() > 1000)
            return report(node.source().begin, "skip_rows", "must be a whole number, 0 to 1000");
        out_.skip_rows = static_cast<std::uint32_t>(value->get());
    }

    /// One text is a list of one.
    std::optional<std::vector<std::string>> texts(std::string_view key, toml::node const& node) {
        std::vector<std::string> out;
        if (auto const* one = node.as_string()) {
            out.push_back(one->get());
            return out;
        }
        auto const* many = node.as_array();
        if (many != nullptr)
            for (auto const& item : *many) {
                auto const* one = item.as_string();
                if (one == nullptr) {
                    many = nullptr;
                    break;
                }
                out.push_back(one->get());
            }
        if (many != nullptr) return out;
        report(node.source().begin, key, "must be a text in quotes, or a list of them in [ ]");
        return {};
    }

    void list(std::string_view key, toml::node const& node, std::vector<std::string>& to) {
        if (auto read = texts(key, node)) to = std::move(*read);
    }

    template <class Enum, std::size_t N>
    void choice(std::string_view key, toml::node const& node, Enum& to) {
        auto const* value = node.as_string();
        std::string words;
        for (std::size_t i = 0; i < N; ++i) {
            auto const word = csv::word_of(static_cast<Enum>(i));
            if (value != nullptr && value->get() == word) {
                to = static_cast<Enum>(i);
                return;
            }
            words += (i == 0 ? "" : i + 1 == N ? " or " : ", ") + quoted(word);
        }
        report(node.source().begin, key, "must be " + words);
    }

    void columns(toml::node const& node) {
        auto const* rules = node.as_table();
        if (rules == nullptr)
            return report(node.source().begin, "columns",
                          "must be a table: { click_time = \"Close Date\" }");
        struct named {
            std::size_t names = 0;
            toml::source_position at;
            std::string name;
        };
        std::map<std::string, named> own;
        std::map<std::string, std::string> seen;  // both spellings of one field
        each(*rules, "",
             [&](toml::key const& name, std::string const& full_name, toml::node const& value) {
                 auto const to = csv::full_target(full_name);
                 if (to.empty()) return bad_target("columns", name, full_name);
                 auto names = texts("columns." + full_name, value);
                 if (!names) return;
                 if (names->empty())
                     return report(value.source().begin, "columns." + full_name, "names no column");
                 if (auto const [at, is_new] = seen.emplace(to, full_name); !is_new)
                     return report(name.source().begin, "columns." + full_name,
                                   "is the same field as " + quoted(at->second));
                 auto const wanted = names->size();
                 csv::set_columns(out_, to, std::move(*names));
                 own[to] = {wanted, name.source().begin, full_name};
             });
        // A column's name belongs to one field: one that was given to two was taken from the first.
        for (auto const& [to, rule] : own) {
            auto const left = std::ranges::find(out_.columns, to, &csv::column_rule::target);
            if (left == out_.columns.end() || left->names.size() < rule.names)
                report(rule.at, "columns." + rule.name,
                       "names a column that another field has, too: a column is one field's");
        }
    }

    void fixed(toml::node const& node) {
        auto const* values = node.as_table();
        if (values == nullptr)
            return report(node.source().begin, "fixed",
                          "must be a table: { utm_source = \"google\" }");
        each(*values, "",
             [&](toml::key const& name, std::string const& full_name, toml::node const& value) {
                 auto const to = csv::full_target(full_name);
                 if (to.empty()) return bad_target("fixed", name, full_name);
                 csv::fixed_value made{to, {}, true};
                 if (auto const* text = value.as_string()) {
                     made.text = text->get();
                 } else if (auto const* whole = value.as_integer()) {
                     made = {to, std::to_string(whole->get()), false};
                 } else if (auto const* number = value.as_floating_point();
                            number != nullptr && std::isfinite(number->get())) {
                     made = {to, fmt::format("{}", number->get()), false};
                 } else if (auto const* truth = value.as_boolean()) {
                     made = {to, truth->get() ? "true" : "false", false};
                 } else {
                     return report(value.source().begin, "fixed." + full_name,
                                   "must be a text, a number, true or false");
                 }
                 auto const* columns = from_.get("columns");
                 if (columns != nullptr && columns->is_table() &&
                     has_target(*columns->as_table(), "", to))
                     return report(name.source().begin, "fixed." + full_name,
                                   "has a column, too: one of them must go");
                 csv::set_fixed(out_, std::move(made));
             });
    }

    /// The keys of a table; `settings.plan = …` without quotes is a table in a table.
    template <class Take>
    void each(toml::table const& in, std::string const& before, Take const& take) {
        for (auto const& [name, value] : in) {
            auto const full =
                before.empty() ? std::string(name.str()) : before + "." + std::string(name.str());
            auto const* inner = value.as_table();
            if (inner != nullptr && before.empty())
                each(*inner, full, take);
            else
                take(name, full, value);
        }
    }

    bool has_target(toml::table const& in, std::string const& before,
                    std::string const& target) const {
        for (auto const& [name, value] : in) {
            auto const full =
                before.empty() ? std::string(name.str()) : before + "." + std::string(name.str());
            auto const* inner = value.as_table();
            if (inner != nullptr && before.empty() ? has_target(*inner, full, target)
                                                   : csv::full_target(full) == target)
                return true;
        }
        return false;
    }

    void bad_target(std::string_view key, toml::key const& name, std::string const& full_name) {
        auto const near = csv::nearest_target(full_name);
        report(name.source().begin, std::string(key) + "." + full_name,
               near.empty() ? std::string("is no field of an event: write account_id, event_id, "
                                          "click_time, email, utm_source "
                                          "and its like, referrer, current_url, microconversion, "
                                          "label, \"settings.NAME\", "
                                          "\"lead.NAME\" or \"url_parameters.NAME\"")
                            : "is no field of an event; did you mean " + quoted(near) + "?");
    }

    void problems() {
        // What is missing may be in what could not be read.
        bool const may_be_there = is_faulty_;
        for (auto& problem : csv::problems_of(out_)) {
            if (may_be_there && problem.key == "columns") continue;
            auto const top = problem.key.substr(0, problem.key.find('.'));
            auto const at = at_.find(top);
            report(at != at_.end() ? at->second : from_.source().begin, problem.key,
                   std::move(problem.message));
        }
    }

    toml::table const& from_;
    std::vector<profile> const& before_;
    profile_finding const& report_;
    profile out_;
    bool is_faulty_ = false;
    std::map<std::string, toml::source_position, std::less<>> at_;
};

}  // namespace

std::vector<profile> read_profiles(toml::node const& csv, profile_finding const& report) {
    std::vector<profile> out;
    auto const* table = csv.as_table();
    if (table == nullptr) {
        report(csv.source().begin, "csv", "is a table: write [[csv.profile]] on a line of its own");
        return out;
    }
    for (auto const& [name, node] : *table) {
        if (name.str() != "profile") {
            report(name.source().begin, "csv." + printable(name.str()),
                   "unknown key in [csv]; there is [[csv.profile]] only");
            continue;
        }
        auto const* list = node.as_array();
        if (list == nullptr || (!list->empty() && !list->is_homogeneous(toml::node_type::table))) {
            report(node.source().begin, "csv.profile",
                   "write [[csv.profile]], with two brackets: there may be several");
            continue;
        }
        for (auto const& item : *list) {
            auto made = profile_reader(*item.as_table(), out, report).read();
            bool const is_twice =
                !made.name.empty() && std::ranges::any_of(out, [&](auto const& other) {
                    return other.name == made.name;
                });
            if (is_twice)
                report(item.source().begin, "csv.profile.name",
                       "the profile " + quoted(made.name) + " is there twice");
            out.push_back(std::move(made));
        }
    }
    return out;
}

}  // namespace setclick::settings
