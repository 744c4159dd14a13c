// The way to the endpoint: for the pool, for logins, and for what is rendered.
#include "account_setup.hpp"
#include "instance.hpp"
#include "setclickd/net/tls.hpp"

namespace setclick::daemon {

result<instance::way_out> instance::way_out_of(settings::settings const& s) const {
    auto tls = net::tls_client::make(s.endpoint.ca_file);
    if (tls.has_error()) return tls.error();
    secret<std::string> proxy_credentials;
    if (auto const& file = s.endpoint.proxy_credentials_file; !file.empty()) {
        auto read = settings::read_password(file, credentials_directory_);
        if (read.has_error()) return read.error();
        proxy_credentials = std::move(*read);
    }
    auto pool = pool_settings_of(s, std::move(proxy_credentials));
    if (pool.has_error()) return pool.error();
    return way_out{std::move(*tls), std::move(*pool)};
}

/// For what is rendered from now on, and for what does not go through the pool.
void instance::use_way(way_out const& way) {
    endpoint_ = way.pool.open.to;
    open_ = way.pool.open;
    tls_ = way.tls;
}

void instance::aim_login() {
    login_->set_target({open_,
                        tls_,
                        {endpoint_.host_header(), endpoint_.path + settings_.endpoint.login_path},
                        settings_.delivery.response_timeout});
}

}  // namespace setclick::daemon
