#include "account_setup.hpp"

#include <algorithm>

namespace setclick::daemon {
event::rules rules_of(settings::settings const& s) {
    event::rules r;
    for (auto const& a : s.accounts)
        r.accounts.push_back(a.id);
    r.max_depth = s.spool.max_depth;
    r.lead = s.dialect.lead;
    return r;
}

delivery::account_settings account_settings_of(settings::settings const& s,
                                               settings::account_settings const& a) {
    delivery::account_settings out;
    out.gate.rate_per_minute = a.rate_per_minute;
    out.gate.burst = static_cast<int>(a.burst);
    out.gate.longest_hold = s.retry.retry_after_cap;
    out.gate.report_share = s.report.share;
    out.retry.base = s.retry.base;
    out.retry.cap = s.retry.cap;
    out.max_age = s.retry.max_age;
    out.in_doubt = a.in_doubt;
    if (a.in_doubt_statuses)
        out.in_doubt_statuses.emplace(a.in_doubt_statuses->begin(), a.in_doubt_statuses->end());
    // Where there are others, none takes all: who comes next need not wait until a slow answer is
    // there.
    auto const connections = static_cast<int>(s.delivery.connections);
    auto const for_others = s.accounts.size() > 1 ? std::max(1, connections / 8) : 0;
    out.window_cap = std::max(1, connections - for_others);
    out.probes = {s.retry.probe_first, s.retry.probe_cap};
    return out;
}

delivery::endpoint_control_settings endpoint_settings_of(settings::settings const& s) {
    delivery::endpoint_control_settings out;
    out.gate.rate_per_minute = s.endpoint.rate_per_minute;
    out.gate.burst = static_cast<int>(s.endpoint.burst);
    out.gate.longest_hold = s.retry.retry_after_cap;
    out.probes = {s.retry.probe_first, s.retry.probe_cap};
    out.retry_cap = s.retry.cap;
    out.accounts = s.accounts.size();
    return out;
}

result<net::pool_settings> pool_settings_of(settings::settings const& s,
                                            secret<std::string> proxy_credentials) {
    net::pool_settings out;
    auto const to = net::parse_endpoint(s.endpoint.base_url);
    if (to.has_error()) return to.error();
    out.open.to = *to;
    if (!s.endpoint.proxy.empty()) {
        auto const proxy = net::parse_proxy(s.endpoint.proxy);
        if (proxy.has_error()) return proxy.error();
        out.open.proxy = *proxy;
        out.open.proxy_credentials = std::move(proxy_credentials);
    }
    out.open.connect_timeout = s.delivery.connect_timeout;
    out.open.tls_timeout = s.delivery.tls_timeout;
    out.connections = s.delivery.connections;
    out.response_timeout = s.delivery.response_timeout;
    out.attempt_timeout = s.delivery.attempt_timeout;
    out.idle_timeout = s.delivery.idle_timeout;
    out.max_age = s.delivery.max_connection_age;
    return out;
}

result<std::shared_ptr<api::request_template const>> requests_of(settings::settings const& s,
                                                                 net::endpoint const& to,
                                                                 std::string_view account_id,
                                                                 secret<std::string> const& token) {
    api::target const target{to.host_header(), to.path + s.endpoint.set_click_path};
    auto made = api::request_template::make(target, token, account_id);
    if (made.has_error()) return made.error();
    return std::make_shared<api::request_template const>(std::move(*made));
}

}  // namespace setclick::daemon
