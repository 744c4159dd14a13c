// What the operator decides, as typed structs with their defaults: the parsed and checked form of
// setclickd.toml.
//
// Read-only once loaded; a reload makes a new one. Durations are milliseconds, sizes bytes. Every
// default is finite.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "setclickd/api/dialect.hpp"
#include "setclickd/base/doubt_policy.hpp"
#include "setclickd/base/log_format.hpp"
#include "setclickd/base/secret.hpp"
#include "setclickd/base/sharing.hpp"
#include "setclickd/base/time.hpp"
#include "setclickd/csv/profile.hpp"

namespace setclick::settings {

struct spool_settings {
    std::string dir = "/var/spool/setclickd";
    milliseconds settle{2s};      ///< a file not renamed into incoming/ is taken after this long
                                  ///< without change; 0 = at once
    milliseconds patience{120s};  ///< the same for one that ends inside a line or a JSON text
    milliseconds scan_every{2s};  ///< the scan is the truth; inotify only shortens the wait
    bool inotify = true;
    std::uint64_t max_line = std::uint64_t{64} << 10;
    std::uint64_t max_file = std::uint64_t{4} << 30;
    std::uint32_t max_depth = 16;  ///< of JSON
    sharing share_rejected = sharing::dropper;
};

struct ledger_settings {
    std::string path = "/var/lib/setclickd/ledger.db";
    std::string postgres;  ///< connection string of libpq, instead of the file; empty = the file
    std::string password_file;  ///< of that connection; empty = libpq's own ways
    std::string node;           ///< this host's name among those that share it; empty = its own
};

struct endpoint_settings {
    std::string base_url = "https://app.sealmetrics.com/api";
    std::string set_click_path = "/auth/v1.0/set-click";
    std::string report_path = "/report/microconversions";
    std::string login_path = "/auth/login";
    std::string accounts_path = "/auth/accounts";
    std::string ca_file;   ///< further trust anchors (PEM), in addition to the system's
    std::string crl_file;  ///< lists of revoked certificates (PEM); empty = none is asked
    std::string proxy;     ///< "http://host:port" for CONNECT; empty = none
    std::string proxy_credentials_file;  ///< "user:password", never in the configuration itself
    double rate_per_minute = 0;          ///< common gate of all accounts; 0 = none
    std::uint32_t burst = 1;
};

struct delivery_settings {
    std::uint32_t connections =
        64;  ///< at most, to the endpoint, shared by the accounts; opened when needed
    std::uint32_t threads = 1;          ///< network threads
    milliseconds connect_timeout{10s};  ///< resolve and connect
    milliseconds tls_timeout{10s};
    milliseconds response_timeout{30s};  ///< from the request's last byte to the answer's last
    milliseconds attempt_timeout{60s};   ///< the whole attempt, connecting included
    milliseconds drain_timeout{25s};     ///< after SIGTERM
    milliseconds idle_timeout{50s};  ///< an idle connection is closed; below common servers' 60 s
    milliseconds max_connection_age{10min};
};

struct retry_settings {
    milliseconds base{1s};  ///< the backoff after the first failure is up to this long
    milliseconds cap{std::chrono::minutes{10}};
    milliseconds max_age{std::chrono::hours{24 * 7}};
    std::uint32_t max_in_doubt = 3;  ///< by answers that cannot be read, for one event
    milliseconds retry_after_cap{std::chrono::hours{1}};  ///< what a server may ask for at most
    milliseconds probe_first{
        std::chrono::seconds{30}};  ///< a parked account is probed after this long, then less often
    milliseconds probe_cap{std::chrono::minutes{30}};
};

enum class dedupe_key { automatic, event_id, content, off };

struct dedupe_settings {
    dedupe_key key = dedupe_key::automatic;
    milliseconds window{std::chrono::hours{24 * 400}};
};

struct report_settings {
    double share = 0.05;  ///< of the permits that reports may take while events wait
};

struct reconcile_settings {
    std::vector<std::string> labels;
    std::string day = "click";  ///< or "delivery"
    milliseconds delay{std::chrono::hours{6}};
    std::string time_zone = "UTC";
    milliseconds every{0};  ///< 0 = only by hand
};

struct retention_settings {
    milliseconds done_files{std::chrono::hours{24 * 30}};
    milliseconds receipts{std::chrono::hours{24 * 400}};
    milliseconds bodies{std::chrono::hours{24 * 30}};  ///< contents of delivered events
};

struct log_settings {
    std::string level = "info";
    log_format format = log_format::automatic;  ///< journald under systemd, else text
};

struct metrics_settings {
    std::string listen = "127.0.0.1:9464";  ///< settings::parse_listen; empty = nowhere
    std::vector<std::string> hosts;         ///< further names under which it is reached
    std::string password_file;              ///< of the page and the JSON; empty = no password
    std::uint32_t accounts = 100;           ///< so many have numbers of their own
};

struct login_settings {
    std::string email;
    std::string password_file;
};

struct account_settings {
    std::string id;
    std::string token_file;  ///< a path, or "credential:NAME"
    std::string time_zone;   ///< of times in tables that have none; empty = none is assumed
    std::optional<login_settings> login;
    double rate_per_minute = 60;  ///< 0 = unlimited
    std::uint32_t burst = 1;
    doubt_policy in_doubt = doubt_policy::resend;
    std::optional<std::set<int>>
        in_doubt_statuses;  ///< unset: those that may follow a booking (docs/answers.md)
};

struct settings {
    spool_settings spool;
    ledger_settings ledger;
    endpoint_settings endpoint;
    delivery_settings delivery;
    retry_settings retry;
    dedupe_settings dedupe;
    api::dialect dialect;
    milliseconds warn_older{std::chrono::hours{24 * 3650}};  ///< of clicks; 0 = never
    report_settings report;
    reconcile_settings reconcile;
    retention_settings retention;
    log_settings log;
    metrics_settings metrics;
    std::string control_socket;  ///< default: control.sock in the ledger's directory
    std::vector<account_settings> accounts;
    std::vector<csv::profile> profiles;  ///< of tables, beside the built-in ones
};

}  // namespace setclick::settings
