#include "chosen_account.hpp"

#include <string_view>
#include <vector>

#include "setclickd/base/text.hpp"

namespace setclick::cli {

result<std::string> chosen_account(settings::settings const& s, std::string const& named) {
    if (named.empty()) {
        if (s.accounts.size() == 1) return s.accounts.front().id;
        return fail(errc::usage, "several accounts are configured: name one");
    }
    std::vector<std::string_view> known;
    for (auto const& a : s.accounts) {
        if (a.id == named) return named;
        known.push_back(a.id);
    }
    auto const near = nearest(named, known);
    return fail(errc::usage, "the configuration names no account " + printable(named) +
                                 (near.empty() ? "" : "; did you mean " + std::string(near) + "?"));
}

}  // namespace setclick::cli
