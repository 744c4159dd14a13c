// Who gets back the lines that were refused: the `spool.share_rejected` setting.
#pragma once

#include <cstdint>

namespace setclick {

enum class sharing : std::uint8_t {
    dropper,  ///< the user who dropped the file, and nobody else
    group,    ///< every member of the group that may drop files
    no,       ///< only the daemon's own user and group
};

}  // namespace setclick
