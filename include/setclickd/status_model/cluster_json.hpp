// The nodes that share a ledger, as JSON: the names that scripts rely on.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "setclickd/status_model/cluster.hpp"

namespace setclick::status_model {

/// Everything of it but the accounts, which `accounts_json` has.
boost::json::object to_json(cluster_report const& cluster);
boost::json::array accounts_json(cluster_report const& cluster);

}  // namespace setclick::status_model
