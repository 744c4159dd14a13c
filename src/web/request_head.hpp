// What of a request's head decides anything. Refers to the bytes of the connection: for the time of one call.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace setclick::web {

struct request_head {
    std::string_view method;
    std::string_view target;                          ///< as it came
    std::span<std::string_view const> hosts;          ///< the value of each Host
    std::span<std::string_view const> authorization;  ///< likewise
    std::string_view accept_encoding;
    std::string_view if_none_match;
    /// A script of a page asks in the background, nobody has opened anything.
    bool is_by_script = false;
    bool has_body = false;  ///< a length that is not 0, or a Transfer-Encoding
};

/// Who is at the other end, as far as the limits are concerned.
struct client {
    std::string_view name;      ///< an address, or a user of this machine
    bool is_by_socket = false;  ///< through the Unix socket, whose mode says who may
};

}  // namespace setclick::web
