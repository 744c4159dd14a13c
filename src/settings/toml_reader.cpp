#include "toml_reader.hpp"

#include <fmt/format.h>

#include "keys.hpp"
#include "setclickd/base/text.hpp"
#include "toml.hpp"
#include "toml_profiles.hpp"

namespace setclick::settings {
namespace {

std::string quoted(std::string_view name) {
    return "\"" + printable(name) + "\"";
}

std::string did_you_mean(std::string_view name, std::vector<std::string_view> const& known,
                         std::string_view before = "\"", std::string_view after = "\"") {
    auto const near = nearest(name, known);
    if (near.empty()) return {};
    return fmt::format("; did you mean {}{}{}?", before, near, after);
}

std::vector<std::string_view> keys_of(std::string_view table_name) {
    std::vector<std::string_view> names;
    for (auto const& k : keys())
        if (k.table == table_name) names.push_back(k.name);
    if (table_name == "account") names.push_back("login");
    return names;
}

std::vector<std::string_view> table_names() {
    std::vector<std::string_view> names;
    for (auto const& t : tables())
        names.push_back(t.name);
    names.emplace_back("csv.profile");
    return names;
}

raw_value raw_of(toml::node const& node) {
    if (auto const* text = node.as_string()) return {text->get()};
    if (auto const* whole = node.as_integer()) return {whole->get()};
    if (auto const* number = node.as_floating_point()) return {number->get()};
    if (auto const* flag = node.as_boolean()) return {flag->get()};
    std::vector<raw_value> list;
    if (auto const* array = node.as_array())
        for (auto const& item : *array)
            list.push_back(raw_of(item));
    return {std::move(list)};
}

/// What TOML has and no key takes.
char const* foreign_type(toml::node const& node) {
    if (node.is_table()) return "a table";
    if (node.is_date() || node.is_time() || node.is_date_time()) return "a date or time";
    return nullptr;
}

class walker {
public:
    walker(std::string const& file, loaded& into, origins& known)
        : file_(file), into_(into), known_(known) {}

    void root(toml::table const& top) {
        for (auto const& [name, node] : top) {
            auto const key_name = name.str();
            if (key_name == "account")
                accounts(node);
            else if (key_name == "csv")
                profiles(node);
            else if (auto const* inner = node.as_table(); inner != nullptr && is_table(key_name))
                section(key_name, *inner, -1);
            else
                unknown_at_top(name, node);
        }
    }

private:
    static bool is_table(std::string_view name) {
        for (auto const& t : tables())
            if (t.name == name) return true;
        return false;
    }

    void report(toml::source_position at, std::string key_text, std::string message,
                severity level = severity::error) {
        into_.findings.push_back({file_, static_cast<unsigned>(at.line),
                                  static_cast<unsigned>(at.column), std::move(key_text),
                                  std::move(message), level});
    }

    void unknown_at_top(toml::key const& name, toml::node const& node) {
        auto const at = name.source().begin;
        if (is_table(name.str()))
            return report(
                at, printable(name.str()),
                fmt::format("is a table: write [{}] on a line of its own, its keys below it",
                            name.str()));
        if (node.is_table() || node.is_array_of_tables())
            return report(at, printable(name.str()),
                          "unknown table" + did_you_mean(name.str(), table_names(), "[", "]"));
        report(at, printable(name.str()),
               "unknown key, and it stands in no table" + elsewhere(name.str(), ""));
    }

    /// "it belongs to [spool]", or the nearest name.
    std::string elsewhere(std::string_view name, std::string_view here) const {
        std::string homes;
        for (auto const& k : keys())
            if (k.name == name)
                homes += fmt::format("{}[{}]", homes.empty() ? "" : " or ", k.table);
        if (!homes.empty()) return fmt::format("; {} belongs to {}", quoted(name), homes);
        if (here.empty()) return {};
        return did_you_mean(name, keys_of(here));
    }

    void accounts(toml::node const& node) {
        auto const at = node.source().begin;
        auto const* list = node.as_array();
        if (list == nullptr || (!list->empty() && !list->is_homogeneous(toml::node_type::table)))
            return report(at, "account",
                          "write [[account]], with two brackets: there may be several");
        for (auto const& item : *list) {
            auto const index = static_cast<int>(into_.values.accounts.size());
            into_.values.accounts.emplace_back();
            auto const place = item.source().begin;
            known_.note(
                index, "account",
                {file_, static_cast<unsigned>(place.line), static_cast<unsigned>(place.column)});
            section("account", *item.as_table(), index);
        }
    }

    void profiles(toml::node const& node) {
        into_.values.profiles = read_profiles(
            node, [this](toml::source_position at, std::string key_text, std::string message) {
                report(at, std::move(key_text), std::move(message));
            });
    }

    void section(std::string_view name, toml::table const& inner, int account) {
        for (auto const& [key_name, node] : inner) {
            if (name == "account" && key_name.str() == "login" && node.is_table())
                section("account.login", *node.as_table(), account);
            else
                value(name, key_name, node, account);
        }
    }

    void value(std::string_view table_name, toml::key const& name, toml::node const& node,
               int account) {
        auto const full = fmt::format("{}.{}", table_name, printable(name.str()));
        auto const at = name.source().begin;
        auto const* k = find_key(table_name, name.str());
        if (k == nullptr) {
            if (table_name == "account" && name.str() == "login")
                return report(at, full,
                              "must be a table: { email = \"…\", password_file = \"…\" }");
            return report(at, full,
                          fmt::format("unknown key in [{}]{}", table_name,
                                      elsewhere(name.str(), table_name)));
        }
        auto const place = node.source().begin;
        if (auto const* type = foreign_type(node))
            return report(place, full, fmt::format("is {}, and no key takes one", type));
        account_settings none;
        auto& owner = account < 0 ? none : into_.values.accounts[static_cast<std::size_t>(account)];
        known_.note(
            account, full,
            {file_, static_cast<unsigned>(place.line), static_cast<unsigned>(place.column)});
        if (auto const wrong = assign(*k, k->where(into_.values, owner), raw_of(node)))
            return report(place, full, *wrong);
        if (k->who == standing::no_effect_yet)
            report(at, full, "is accepted, but has no effect in this version yet",
                   severity::notice);
    }

    std::string const& file_;
    loaded& into_;
    origins& known_;
};

/// The parser knows what it cannot read, a person what stands there: a word without quotes, or with those of a text processor.
std::string hint(std::string_view description) {
    bool const is_value =
        description.find("could not determine value type") != std::string_view::npos ||
        description.find("while parsing decimal integer") != std::string_view::npos;
    return is_value ? "; a value is a number, true, false, a list in [ ], or a text in straight "
                      "quotes, such as \"text\""
                    : "";
}

}  // namespace

bool read_toml(std::string_view text, std::string const& file, loaded& into, origins& known) {
    auto const parsed = toml::parse(text, file);
    if (!parsed) {
        auto const& e = parsed.error();
        into.findings.push_back(
            {file, static_cast<unsigned>(e.source().begin.line),
             static_cast<unsigned>(e.source().begin.column), "",
             "not valid TOML: " + printable(e.description(), 300) + hint(e.description()),
             severity::error});
        return false;
    }
    walker(file, into, known).root(parsed.table());
    return true;
}

}  // namespace setclick::settings
