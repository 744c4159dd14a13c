// A time zone that somebody named, and what a local time means in it.
//
// Promises: an hour that does not exist is no moment, one that exists twice is the earlier and said to
// be; never the zone of this machine. Names and rules are those of tzdata, read by the date library at
// the first use; "UTC", "+0100", "-08:00" need none.
// Keeps the offset found last: one zone object belongs to one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "setclickd/base/error.hpp"
#include "setclickd/base/time.hpp"

namespace date {
class time_zone;
}

namespace setclick::csv {

/// A date and a time of day as a clock on a wall shows them, in milliseconds since 1970-01-01 00:00.
using local_ms = std::int64_t;

enum class meaning : std::uint8_t { once, never, twice };

/// What a local time means in a zone.
struct moment {
    meaning how = meaning::once;
    wall_time at;     ///< the earlier one of two; unset where there is none
    wall_time later;  ///< the second one of two
};

class zone {
public:
    /// "UTC", "Z", "GMT", "+0100", "+01:00", "GMT+2", "Europe/Madrid". `errc::invalid_data` for a name that
    /// the system's time zone data does not know.
    static result<zone> named(std::string_view name);

    moment of(local_ms local);
    local_ms local_of(wall_time at) const;
    /// "2021-10-20 07:31:28" there.
    std::string text_of(wall_time at) const;
    std::string const& name() const noexcept { return name_; }

private:
    std::string name_;
    date::time_zone const* rules_ = nullptr;  ///< null: `offset_` always
    milliseconds offset_{0};
    // Local times inside these have one meaning, with `offset_`.
    local_ms from_ = 0;
    local_ms to_ = 0;
};

/// "2021-10-20 07:31:28", with a fraction only where there is one.
std::string local_text(local_ms local);

}  // namespace setclick::csv
