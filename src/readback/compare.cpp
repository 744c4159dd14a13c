#include "setclickd/readback/compare.hpp"

#include "setclickd/readback/reconcile_account.hpp"

namespace setclick::readback {

result<reconcile::verdict> compare_and_keep(settings::settings const& s, report_access& access,
                                            std::string const& account,
                                            std::string const& date_range,
                                            std::atomic<bool> const& stop) {
    auto r = reconcile_account(s, access, account, date_range, stop, {});
    if (!r) return r.error();
    if (!r->certain) return fail(errc::busy, "rows vanished from the report while it was read");
    // A plan that a person has looked at stays looked at.
    if (auto kept = access.keep_verdict(account, verdict_note(*r, is_shown(s, *r))); !kept)
        return kept.error();
    return std::move(r->verdict);
}

}  // namespace setclick::readback
