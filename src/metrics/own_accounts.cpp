#include "setclickd/metrics/own_accounts.hpp"

#include <algorithm>
#include <vector>

namespace setclick::metrics {

void own_accounts::see(status_model::status_report const& report, std::size_t most) {
    std::vector<status_model::account_report const*> fresh;
    for (auto const& a : report.accounts)
        if (!is_own_.contains(a.id)) fresh.push_back(&a);
    std::ranges::stable_sort(fresh, [](auto const* a, auto const* b) {
        return a->place.value_or(SIZE_MAX) < b->place.value_or(SIZE_MAX);
    });
    for (auto const* const a : fresh) {
        bool const is_own = a->place && a->id != other_accounts && count_ < most;
        is_own_.emplace(a->id, is_own);
        if (is_own) ++count_;
    }
}

}  // namespace setclick::metrics
