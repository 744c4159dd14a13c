// A comparison, for people and for scripts.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "setclickd/readback/reconcile_account.hpp"
#include "setclickd/settings/settings.hpp"

namespace setclick::cli {

/// The tuples that differ or hold something, one a line, and the sums.
std::string reconciliation_text(readback::reconciliation const& r, settings::settings const& s);
boost::json::object reconciliation_json(readback::reconciliation const& r);

}  // namespace setclick::cli
