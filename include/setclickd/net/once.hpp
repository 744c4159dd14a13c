// One request on a connection of its own: the login, and `check --online`. For what is rare; events
// go through the pool.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>

#include "setclickd/net/fetch.hpp"
#include "setclickd/net/open.hpp"

namespace setclick::net {

struct once_answer {
    std::optional<open_failure> failure;  ///< there is no answer: why
    fetch_answer answer;                  ///< at most 16 KiB of its body
};

/// `request` is sent whole. The answer must be complete within `timeout` of the request's first
/// byte.
boost::asio::awaitable<once_answer, boost::asio::io_context::executor_type> exchange_once(
    boost::asio::io_context& context, std::shared_ptr<tls_client> tls, open_settings settings,
    secret<std::string> request, milliseconds timeout);

}  // namespace setclick::net
