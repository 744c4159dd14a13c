#include "open.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <openssl/evp.h>

#include "deadline.hpp"
#include "dial.hpp"
#include "setclickd/base/text.hpp"

namespace setclick::net {
namespace asio = boost::asio;
using api::transport_failure;

namespace {

using executor = asio::io_context::executor_type;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable_t<executor>{});
using failure = std::optional<open_failure>;

open_failure make_failure(transport_failure kind, std::string text) {
    return {kind, std::move(text)};
}

open_failure connect_failure(dial const& d, endpoint const& to, milliseconds limit, bool expired) {
    auto where = to.host + ":" + to.port;
    if (auto const tried = d.tried(); !to.host_is_address && !tried.empty())
        where += " at " + tried;
    if (expired) {
        if (d.state == dial::phase::resolving)
            return make_failure(transport_failure::resolve,
                                "the name " + to.host + " was not resolved within " +
                                    duration_text(limit) + "; check the DNS servers");
        return make_failure(transport_failure::connect_timeout,
                            where + " did not answer within " + duration_text(limit) +
                                "; check the network and firewalls");
    }
    if (d.state == dial::phase::failed && !d.reason)
        return make_failure(transport_failure::cancelled, where + ": given up");
    auto const& category = d.reason.category();
    if (category == asio::error::get_netdb_category() ||
        category == asio::error::get_addrinfo_category())
        return make_failure(transport_failure::resolve,
                            "the name " + to.host + " cannot be resolved: " + d.reason.message() +
                                "; check the DNS servers and the name");
    if (d.reason == asio::error::connection_refused)
        return make_failure(
            transport_failure::connect_refused,
            where + " refused the connection; nothing listens there, or a firewall refuses");
    if (d.reason == asio::error::timed_out)
        return make_failure(transport_failure::connect_timeout,
                            where + " did not answer; check the network");
    return make_failure(
        transport_failure::unreachable,
        where + " cannot be reached: " + d.reason.message() + "; check the network");
}

/// Connected: `which` says to what address.
asio::awaitable<failure, executor> connect(tls_stream& stream, opening_memory const& memory,
                                           endpoint const& to, std::vector<address> const& known,
                                           steady_time until, milliseconds limit, opening* watched,
                                           opening_try& which) {
    auto const context = &static_cast<asio::io_context&>(
        asio::query(stream.get_executor(), asio::execution::context));
    auto const d = std::make_shared<dial>(*context);
    if (known.empty())
        d->start(to.host, to.port, until, memory);
    else
        d->start(known, until, memory);
    if (watched != nullptr) watched->waits_for(d);
    auto const [ec] = co_await d->finished.async_wait(as_result);
    // Also when it has just connected: the caller has closed the stream, which must stay so.
    if (watched != nullptr && watched->is_given_up())
        co_return make_failure(transport_failure::cancelled, "given up");
    bool const expired = !ec;
    if (d->state != dial::phase::connected) {
        auto out = connect_failure(*d, to, limit, expired);
        d->abandon();
        co_return out;
    }
    which.where = d->winner_address;
    which.began = std::chrono::steady_clock::now();
    stream.next_layer().socket() = std::move(*d->winner);
    boost::system::error_code ignored;
    stream.next_layer().socket().set_option(asio::ip::tcp::no_delay(true), ignored);
    co_return failure{};
}

void limit_delivery(tls_stream& stream, milliseconds longest) {
    if (longest <= 0ms) return;
    auto const value = static_cast<unsigned>(longest.count());
    ::setsockopt(stream.next_layer().socket().native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT,
                 &value, sizeof value);
}

std::string base64(std::string const& plain) {
    // OpenSSL writes a zero byte after the text.
    std::string out((plain.size() + 2) / 3 * 4 + 1, '\0');
    auto const n = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<unsigned char const*>(plain.data()),
                                   static_cast<int>(plain.size()));
    out.resize(static_cast<std::size_t>(n));
    return out;
}

std::string connect_request(endpoint const& to, secret<std::string> const& credentials) {
    auto const authority =
        (to.host.find(':') == std::string::npos ? to.host : "[" + to.host + "]") + ":" + to.port;
    auto out = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n";
    if (auto const& plain = credentials.reveal(); !plain.empty()) {
        out += "Proxy-Authorization: Basic " + base64(plain) + "\r\n";
    }
    return out + "\r\n";
}

/// The status of "HTTP/1.1 200 …", 0 for anything else.
int status_of(std::string_view head) {
    if (!head.starts_with("HTTP/1.") || head.size() < 12) return 0;
    int status = 0;
    for (auto const c : head.substr(9, 3)) {
        if (c < '0' || c > '9') return 0;
        status = status * 10 + (c - '0');
    }
    return status;
}

