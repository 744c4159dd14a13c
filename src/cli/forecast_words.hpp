// When the queue will be empty, in words; or why nobody can know. Pure.
#pragma once

#include <string>

#include "setclickd/status_model/status.hpp"

namespace setclick::cli {

/// "about 24 min", "nothing waits", "not while it is parked".
std::string queue_empty_text(status_model::account_report const& account);
std::string queue_empty_text(status_model::status_report const& report);

}  // namespace setclick::cli
