// What every call of a command needs first: the way to the endpoint, and the account's permit.
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "hands.hpp"
#include "setclickd/net/connect_settings.hpp"
#include "setclickd/settings/settings.hpp"

namespace setclick::cli {

/// From the settings; reads the proxy's credentials.
result<net::open_settings> way_to(settings::settings const& s);

/// Waits until the account's gate has let one read pass. `on_wait` is called before each wait.
/// `busy`: told to stop, or the account is paused.
result<void> pass_gate(hands& by, std::string const& account, std::atomic<bool> const& stop,
                       std::function<void(read_turn const&)> const& on_wait);

/// `busy` soon after `stop`.
result<void> wait_unless(std::atomic<bool> const& stop, milliseconds how_long);

}  // namespace setclick::cli
