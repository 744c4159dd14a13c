#include "setclickd/setup/accounts.hpp"

#include <algorithm>
#include <limits>
#include <memory>

namespace setclick::setup {
namespace {

/// What every gate has in common, the accounts' and the endpoint's.
delivery::gate_settings gate_of(settings::settings const& s, double rate, std::uint32_t burst) {
    delivery::gate_settings out;
    out.rate_per_minute = rate;
    out.burst = static_cast<int>(burst);
    out.longest_hold = s.retry.retry_after_cap;
    out.report_share = s.report.share;
    return out;
}

}  // namespace

event::rules rules_of(settings::settings const& s) {
    event::rules out;
    for (auto const& a : s.accounts)
        out.accounts.push_back(a.id);
    out.max_depth = s.spool.max_depth;
    out.lead = s.dialect.lead;
    out.warn_older = s.warn_older;
    return out;
}

csv::mapping_rules csv_rules_of(settings::settings const& s) {
    csv::mapping_rules out;
    out.known = std::make_shared<csv::profiles const>(s.profiles);
    for (auto const& a : s.accounts)
        out.accounts.push_back({a.id, a.time_zone});
    return out;
}

delivery::account_settings account_settings_of(settings::settings const& s,
                                               settings::account_settings const& a) {
    delivery::account_settings out;
    out.gate = gate_of(s, a.rate_per_minute, a.burst);
    out.retry.base = s.retry.base;
    out.retry.cap = s.retry.cap;
    out.max_age = s.retry.max_age;
    out.max_in_doubt = static_cast<int>(s.retry.max_in_doubt);
    out.in_doubt = a.in_doubt;
    if (a.in_doubt_statuses)
        out.in_doubt_statuses.emplace(a.in_doubt_statuses->begin(), a.in_doubt_statuses->end());
    // With other accounts, none takes all connections: an account that has just got events does
    // not wait until another one's slow answers have come.
    auto const connections = static_cast<int>(s.delivery.connections);
    auto const for_others = s.accounts.size() > 1 ? std::max(1, connections / 8) : 0;
    out.window_cap = std::max(1, connections - for_others);
    out.probes = {s.retry.probe_first, s.retry.probe_cap};
    return out;
}

delivery::endpoint_control_settings endpoint_settings_of(settings::settings const& s) {
    delivery::endpoint_control_settings out;
    out.gate = gate_of(s, s.endpoint.rate_per_minute, s.endpoint.burst);
    out.is_shared = !s.ledger.postgres.empty();
    out.probes = {s.retry.probe_first, s.retry.probe_cap};
    out.retry_cap = s.retry.cap;
    out.accounts = s.accounts.size();
    return out;
}

double effective_rate(settings::settings const& s, settings::account_settings const& a) {
    auto const limit = [](double rate) {
        return rate == 0 ? std::numeric_limits<double>::infinity() : rate;
    };
    return std::min(limit(a.rate_per_minute), limit(s.endpoint.rate_per_minute));
}

api::target set_click_target(settings::settings const& s, net::endpoint const& to) {
    return {to.host_header(), to.path + s.endpoint.set_click_path};
}

api::target login_target(settings::settings const& s, net::endpoint const& to) {
    return {to.host_header(), to.path + s.endpoint.login_path};
}

api::target accounts_target(settings::settings const& s, net::endpoint const& to) {
    return {to.host_header(), to.path + s.endpoint.accounts_path};
}

api::target report_target(settings::settings const& s, net::endpoint const& to) {
    return {to.host_header(), to.path + s.endpoint.report_path};
}

result<std::shared_ptr<api::request_template const>> requests_of(settings::settings const& s,
                                                                 net::endpoint const& to,
                                                                 std::string_view account_id,
                                                                 secret<std::string> const& token) {
    auto made = api::request_template::make(set_click_target(s, to), token, account_id);
    if (!made) return made.error();
    return std::make_shared<api::request_template const>(std::move(*made));
}

}  // namespace setclick::setup
