// What a daemon has counted, as a member of its answer to "status": written and read in one place.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "setclickd/delivery/daemon_figures.hpp"

namespace setclick::control {

boost::json::object figures_message(delivery::daemon_figures const& f);
/// Members that were not sent are zero; a histogram that is not whole is empty.
delivery::daemon_figures figures_from(boost::json::value const& message);

}  // namespace setclick::control
