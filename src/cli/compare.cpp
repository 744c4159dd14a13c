#include "setclickd/cli/compare.hpp"

#include "reconcile_account.hpp"

namespace setclick::cli {

result<reconcile::verdict> compare_and_keep(settings::settings const& s, std::string const& account,
                                            std::string const& date_range,
                                            std::atomic<bool> const& stop) {
    auto by = hands::find(s);
    if (!by) return by.error();
    auto r = reconcile_account(s, **by, account, date_range, stop, {});
    if (!r) return r.error();
    if (!r->certain) return fail(errc::busy, "rows vanished from the report while it was read");
    // A plan that a person has looked at stays looked at.
    if (auto kept = (*by)->keep_verdict(account, verdict_note(*r, is_shown(s, *r))); !kept)
        return kept.error();
    return std::move(r->verdict);
}

}  // namespace setclick::cli
