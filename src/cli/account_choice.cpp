#include "account_choice.hpp"

#include <algorithm>
#include <charconv>

#include "setclickd/base/text.hpp"

namespace setclick::cli {

std::string account_text(api::named_account const& account) {
    auto out = printable(account.id);
    if (!account.name.empty()) out += " (" + printable(account.name, 100) + ")";
    return out;
}

account_offer offer_accounts(std::vector<api::named_account> const& listed,
                             std::span<std::string const> configured) {
    account_offer out;
    std::string known;
    for (auto const& a : listed) {
        if (std::ranges::find(configured, a.id) == configured.end())
            out.accounts.push_back(a);
        else
            known += (known.empty() ? "" : ", ") + account_text(a);
    }
    if (listed.empty()) {
        out.text =
            "SealMetrics lists no account for this token. If you have the id, type it; else ask "
            "SealMetrics which account the user of this token may use.\n";
    } else if (out.accounts.empty()) {
        out.kind = offer_kind::none_left;
        out.text = "every account that this token may use is configured already: " + known +
                   "; for a new token of one: setclickd token ID; for another account: the token "
                   "of a user who may use it";
    } else if (out.accounts.size() == 1) {
        out.kind = offer_kind::the_one;
        out.text = (known.empty() ? "The token is for one account, which is taken: "
                                  : "One account of this token is not configured yet, and is "
                                    "taken: ") +
                   account_text(out.accounts.front()) + "\n";
    } else {
        out.kind = offer_kind::several;
        out.text = "The token is for these accounts:\n";
        for (std::size_t n = 0; n < out.accounts.size(); ++n)
            out.text += "  " + std::to_string(n + 1) + "  " + account_text(out.accounts[n]) + "\n";
        if (!known.empty()) out.text += "Configured already: " + known + "\n";
    }
    return out;
}

result<std::string> chosen_of(account_offer const& offer, std::string_view answer) {
    for (auto const& a : offer.accounts)
        if (a.id == answer) return a.id;
    std::size_t number = 0;
    auto const* const end = answer.data() + answer.size();
    auto const [rest, ec] = std::from_chars(answer.data(), end, number);
    bool const is_number = ec == std::errc() && rest == end;
    if (is_number && number >= 1 && number <= offer.accounts.size())
        return offer.accounts[number - 1].id;
    return fail(errc::refused, "\"" + printable(answer, 60) +
                                   "\" is none of them; type a number from 1 to " +
                                   std::to_string(offer.accounts.size()) + ", or an id");
}

}  // namespace setclick::cli
