// The last lines of the log, kept in memory for who looks at the daemon from beside it (`setclickd
// top`): not everybody who may ask the daemon may read the journal, and a container has none.
//
// Promises: at most `most_recent_lines`, each at most `longest_recent_line` bytes and an ellipsis; in
// the order of their numbers. A line is here before it is written, so also while the log's reader is
// stuck. Never: a line that the log leaves out (its level), or more than the log shows.
//
// Threads: from any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "setclickd/telemetry/log.hpp"

namespace setclick::telemetry {

inline constexpr std::size_t most_recent_lines = 64;
inline constexpr std::size_t longest_recent_line = 600;

struct recent_line {
    std::uint64_t no = 0;  ///< from 1 since the start of the process, without a gap
    level severity = level::info;
    std::string text;  ///< as log_format::text writes it, with its time
};

/// Those with a higher number than `after`, oldest first.
std::vector<recent_line> recent_lines(std::uint64_t after = 0);

}  // namespace setclick::telemetry
