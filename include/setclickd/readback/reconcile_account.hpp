// One comparison: the vendor's report of an account against its receipts.
//
// Used by the command and by the daemon's thread (reconcile.every). Reads the ledger in short
// transactions; changes nothing.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "setclickd/readback/page_reader.hpp"
#include "setclickd/reconcile/compare.hpp"

namespace setclick::readback {

struct reconciliation {
    std::string account;
    reconcile::day_range range;
    wall_time at{};
    reconcile::verdict verdict;
    std::uint64_t report_rows = 0;  ///< read, the days beside the range included
    bool certain = true;            ///< false: rows vanished while the report was read
};

/// `date_range` as api::date_range takes it; named ranges are those of reconcile.time_zone.
/// `errc::config` without reconcile.labels.
result<reconciliation> reconcile_account(settings::settings const& s, report_access& access,
                                         std::string const& account, std::string const& date_range,
                                         std::atomic<bool> const& stop,
                                         page_reader::progress_fn progress);

/// What a comparison counted: the members that the kept verdict and `--json` share.
boost::json::object verdict_counts(reconciliation const& r);

/// Which held events it would resolve, and how, as a short text: equal plans resolve the same.
std::string resolve_plan(reconcile::verdict const& v);
/// For the ledger and `status`: one JSON object. `dry_run`: a person looked at its plan.
std::string verdict_note(reconciliation const& r, bool dry_run);
/// The last verdict_note of each account that has one, by its id.
result<std::vector<std::pair<std::string, boost::json::value>>> kept_verdicts(
    settings::settings const& s);
/// The plan that a person's dry run has shown last; empty when there was none.
result<std::string> last_shown_plan(settings::settings const& s, std::string const& account);
/// That plan is this one's.
bool is_shown(settings::settings const& s, reconciliation const& r);
/// "agrees", "7 missing, 3 surplus": also for the log.
std::string outcome_text(reconcile::verdict const& v);

}  // namespace setclick::readback
