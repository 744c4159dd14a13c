#include "way_there.hpp"

#include <algorithm>
#include <thread>

#include "configuration.hpp"
#include "setclickd/settings/token.hpp"

namespace setclick::cli {
namespace {

/// The daemon's socket closes on the silent.
constexpr milliseconds longest_silence{20'000};

}  // namespace

result<net::open_settings> way_to(settings::settings const& s) {
    net::open_settings out;
    auto const to = net::parse_endpoint(s.endpoint.base_url);
    if (!to) return to.error();
    out.to = *to;
    out.connect_timeout = s.delivery.connect_timeout;
    out.tls_timeout = s.delivery.tls_timeout;
    if (s.endpoint.proxy.empty()) return out;
    auto const proxy = net::parse_proxy(s.endpoint.proxy);
    if (!proxy) return proxy.error();
    out.proxy = *proxy;
    if (s.endpoint.proxy_credentials_file.empty()) return out;
    auto credentials =
        settings::read_password(s.endpoint.proxy_credentials_file, credentials_directory());
    if (!credentials) return credentials.error();
    out.proxy_credentials = std::move(*credentials);
    return out;
}

result<void> pass_gate(hands& by, std::string const& account, std::atomic<bool> const& stop,
                       std::function<void(read_turn const&)> const& on_wait) {
    for (;;) {
        auto const turn = by.pass_read(account);
        if (!turn) return turn.error();
        if (turn->wait == 0ms) return {};
        on_wait(*turn);
        if (auto waited = wait_unless(stop, std::min(turn->wait, longest_silence)); !waited)
            return waited;
    }
}

result<void> wait_unless(std::atomic<bool> const& stop, milliseconds how_long) {
    auto const until = std::chrono::steady_clock::now() + how_long;
    for (;;) {
        if (stop) return fail(errc::busy, "interrupted");
        auto const now = std::chrono::steady_clock::now();
        if (now >= until) return {};
        std::this_thread::sleep_until(std::min(until, now + milliseconds{50}));
    }
}

}  // namespace setclick::cli
