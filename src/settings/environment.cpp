#include "environment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "keys.hpp"
#include "setclickd/base/ascii.hpp"
#include "setclickd/base/text.hpp"

namespace setclick::settings {
namespace {

constexpr std::string_view prefix = "SETCLICKD_";
constexpr std::size_t most_accounts = 10'000;

std::vector<std::string> parts_of(std::string_view name) {
    std::vector<std::string> parts;
    for (;;) {
        auto const cut = name.find("__");
        parts.push_back(lowered(name.substr(0, cut)));
        if (cut == std::string_view::npos) return parts;
        name.remove_prefix(cut + 2);
    }
}

/// A variable taken apart: which account (from 0; -1 for none), which table, which key.
struct address {
    int account = -1;
    std::string table;
    std::string key;
};

std::optional<int> account_number(std::string const& text) {
    int number = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (ec != std::errc{} || end != text.data() + text.size() || number < 1) return std::nullopt;
    return number;
}

address address_of(std::vector<std::string> parts) {
    address at;
    if (parts.front() == "account") {
        at.account = 0;
        if (parts.size() > 2)
            if (auto const number = account_number(parts[1])) {
                at.account = *number - 1;
                parts.erase(parts.begin() + 1);
            }
    }
    at.key = parts.back();
    parts.pop_back();
    for (auto const& part : parts)
        at.table += (at.table.empty() ? "" : ".") + part;
    return at;
}

std::string variable_name(key const& k) {
    auto name = std::string(prefix);
    for (char const c : std::string(k.table) + "\n" + std::string(k.name)) {
        if (c == '.' || c == '\n')
            name += "__";
        else
            name += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    return name;
}

std::string nearest_variable(std::string_view name) {
    std::vector<std::string> names;
    for (auto const& k : keys())
        names.push_back(variable_name(k));
    std::vector<std::string_view> const views(names.begin(), names.end());
    auto const near = nearest(name, views);
    return near.empty() ? std::string() : fmt::format("; did you mean {}?", near);
}

/// What is wrong with the variable, empty for nothing.
std::string apply(std::string_view name, std::string_view text, loaded& into, origins& known) {
    auto const at = address_of(parts_of(name.substr(prefix.size())));
    auto const* k = find_key(at.table, at.key);
    if (k == nullptr) return "names no key" + nearest_variable(name);
    auto& accounts = into.values.accounts;
    if (at.account >= 0) {
        auto const index = static_cast<std::size_t>(at.account);
        if (index > accounts.size() || index >= most_accounts)
            return fmt::format("there is no account {}; the next one would be {}", index + 1,
                               accounts.size() + 1);
        if (index == accounts.size()) {
            accounts.emplace_back();
            known.note(at.account, "account", {"environment", 0, 0});
        }
    }
    account_settings none;
    auto& owner = at.account < 0 ? none : accounts[static_cast<std::size_t>(at.account)];
    auto full = at.table + "." + at.key;
    if (auto const wrong = assign_text(*k, k->where(into.values, owner), text))
        return full + ": " + *wrong;
    known.note(at.account, std::move(full), {"environment", 0, 0});
    if (k->who == standing::no_effect_yet)
        into.findings.push_back({"environment", 0, 0, std::string(name),
                                 "is accepted, but has no effect in this version yet",
                                 severity::notice});
    return {};
}

}  // namespace

void apply_environment(std::span<std::string const> environment, loaded& into, origins& known) {
    // Sorted, so that account 2 comes after account 1 whatever order the environment has.
    std::vector<std::string> variables;
    for (auto const& entry : environment) {
        auto const name = std::string_view(entry).substr(0, entry.find('='));
        // Others (container links, the init system) set SETCLICKD_… of their own; ours have the two
        // underscores.
        if (name.starts_with(prefix) && name.find("__") != std::string_view::npos &&
            entry.find('=') != std::string::npos)
            variables.push_back(entry);
    }
    std::sort(variables.begin(), variables.end(), [](std::string const& a, std::string const& b) {
        return std::pair(address_of(parts_of(a.substr(prefix.size(), a.find('=') - prefix.size())))
                             .account,
                         a) <
               std::pair(address_of(parts_of(b.substr(prefix.size(), b.find('=') - prefix.size())))
                             .account,
                         b);
    });
    for (auto const& entry : variables) {
        auto const cut = entry.find('=');
        auto const name = entry.substr(0, cut);
        if (auto wrong = apply(name, std::string_view(entry).substr(cut + 1), into, known);
            !wrong.empty())
            into.findings.push_back(
                {"environment", 0, 0, printable(name), std::move(wrong), severity::error});
    }
}

}  // namespace setclick::settings
