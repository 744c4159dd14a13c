// Which events a person means: shared by `list` and by the commands that change something.
#pragma once

#include <optional>
#include <string>

#include "setclickd/ledger/types.hpp"

namespace setclick::ledger {

/// All that is set must hold. Nothing set: every event.
struct event_filter {
    std::optional<event_no> event;  ///< just this one
    std::optional<event_state> state;
    std::optional<account_no> account;
    std::optional<file_no> file;
    std::optional<wall_time> imported_before;
    std::optional<wall_time> imported_since;
    std::string reason;          ///< of its state: "http-400", "expired"; empty for any
    bool in_doubt_ever = false;  ///< may have been received at an earlier attempt
};

}  // namespace setclick::ledger
