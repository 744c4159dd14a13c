// The server side's TLS: 1.2 and 1.3, session tickets, HTTP/1.1 by ALPN.
#pragma once

#include <boost/asio/ssl/context.hpp>

#include "certificate.hpp"
#include "setclickd/base/error.hpp"

namespace setclick::sandbox {

result<void> set_up_tls(boost::asio::ssl::context& tls, certificate_paths const& paths);

}  // namespace setclick::sandbox
