// Where a connection goes and how long that may take, and what is reported when none comes about.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <optional>
#include <string>
#include <vector>

#include "setclickd/api/transport.hpp"
#include "setclickd/base/secret.hpp"
#include "setclickd/base/time.hpp"
#include "setclickd/net/endpoint.hpp"

namespace setclick::net {

struct open_settings {
    endpoint to;
    std::optional<endpoint> proxy;
    secret<std::string> proxy_credentials;  ///< "user:password", empty for none
    /// Where not empty: the addresses to connect to, instead of what the host's (or the proxy's) name resolves to.
    std::vector<boost::asio::ip::tcp::endpoint> addresses;
    milliseconds connect_timeout{10s};  ///< resolve, connect and the proxy's answer
    milliseconds tls_timeout{10s};
    /// How long the kernel tries to deliver what was written (TCP_USER_TIMEOUT), also while this process stands
    /// still; zero: as the system does, a quarter of an hour.
    milliseconds longest_delivery{0};
};

/// Nothing of any request had left: every such failure is safe, and belongs to the endpoint.
struct open_failure {
    api::transport_failure failure{};
    std::string text;  ///< what, why and what to do next
};

}  // namespace setclick::net
