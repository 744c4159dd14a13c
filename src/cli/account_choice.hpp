// Which of the accounts that a token may use is meant: what `setup` offers, and what an answer to it
// means. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "setclickd/api/accounts.hpp"
#include "setclickd/base/error.hpp"

namespace setclick::cli {

enum class offer_kind {
    by_hand,  ///< nothing to choose from: the id is to be typed
    the_one,  ///< just one is left: it is taken
    several,  ///< a person chooses
    none_left,
};

struct account_offer {
    offer_kind kind = offer_kind::by_hand;
    std::vector<api::named_account> accounts;  ///< those that are not configured yet
    std::string text;                          ///< what a person is told, some lines
};

account_offer offer_accounts(std::vector<api::named_account> const& listed,
                             std::span<std::string const> configured);

/// A number of the offer's list, or one of its ids. `refused` names what would be right.
result<std::string> chosen_of(account_offer const& offer, std::string_view answer);

/// "60a52f6ac660b269d13c3f53 (Shop)", safe to print.
std::string account_text(api::named_account const& account);

}  // namespace setclick::cli
