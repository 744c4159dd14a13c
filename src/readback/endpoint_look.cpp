#include "setclickd/readback/endpoint_look.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <cstring>
#include <utility>
#include <variant>

#include "setclickd/net/blocking_client.hpp"
#include "setclickd/net/tls.hpp"
#include "setclickd/settings/token.hpp"
#include "setclickd/setup/network.hpp"

namespace setclick::readback {
namespace {

using tcp_address = boost::asio::ip::tcp::endpoint;

/// A name with more is no name of one service.
constexpr std::size_t most_addresses = 16;

/// In the system's order; the fault where there is none.
std::variant<std::vector<tcp_address>, std::string> addresses_of(net::endpoint const& to) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    int const value = ::getaddrinfo(to.host.c_str(), to.port.c_str(), &wanted, &found);
    if (value != 0)
        return std::string(value == EAI_SYSTEM ? "the resolver failed" : ::gai_strerror(value));
    std::vector<tcp_address> out;
    for (auto const* at = found; at != nullptr && out.size() < most_addresses; at = at->ai_next) {
        tcp_address one;
        if (at->ai_addrlen > one.capacity()) continue;
        std::memcpy(one.data(), at->ai_addr, at->ai_addrlen);
        one.resize(at->ai_addrlen);
        if (std::ranges::find(out, one) == out.end()) out.push_back(one);
    }
    ::freeaddrinfo(found);
    if (out.empty()) return std::string("it has no address");
    return out;
}

bool is_before_tls(api::transport_failure kind) noexcept {
    return kind != api::transport_failure::tls_handshake &&
           kind != api::transport_failure::tls_certificate;
}

class looking {
public:
    looking(settings::settings const& s, std::atomic<bool> const& stop) : s_(s), stop_(stop) {}

    endpoint_look& seen() noexcept { return seen_; }

    /// False where nothing can be tried.
    bool open() {
        auto setup = setup::network_setup_of(s_, settings::credentials_directory());
        if (!setup) {
            seen_.unusable = setup.error();
            return false;
        }
        network_ = std::move(*setup);
        auto const& way = network_.pool.open;
        seen_.is_proxy = way.proxy.has_value();
        seen_.host = seen_.is_proxy ? way.proxy->host : way.to.host;
        return true;
    }

    void try_addresses() {
        auto const& way = network_.pool.open;
        auto const found = addresses_of(way.proxy ? *way.proxy : way.to);
        if (auto const* fault = std::get_if<std::string>(&found)) {
            seen_.name_fault = *fault;
            return;
        }
        for (auto const& one : std::get<std::vector<tcp_address>>(found)) {
            if (stop_) return;
            try_address(one);
        }
    }

    bool is_reached() const {
        return std::ranges::any_of(seen_.addresses,
                                   [](address_look const& a) { return a.fault.empty(); });
    }

private:
    void try_address(tcp_address const& one) {
        net::blocking_client_settings how;
        how.open = network_.pool.open;
        how.open.addresses = {one};
        how.stop = &stop_;
        auto const end = net::blocking_client(network_.tls, std::move(how)).try_to_connect();
        address_look out;
        out.address = one.address().to_string();
        if (auto const* failed = std::get_if<net::open_failure>(&end)) {
            out.fault = failed->text;
            out.is_connected = !is_before_tls(failed->failure);
        } else {
            out.is_connected = true;
            if (!seen_.certificate) note(std::get<net::connection_facts>(end));
        }
        seen_.addresses.push_back(std::move(out));
    }

    void note(net::connection_facts const& facts) {
        certificate_look out;
        out.tls = facts.tls;
        out.issuer = facts.chain.issuer;
        out.anchor = facts.chain.anchor;
        out.ends = facts.chain.ends;
        out.is_of_ca_file = !s_.endpoint.ca_file.empty() &&
                            net::holds_certificate(s_.endpoint.ca_file, facts.chain.anchor_sha256);
        seen_.certificate = std::move(out);
    }

    settings::settings const& s_;
    std::atomic<bool> const& stop_;
    setup::network_setup network_;
    endpoint_look seen_;
};

}  // namespace

endpoint_look look_at_endpoint(settings::settings const& s, open_access_fn const& open_access,
                               std::atomic<bool> const& stop, on_wait_fn const& on_wait) {
    looking at(s, stop);
    if (!at.open()) return std::move(at.seen());
    at.try_addresses();
    if (!at.is_reached()) return std::move(at.seen());
    auto access = open_access();
    if (!access) {
        at.seen().no_access = access.error();
        return std::move(at.seen());
    }
    for (auto const& a : s.accounts)
        at.seen().accounts.push_back({a.id, list_accounts(s, a, **access, stop, on_wait)});
    return std::move(at.seen());
}

}  // namespace setclick::readback
