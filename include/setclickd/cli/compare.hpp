// The comparison of an account's receipts with the vendor's report, for the daemon's thread.
#pragma once

#include <atomic>
#include <string>

#include "setclickd/base/error.hpp"
#include "setclickd/reconcile/compare.hpp"
#include "setclickd/settings/settings.hpp"

namespace setclick::cli {

/// As `setclickd reconcile` does it, over the control socket: reads the report and the receipts,
/// keeps the verdict for `status`. Changes no event. `busy`: told to stop, or rows vanished
/// meanwhile.
result<reconcile::verdict> compare_and_keep(settings::settings const& s, std::string const& account,
                                            std::string const& date_range,
                                            std::atomic<bool> const& stop);

}  // namespace setclick::cli
