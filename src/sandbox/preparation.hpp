// What must be true before a server can be made: complete paths, callers, an address.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <string>
#include <vector>

#include "credentials.hpp"
#include "server.hpp"
#include "setclickd/base/error.hpp"

namespace setclick::sandbox {

/// "127.0.0.1:8443", "[::1]:0", "localhost:0", ":8443" (every address).
result<boost::asio::ip::tcp::endpoint> parse_listen(std::string const& text);
/// Makes the directory, and every path absolute, so that what is printed can be used from anywhere.
result<void> complete_paths(options& o);
/// The content of all of them; one token a line.
result<std::string> read_token_files(std::vector<std::string> const& paths);
result<credentials> make_credentials(options const& o);

}  // namespace setclick::sandbox
