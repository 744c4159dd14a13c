// What only the running daemon knows, as its answer to "status" (control/messages.hpp) holds it.
#pragma once

#include <boost/json/value.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "setclickd/spool/left_alone.hpp"
#include "setclickd/status_model/status.hpp"

namespace setclick::status_model {

/// Of one account.
struct live_account {
    std::optional<park_report> parked;
    double effective_per_minute = 0;  ///< infinity for unlimited
    std::string rate_why;
    milliseconds quiet_for{0};
    double delivered_per_minute = 0;
    bool has_credential = true;
    double rate_waited_seconds = 0;
    std::optional<std::uint64_t> permits;
    std::optional<wall_time> token_end;
    std::string trouble;  ///< in words; empty: none
};

struct live_status {
    daemon_report daemon;
    std::map<std::string, live_account> accounts;  ///< by the account's id
    /// `rate_waited_seconds` of accounts that a reload took out of the configuration.
    std::map<std::string, double> gone_rate_waited;
    spool::left_counts left_alone{};  ///< in incoming/
};

/// What a daemon answered. Members that it did not send have their defaults.
live_status live_status_from(boost::json::value const& answer);

/// Asks the daemon at this socket, for at most three seconds. Without an answer `daemon.why_not`
/// holds the reason, and `is_running` whether there is one all the same.
live_status ask_daemon(std::string const& socket);

}  // namespace setclick::status_model
