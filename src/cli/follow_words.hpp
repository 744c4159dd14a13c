// What a person hears whose command is carried out on another host.
#pragma once

#include "console.hpp"
#include "setclickd/operations/follow_hooks.hpp"

namespace setclick::cli {

/// A line on `err` for whom is waited for; Ctrl-C ends the waiting in order.
operations::follow_hooks told_while_waiting(console const& io);

}  // namespace setclick::cli
