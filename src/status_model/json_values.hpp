// Values of the status in JSON that more than one of its parts writes.
#pragma once

#include <boost/json/value.hpp>

#include "setclickd/base/time.hpp"

namespace setclick::status_model {

/// Null for a time that is not known.
inline boost::json::value time_or_null(wall_time t) {
    return t == wall_time{} ? boost::json::value(nullptr) : boost::json::value(wall_text(t));
}

}  // namespace setclick::status_model
