#include "zone.hpp"

#include <date/tz.h>

#include "setclickd/base/text.hpp"

namespace setclick::readback {

result<zone> zone::named(std::string const& name) {
    zone out;
    if (name == "UTC") return out;
    try {
        out.zone_ = date::locate_zone(name);
        return out;
    } catch (std::exception const&) {
        return fail(errc::config,
                    "reconcile.time_zone: the system knows no time zone " + printable(name) +
                        "; write UTC, or a name such as Europe/Madrid (package tzdata)");
    }
}

reconcile::day zone::day_of(wall_time at) const {
    if (zone_ == nullptr) return std::chrono::floor<std::chrono::days>(at);
    auto const offset = zone_->get_info(at).offset;
    return std::chrono::floor<std::chrono::days>(at + offset);
}

}  // namespace setclick::readback
