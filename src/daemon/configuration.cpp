#include "configuration.hpp"

#include <algorithm>
#include <utility>

namespace setclick::daemon {

void configuration::add_numbers(std::vector<ledger::account_info> const& known) {
    for (auto const& a : known)
        numbers_[a.id] = a.no;
}

settings::settings configuration::replace(settings::settings fresh,
                                          std::vector<ledger::account_info> const& known) {
    add_numbers(known);
    return std::exchange(settings_, std::move(fresh));
}

std::optional<account_no> configuration::number_of(std::string_view id) const {
    auto const it = numbers_.find(id);
    return it == numbers_.end() ? std::nullopt : std::optional(it->second);
}

std::vector<account_no> configuration::configured_numbers() const {
    std::vector<account_no> out;
    for (auto const& a : settings_.accounts)
        out.push_back(number_of(a));
    return out;
}

settings::account_settings const* configuration::configured(account_no no) const {
    auto const a =
        std::ranges::find_if(settings_.accounts, [&](auto const& x) { return number_of(x) == no; });
    return a == settings_.accounts.end() ? nullptr : &*a;
}

bool configuration::is_configured(std::string_view id) const {
    return std::ranges::find(settings_.accounts, id, &settings::account_settings::id) !=
           settings_.accounts.end();
}

std::vector<std::pair<std::string, account_no>> configuration::others() const {
    std::vector<std::pair<std::string, account_no>> out;
    for (auto const& [id, no] : numbers_)
        if (!is_configured(id)) out.emplace_back(id, no);
    return out;
}

}  // namespace setclick::daemon
