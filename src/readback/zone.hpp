// Which day it is somewhere: reconcile.time_zone.
#pragma once

#include <string>

#include "setclickd/base/error.hpp"
#include "setclickd/base/time.hpp"
#include "setclickd/reconcile/days.hpp"

namespace date {
class time_zone;
}

namespace setclick::readback {

class zone {
public:
    /// "UTC", "Europe/Madrid". `errc::config` for a name that the system's time zone data does not
    /// know.
    static result<zone> named(std::string const& name);
    reconcile::day day_of(wall_time at) const;

private:
    date::time_zone const* zone_ = nullptr;  ///< null: UTC
};

}  // namespace setclick::readback