asio::awaitable<failure, executor> tunnel(tls_stream& stream, open_settings const& s,
                                          milliseconds left) {
    deadline const limit(stream, left);
    auto const where = "proxy " + s.proxy->host + ":" + s.proxy->port + ": ";
    auto& socket = stream.next_layer().socket();
    auto const request = connect_request(s.to, s.proxy_credentials);
    auto const [write_error, sent] =
        co_await asio::async_write(socket, asio::buffer(request), as_result);
    (void)sent;
    std::string head;
    auto input = asio::dynamic_buffer(head, 8192);
    boost::system::error_code ec = write_error;
    if (!ec) {
        auto const [read_error, n] =
            co_await asio::async_read_until(socket, input, "\r\n\r\n", as_result);
        (void)n;
        ec = read_error;
    }
    if (limit.expired())
        co_return make_failure(transport_failure::proxy,
                               where + "no answer to CONNECT in time; check endpoint.proxy");
    if (ec)
        co_return make_failure(transport_failure::proxy,
                               where + "no answer to CONNECT: " + ec.message());
    auto const status = status_of(head);
    // Proxies that should say 407 say 401 as well (tinyproxy did); before the tunnel it can only be
    // the proxy's own.
    if (status == 407 || status == 401) {
        bool const had = !s.proxy_credentials.reveal().empty();
        co_return make_failure(
            transport_failure::proxy,
            where + (had ? "it does not accept the credentials (" : "it wants credentials (") +
                std::to_string(status) + (had ? "); check" : "); set") +
                " endpoint.proxy_credentials_file");
    }
    if (status < 200 || status > 299)
        co_return make_failure(transport_failure::proxy,
                               where + "refused to connect to " + s.to.host + ": " +
                                   printable(head.substr(0, head.find('\r')), 120));
    if (!head.ends_with("\r\n\r\n"))
        co_return make_failure(transport_failure::proxy,
                               where + "sent data before the tunnel was used; not trusted");
    co_return failure{};
}

/// "api.example.com:443", with the address where the name does not say it.
std::string peer_text(open_settings const& s, opening_try const& which) {
    auto out = s.to.host + ":" + s.to.port;
    if (!s.proxy && !s.to.host_is_address) out += " at " + which.where.address().to_string();
    return out;
}

asio::awaitable<failure, executor> handshake(tls_stream& stream, tls_client& tls,
                                             open_settings const& s, opening_try& which,
                                             opening_end& how) {
    auto const peer = peer_text(s, which);
    auto const may_offer = tls.memory().may_offer_session(which.began);
    auto const offered = tls.prepare(stream.native_handle(), s.to, may_offer);
    if (offered.has_error())
        co_return make_failure(transport_failure::tls_handshake, offered.error().message);
    which.offered_session = *offered;
    deadline const limit(stream, s.tls_timeout);
    auto const [ec] = co_await stream.async_handshake(asio::ssl::stream_base::client, as_result);
    if (!ec) {
        how = opening_end::opened;
        co_return failure{};
    }
    if (limit.expired()) {
        how = opening_end::stalled;
        co_return make_failure(transport_failure::tls_handshake,
                               "TLS to " + peer + ": the handshake did not end within " +
                                   duration_text(s.tls_timeout));
    }
    if (is_certificate_failure(stream.native_handle())) {
        how = opening_end::refused_by_us;
        co_return make_failure(transport_failure::tls_certificate,
                               tls_failure_text(stream.native_handle(), ec, peer));
    }
    auto text = tls_failure_text(stream.native_handle(), ec, peer);
    if (which.offered_session) text += "; the next try offers no earlier session";
    co_return make_failure(transport_failure::tls_handshake, std::move(text));
}

}  // namespace

void opening::give_up() {
    given_up_ = true;
    if (dial_) {
        dial_->abandon();
        dial_->finished.cancel();
    }
}

asio::awaitable<failure, executor> open(tls_stream& stream, tls_client& tls, open_settings settings,
                                        opening* watched) {
    auto const until = std::chrono::steady_clock::now() + settings.connect_timeout;
    endpoint const& first = settings.proxy ? *settings.proxy : settings.to;
    opening_try which;
    auto failed = co_await connect(stream, tls.memory(), first, settings.addresses, until,
                                   settings.connect_timeout, watched, which);
    if (failed && settings.proxy) {
        failed->failure = transport_failure::proxy;
        failed->text = "proxy: " + failed->text;
    }
    if (failed) co_return failed;
    limit_delivery(stream, settings.longest_delivery);
    auto how = opening_end::broken;
    if (settings.proxy) {
        auto const left =
            std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
        failed = co_await tunnel(stream, settings, left);
        if (failed) how = opening_end::refused_by_a_proxy;
    }
    if (!failed) failed = co_await handshake(stream, tls, settings, which, how);
    // Given up by ourselves says nothing about the other side.
    if (watched == nullptr || !watched->is_given_up())
        tls.memory().ended(which, how, std::chrono::steady_clock::now());
    co_return failed;
}

}  // namespace setclick::net
