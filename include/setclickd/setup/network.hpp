// The configuration → the connection to the endpoint: TLS, proxy, deadlines.
//
// Reads the files that the configuration names (trust anchors, the proxy's credentials) and blocks
// on them; opens no connection. One for the daemon's pool, for logins, and for the commands that
// read reports.
#pragma once

#include <memory>
#include <string>

#include "setclickd/base/error.hpp"
#include "setclickd/net/connect_settings.hpp"
#include "setclickd/net/pool.hpp"
#include "setclickd/net/tls.hpp"
#include "setclickd/settings/settings.hpp"

namespace setclick::setup {

/// `credentials_directory`: $CREDENTIALS_DIRECTORY. Errors name the key or the file.
result<net::open_settings> open_settings_of(settings::settings const& s,
                                            std::string const& credentials_directory);

/// Everything that a pool of connections needs; `pool.open` is what a single call needs.
struct network_setup {
    std::shared_ptr<net::tls_client> tls;
    net::pool_settings pool;
};
result<network_setup> network_setup_of(settings::settings const& s,
                                       std::string const& credentials_directory);

/// Whether events go to the same place in the same way: what a person mended may be elsewhere.
bool is_same_endpoint(settings::endpoint_settings const& a, settings::endpoint_settings const& b);

}  // namespace setclick::setup
