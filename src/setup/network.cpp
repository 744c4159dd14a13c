#include "setclickd/setup/network.hpp"

#include <tuple>
#include <utility>

#include "setclickd/net/endpoint.hpp"
#include "setclickd/settings/token.hpp"

namespace setclick::setup {

result<net::open_settings> open_settings_of(settings::settings const& s,
                                            std::string const& credentials_directory) {
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
        settings::read_password(s.endpoint.proxy_credentials_file, credentials_directory);
    if (!credentials) return credentials.error();
    out.proxy_credentials = std::move(*credentials);
    return out;
}

result<network_setup> network_setup_of(settings::settings const& s,
                                       std::string const& credentials_directory) {
    network_setup out;
    auto tls = net::tls_client::make(s.endpoint.ca_file, s.endpoint.crl_file);
    if (!tls) return tls.error();
    out.tls = std::move(*tls);
    auto open = open_settings_of(s, credentials_directory);
    if (!open) return open.error();
    out.pool.open = std::move(*open);
    out.pool.connections = s.delivery.connections;
    out.pool.response_timeout = s.delivery.response_timeout;
    out.pool.attempt_timeout = s.delivery.attempt_timeout;
    out.pool.idle_timeout = s.delivery.idle_timeout;
    out.pool.max_age = s.delivery.max_connection_age;
    return out;
}

bool is_same_endpoint(settings::endpoint_settings const& a, settings::endpoint_settings const& b) {
    auto const of = [](settings::endpoint_settings const& e) {
        return std::tie(e.base_url, e.set_click_path, e.ca_file, e.crl_file, e.proxy,
                        e.proxy_credentials_file);
    };
    return of(a) == of(b);
}

}  // namespace setclick::setup
