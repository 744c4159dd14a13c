// Settings → what deliver, pool and intake want. Pure translations.
#pragma once

#include "setclickd/event/reader.hpp"
#include "setclickd/net/pool.hpp"
#include "setclickd/pipeline/deliver.hpp"
#include "setclickd/settings/settings.hpp"

namespace setclick::daemon {

event::rules rules_of(settings::settings const& s);
delivery::account_settings account_settings_of(settings::settings const& s,
                                               settings::account_settings const& a);
delivery::endpoint_control_settings endpoint_settings_of(settings::settings const& s);
result<net::pool_settings> pool_settings_of(settings::settings const& s,
                                            secret<std::string> proxy_credentials);

/// The account's request template; an error when the token cannot stand in a header.
result<std::shared_ptr<api::request_template const>> requests_of(settings::settings const& s,
                                                                 net::endpoint const& to,
                                                                 std::string_view account_id,
                                                                 secret<std::string> const& token);

}  // namespace setclick::daemon
