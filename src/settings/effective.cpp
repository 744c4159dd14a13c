#include "setclickd/settings/effective.hpp"

#include "keys.hpp"

namespace setclick::settings {
namespace {

bool is_of_account(key const& k) {
    return k.table == "account" || k.table.starts_with("account.");
}

/// Personal data is not for a terminal that others may see, or for a bug report.
bool is_personal(key const& k) {
    return k.table == "account.login" && k.name == "email";
}

/// `account` is a copy: looking where a login's key lies makes the login.
effective_value value_of(key const& k, settings& all, account_settings account, int index,
                         origins const& known) {
    effective_value out{std::string(k.table), index, std::string(k.name), {}, std::nullopt};
    out.value = is_personal(k) ? "\"***\"" : value_text(k, k.where(all, account));
    auto const name = out.table + "." + out.name;
    if (known.has(index, name)) out.from = known.of(index, name, {});
    return out;
}

}  // namespace

std::vector<effective_value> effective(loaded const& read) {
    std::vector<effective_value> out;
    auto all = read.values;
    for (auto const& k : keys())
        if (!is_of_account(k)) out.push_back(value_of(k, all, {}, -1, read.known));
    for (std::size_t i = 0; i < read.values.accounts.size(); ++i) {
        auto const& account = read.values.accounts[i];
        for (auto const& k : keys())
            if (is_of_account(k) && (account.login || k.table == "account"))
                out.push_back(value_of(k, all, account, static_cast<int>(i), read.known));
    }
    return out;
}

}  // namespace setclick::settings
