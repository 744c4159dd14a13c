// The status model as `status --json` prints it: the names that scripts rely on.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "setclickd/status_model/status.hpp"

namespace setclick::status_model {

boost::json::object to_json(status_report const& report);

/// The last comparison of an account; null for none, and for one that another version wrote in its
/// own way.
boost::json::value verdict_of(account_report const& account);

/// How long ago, rounded down; 0 for never and for the future.
std::int64_t age_seconds(wall_time since, wall_time now);

}  // namespace setclick::status_model
