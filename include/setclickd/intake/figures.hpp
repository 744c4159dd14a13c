// What the intakes of one daemon have counted: it outlives each of them, so that a reload does not
// begin anew. Written on the intake's thread, readable by any.
#pragma once

#include <array>

#include "setclickd/base/figures.hpp"

namespace setclick::intake {

struct figures {
    static constexpr std::array import_bounds{1.0, 4.0, 16.0, 64.0, 256.0, 1024.0, 4096.0, 16384.0};

    histogram import{import_bounds};  ///< lines of one import: events, duplicates, refused ones
    counter bad_lines;                ///< that could not be taken
    counter taken_ids;                ///< refused: other content has their event_id
};

}  // namespace setclick::intake
