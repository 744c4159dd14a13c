// The connections to the endpoint and the address that requests are written for.
//
// Promises: both change in one call, so no request is rendered for another address than the one
// that its connection goes to. After `close` no operation of a connection is under way.
//
// Threads: the main one only.
#pragma once

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>

#include "login.hpp"
#include "setclickd/net/connect_settings.hpp"
#include "setclickd/net/pool.hpp"
#include "setclickd/net/tls.hpp"
#include "setclickd/settings/settings.hpp"
#include "setclickd/setup/network.hpp"

namespace setclick::daemon {

class network {
public:
    /// `threads`: more than one gives the connections threads of their own. `source` outlives this.
    network(boost::asio::io_context& context, setup::network_setup setup, std::uint32_t threads,
            net::work_source& source);
    /// `close` before.
    ~network() = default;
    network(network const&) = delete;
    network& operator=(network const&) = delete;

    /// A reload: connections opened from now on use it.
    void use(setup::network_setup setup);
    /// Closes every connection and runs the stopped io_context until they have ended.
    void close();

    net::pool& pool() noexcept { return *pool_; }
    net::endpoint const& endpoint() const noexcept { return open_.to; }
    /// For calls that do not go through the pool.
    login::target login_target(settings::settings const& s) const;
    login::target report_target(settings::settings const& s) const;

private:
    boost::asio::io_context& context_;
    std::shared_ptr<net::tls_client> tls_;
    net::open_settings open_;
    std::function<bool()> may_send_;  // these two as at the start
    milliseconds longest_delivery_;
    std::unique_ptr<net::pool> pool_;
};

}  // namespace setclick::daemon
