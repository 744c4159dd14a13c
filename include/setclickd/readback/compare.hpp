// The comparison of an account's receipts with the vendor's report that nobody watches: the daemon's
// own.
#pragma once

#include <atomic>
#include <string>

#include "setclickd/base/error.hpp"
#include "setclickd/readback/report_access.hpp"
#include "setclickd/reconcile/compare.hpp"
#include "setclickd/settings/settings.hpp"

namespace setclick::readback {

/// As `setclickd reconcile` does it: reads the report and the receipts, keeps the verdict for
/// `status`. Changes no event. `busy`: told to stop, or rows vanished
/// meanwhile.
result<reconcile::verdict> compare_and_keep(settings::settings const& s, report_access& access,
                                            std::string const& account,
                                            std::string const& date_range,
                                            std::atomic<bool> const& stop);

}  // namespace setclick::readback
