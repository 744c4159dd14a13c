#include "setclickd/net/blocking_client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <openssl/ssl.h>

#include <optional>
#include <utility>

#include "open.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/net/tls.hpp"
#include "whole_exchange.hpp"

namespace setclick::net {
namespace asio = boost::asio;

class blocking_client::impl {
public:
    impl(std::shared_ptr<tls_client> tls, blocking_client_settings settings)
        : tls_(std::move(tls)),
          settings_(std::move(settings)),
          call_(settings_.open.to.host, settings_.most_body) {}

    ~impl() {
        close();
        // Whatever is still under way ends before its memory goes.
        context_.restart();
        context_.run_for(std::chrono::seconds(1));
    }

    result<http_answer> get(secret<std::string> const& request) {
        for (bool again = false;; again = true) {
            bool const reused = stream_ != nullptr;
            if (!reused)
                if (auto opened = open_stream(); !opened) return opened.error();
            auto const ended = exchange(request);
            if (ended && !call_.failure) {
                if (!call_.may_reuse()) close();
                return std::move(call_.answer);
            }
            close();
            if (!ended) return ended.error();
            // An idle connection that turns out to be closed before anything came back.
            bool const is_stale =
                reused && !call_.has_begun() && call_.failure->code == errc::unreachable;
            if (!is_stale || again) return *call_.failure;
        }
    }

    result<connection_facts> connect() {
        if (auto opened = open_stream(); !opened) return opened.error();
        return facts();
    }

    std::variant<connection_facts, open_failure> try_to_connect() {
        auto const opened = open_stream();
        if (opened) return facts();
        if (failed_) return *failed_;
        return open_failure{api::transport_failure::cancelled, opened.error().message};
    }

private:
    connection_facts facts() {
        connection_facts out;
        boost::system::error_code ec;
        auto const peer = stream_->next_layer().socket().remote_endpoint(ec);
        if (!ec) out.address = peer.address().to_string();
        auto* const ssl = stream_->native_handle();
        out.tls = SSL_get_version(ssl);
        out.valid_until = certificate_end(ssl);
        out.chain = chain_of(ssl);
        return out;
    }

    result<void> open_stream() {
        stream_ = std::make_unique<tls_stream>(counted_socket(context_), tls_->context());
        failed_.reset();
        done_ = false;
        asio::co_spawn(context_, net::open(*stream_, *tls_, settings_.open),
                       [this](std::exception_ptr, std::optional<open_failure> why_not) {
                           failed_ = std::move(why_not);
                           done_ = true;
                       });
        // `open` has deadlines of its own.
        auto const ended = run_until_done(steady_time::max());
        if (!ended || failed_) close();
        if (!ended) return ended.error();
        if (failed_) return fail(errc::unreachable, failed_->text);
        return {};
    }

    /// An error where it was given up; how the exchange itself ended is in `call_`.
    result<void> exchange(secret<std::string> const& request) {
        done_ = false;
        asio::co_spawn(context_, call_.run(*stream_, request.reveal()),
                       [this](std::exception_ptr) { done_ = true; });
        return run_until_done(std::chrono::steady_clock::now() + settings_.timeout);
    }

    result<void> run_until_done(steady_time deadline) {
        std::optional<error> why;
        while (!done_) {
            context_.restart();
            context_.run_one_for(100ms);
            if (done_ || why) continue;
            if (settings_.stop != nullptr && *settings_.stop)
                why = fail(errc::busy, "interrupted");
            else if (std::chrono::steady_clock::now() >= deadline)
                why = fail(errc::unreachable, settings_.open.to.host +
                                                  ": no complete answer within " +
                                                  duration_text(settings_.timeout));
            // The operation under way ends, and with it the coroutine.
            if (why) close_socket();
        }
        if (why) return *why;
        return {};
    }

    void close_socket() {
        boost::system::error_code ignored;
        if (stream_) stream_->lowest_layer().close(ignored);
    }
    void close() {
        close_socket();
        stream_.reset();
    }

    asio::io_context context_{1};
    std::shared_ptr<tls_client> tls_;
    blocking_client_settings settings_;
    std::unique_ptr<tls_stream> stream_;
    whole_exchange call_;
    bool done_ = false;
    std::optional<open_failure> failed_;  ///< of the last opening
};

blocking_client::blocking_client(std::shared_ptr<tls_client> tls, blocking_client_settings settings)
    : impl_(std::make_unique<impl>(std::move(tls), std::move(settings))) {}
blocking_client::~blocking_client() = default;

result<connection_facts> blocking_client::connect() {
    return impl_->connect();
}
std::variant<connection_facts, open_failure> blocking_client::try_to_connect() {
    return impl_->try_to_connect();
}
result<http_answer> blocking_client::get(secret<std::string> const& request) {
    return impl_->get(request);
}

}  // namespace setclick::net
