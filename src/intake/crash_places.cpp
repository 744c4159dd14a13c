#include "crash_places.hpp"

#include "setclickd/telemetry/log.hpp"

namespace setclick::intake {

void crash_places::mark(reading_file& file) const {
    for (auto const& place : places_) {
        if (place.work_name != file.work_name || place.offset < file.state.position.at.offset)
            continue;
        file.crash_lines.push_back(place);
        telemetry::log_line(
            telemetry::level::error,
            "reading a file ended the daemon three times at the same place: that line is "
            "refused unread, reason crash",
            {{telemetry::log_field::file, file.name}, {"offset", place.offset}});
    }
}

}  // namespace setclick::intake
