// The connections of one listening socket: lets clients in, within the seats that there are, and ends what lasts too long.
//
// Threads: the web thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <vector>

#include "connection.hpp"
#include "listener.hpp"
#include "responder.hpp"
#include "seating.hpp"
#include "setclickd/telemetry/log_limiter.hpp"

namespace setclick::web {

class server final : public connection::owner {
public:
    /// Both outlive this. Takes clients from then on.
    server(boost::asio::io_context& context, responder& answers, listener at,
           seat_limits limits = {});
    /// Closes every connection.
    ~server() override;
    server(server const&) = delete;
    server& operator=(server const&) = delete;

private:
    using descriptor =
        boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;

    void wait_for_clients();
    void take_clients();
    void welcome(listener::guest guest);
    void on_shortage();
    void look_again();
    void look();
    void asked(connection& on, request_head const& what) override;
    void misread(unsigned status) override;

    boost::asio::io_context& context_;
    responder& answers_;
    listener listener_;
    seat_limits limits_;
    descriptor queue_;  // the listener's, for waiting
    boost::asio::steady_timer pause_;
    boost::asio::steady_timer tick_;
    bool is_ticking_ = false;
    telemetry::log_limiter shortage_;
    std::vector<std::shared_ptr<connection>> connections_;
    std::shared_ptr<bool> const life_ =
        std::make_shared<bool>(true);  // a handler may still be queued at our end
};

}  // namespace setclick::web
