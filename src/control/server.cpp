#include "setclickd/control/server.hpp"

#include <unistd.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/post.hpp>
#include <vector>

#include "admission.hpp"
#include "session.hpp"
#include "setclickd/control/unix_listener.hpp"

namespace setclick::control {

namespace asio = boost::asio;

class server::impl : public std::enable_shared_from_this<impl> {
public:
    using strand = asio::strand<asio::any_io_executor>;

    impl(asio::any_io_executor const& executor, std::string path, handler on_request,
         server_limits limits)
        : strand_(asio::make_strand(executor)),
          acceptor_(strand_),
          retry_(strand_),
          path_(std::move(path)),
          on_request_(std::make_shared<handler const>(std::move(on_request))),
          limits_(limits) {}

    result<void> open() {
        auto fd = listen_at(path_, "control.socket");
        if (!fd) return fd.error();
        boost::system::error_code ec;
        acceptor_.assign(asio::local::stream_protocol(), fd->release(), ec);
        if (ec) return fail(errc::io, "cannot listen on " + path_ + ": " + ec.message());
        asio::post(strand_, [self = shared_from_this()] { self->accept(); });
        return {};
    }

    /// The name goes at once, so that a next daemon finds the place free.
    void shut() {
        ::unlink(path_.c_str());
        asio::post(strand_, [self = shared_from_this()] {
            boost::system::error_code ignored;
            self->acceptor_.close(ignored);
            self->retry_.cancel();
            for (auto const& weak : self->sessions_)
                if (auto const open = weak.lock()) open->close();
        });
    }

private:
    void accept() {
        if (!acceptor_.is_open()) return;
        acceptor_.async_accept(
            [self = shared_from_this()](boost::system::error_code ec, auto socket) {
                if (ec == asio::error::operation_aborted) return;
                if (ec) return self->accept_later();
                self->welcome(socket_type(std::move(socket)));
                self->accept();
            });
    }

    /// No descriptor is free, or the like: not a reason to spin, nor to give up.
    void accept_later() {
        retry_.expires_after(std::chrono::seconds{1});
        retry_.async_wait([self = shared_from_this()](boost::system::error_code ec) {
            if (!ec) self->accept();
        });
    }

    void welcome(socket_type socket) {
        std::erase_if(sessions_, [](std::weak_ptr<session> const& weak) { return weak.expired(); });
        auto const who = admitted_peer(socket.native_handle());
        auto const made =
            std::make_shared<session>(std::move(socket), who ? *who : peer{}, on_request_, limits_);
        // Those sent away count as well: their one line may take a moment.
        if (sessions_.size() >= 2 * limits_.clients) return made->close();
        bool const is_full = sessions_.size() >= limits_.clients;
        sessions_.push_back(made);
        if (!who) return made->dismiss(who.error());
        if (is_full)
            return made->dismiss(
                fail(errc::busy, "too many commands talk to the daemon at this moment; try again"));
        made->start();
    }

    strand strand_;
    asio::basic_socket_acceptor<asio::local::stream_protocol, strand> acceptor_;
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, strand>
        retry_;
    std::string path_;
    std::shared_ptr<handler const> on_request_;
    server_limits limits_;
    std::vector<std::weak_ptr<session>> sessions_;
};

result<std::unique_ptr<server>> server::open(asio::any_io_executor executor, std::string path,
                                             handler on_request, server_limits limits) {
    auto made =
        std::make_shared<impl>(std::move(executor), std::move(path), std::move(on_request), limits);
    if (auto opened = made->open(); !opened) return opened.error();
    return std::unique_ptr<server>(new server(std::move(made)));
}

server::server(std::shared_ptr<impl> made) : impl_(std::move(made)) {}

server::~server() {
    impl_->shut();
}

}  // namespace setclick::control
