// What every call to the vendor waits for first: the permit of the account's gate.
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "setclickd/base/error.hpp"
#include "setclickd/base/time.hpp"
#include "setclickd/readback/report_access.hpp"

namespace setclick::readback {

/// Waits until the account's gate has let one read pass. `on_wait` is called before each wait.
/// `busy`: told to stop, or the account is paused.
result<void> pass_gate(report_access& access, std::string const& account,
                       std::atomic<bool> const& stop,
                       std::function<void(control::read_permit const&)> const& on_wait);

/// `busy` soon after `stop`.
result<void> wait_unless(std::atomic<bool> const& stop, milliseconds how_long);

}  // namespace setclick::readback
