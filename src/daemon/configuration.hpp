// The settings in effect, and the ledger's number of each account.
//
// Promises: every account that the settings name has a number; settings and numbers change
// together, in one call. Never: reads a file, asks the ledger.
//
// Threads: the main one only.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "setclickd/base/ids.hpp"
#include "setclickd/ledger/types.hpp"
#include "setclickd/settings/settings.hpp"

namespace setclick::daemon {

class configuration {
public:
    explicit configuration(settings::settings first) : settings_(std::move(first)) {}

    settings::settings const& now() const noexcept { return settings_; }

    /// What the ledger knows: these numbers are kept, also those of accounts that are no longer
    /// configured.
    void add_numbers(std::vector<ledger::account_info> const& known);
    void add_number(std::string const& id, account_no no) { numbers_[id] = no; }
    /// A reload. `known` has to hold every account of `fresh`. Returns the settings before.
    settings::settings replace(settings::settings fresh,
                               std::vector<ledger::account_info> const& known);

    /// Of any account that the ledger knows, configured or not.
    std::optional<account_no> number_of(std::string_view id) const;
    account_no number_of(settings::account_settings const& a) const { return numbers_.at(a.id); }
    /// The numbers of all configured accounts, in the order of the configuration.
    std::vector<account_no> configured_numbers() const;
    /// The account with this number; null where the settings do not name it. Valid until `replace`.
    settings::account_settings const* configured(account_no no) const;
    bool is_configured(std::string_view id) const;
    /// Accounts that the ledger knows and the settings do not name, by id.
    std::vector<std::pair<std::string, account_no>> others() const;

private:
    settings::settings settings_;
    std::map<std::string, account_no, std::less<>> numbers_;
};

}  // namespace setclick::daemon
