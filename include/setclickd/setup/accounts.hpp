// The configuration → what the rules, the gates and the accounts' state machines are made with.
//
// Pure translations, one for the daemon and for the commands: what `submit` checks is what the
// daemon checks, and a command that reads at an account's gate goes by the rate that the daemon
// keeps.
#pragma once

#include <memory>
#include <string_view>

#include "setclickd/api/request.hpp"
#include "setclickd/base/error.hpp"
#include "setclickd/base/secret.hpp"
#include "setclickd/csv/mapping.hpp"
#include "setclickd/delivery/account_control.hpp"
#include "setclickd/delivery/endpoint_control.hpp"
#include "setclickd/event/reader.hpp"
#include "setclickd/net/endpoint.hpp"
#include "setclickd/settings/settings.hpp"

namespace setclick::setup {

/// What events are checked against.
event::rules rules_of(settings::settings const& s);

/// How tables are mapped: the profiles of the configuration, and the zones of the accounts.
csv::mapping_rules csv_rules_of(settings::settings const& s);

delivery::account_settings account_settings_of(settings::settings const& s,
                                               settings::account_settings const& a);
delivery::endpoint_control_settings endpoint_settings_of(settings::settings const& s);

/// The smaller of an account's own rate and the common gate, events a minute; infinity for
/// unlimited.
double effective_rate(settings::settings const& s, settings::account_settings const& a);

/// Where events are posted, and where tokens and reports are asked for.
api::target set_click_target(settings::settings const& s, net::endpoint const& to);
api::target login_target(settings::settings const& s, net::endpoint const& to);
api::target accounts_target(settings::settings const& s, net::endpoint const& to);
api::target report_target(settings::settings const& s, net::endpoint const& to);

/// The account's request template; an error when the token cannot stand in a header.
result<std::shared_ptr<api::request_template const>> requests_of(settings::settings const& s,
                                                                 net::endpoint const& to,
                                                                 std::string_view account_id,
                                                                 secret<std::string> const& token);

}  // namespace setclick::setup
