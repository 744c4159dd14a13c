// Where the requests go, taken apart once: host, port and path prefix of `endpoint.base_url`, and
// the proxy's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "setclickd/base/error.hpp"

namespace setclick::net {

struct endpoint {
    std::string host;  ///< a name or an address, without brackets
    std::string port = "443";
    std::string path;  ///< prefix of every path, without a slash at its end: "/api"
    bool host_is_address = false;

    /// For the Host header: with brackets around an IPv6 address, with the port where it is not
    /// 443.
    std::string host_header() const;
};

/// From "https://host[:port]/path". Anything but https, user information, a query or a fragment is
/// `errc::config`.
result<endpoint> parse_endpoint(std::string_view base_url);

/// From "http://host[:port]"; the port defaults to 3128.
result<endpoint> parse_proxy(std::string_view url);

}  // namespace setclick::net
