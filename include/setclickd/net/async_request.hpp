// One request on a connection of its own, on the caller's io_context: the login. For what is rare; events go through the pool.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>

#include "setclickd/base/error.hpp"
#include "setclickd/base/secret.hpp"
#include "setclickd/net/connect_settings.hpp"
#include "setclickd/net/http_answer.hpp"

namespace setclick::net {

class tls_client;

/// Opens, sends `request` whole and reads the answer, at most 1 MiB of it, within `timeout` of the request's first byte. Errors as
/// of `blocking_client::get`.
boost::asio::awaitable<result<http_answer>, boost::asio::io_context::executor_type> async_request(
    boost::asio::io_context& context, std::shared_ptr<tls_client> tls, open_settings settings,
    secret<std::string> request, milliseconds timeout);

}  // namespace setclick::net
