// What the commands and the daemon send over the control socket (control/protocol.hpp), written and
// read in one place.
//
//     {"cmd":"status"}            → what deliver_status knows, see status_message
//     {"cmd":"log","after":N}     → its last lines, see log_lines.hpp
//     {"cmd":"operate","verb":"retry","filter":{…},"dry_run":true,"force":false}
//                                 → {"touched":…,"in_flight":…,"needs_force":…,"maybe_received":…,
//                                    "without_contents":…,"superseded":…}, with the same as
//                                   progress, slice by slice; "elsewhere":[N, …]: the numbers of
//                                   accounts of which nothing was done, because another node of a
//                                   shared ledger has them
//     {"cmd":"pause","account":ID | "endpoint":true | "all":true}
//     {"cmd":"resume", as above, "accept_rejections":true, "forget_rate":true}
//                                 → {"changed":N}, "elsewhere" as above
//     {"cmd":"reload"}            → {"findings":[…]}; an unusable configuration is the error
//                                   `config`
//     {"cmd":"pass-read","account":ID}
//                                 → {"wait_ms":0}: it has passed the account's gate; else ask again
//                                   then; "events_wait":true: they have the larger share
//     {"cmd":"read-answered","account":ID,"status":429,…}
//                                   what the answer teaches about the rate → {}
//     {"cmd":"token","account":ID}
//                                 → {"token":…,"issue":N,"expires_at_ms":…}, for root and the
//                                   daemon's own user only; "refused":N: the token of that issue
//                                   was answered 401, so log in again
//     {"cmd":"keep-verdict","account":ID,"verdict":"…"}  → {}
#pragma once

#include <sys/types.h>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "setclickd/api/verdict.hpp"
#include "setclickd/base/error.hpp"
#include "setclickd/base/time.hpp"
#include "setclickd/delivery/deliver_status.hpp"
#include "setclickd/ledger/operations.hpp"

namespace setclick::control {

/// For the daemon: its answer to "status". `now` and `wall_now` are of the same moment;
/// `left_alone`: files in incoming/, by the name of the reason.
boost::json::object status_message(
    delivery::deliver_status const& known, pid_t pid, milliseconds uptime, steady_time now,
    wall_time wall_now, std::map<std::string_view, std::uint64_t> const& left_alone = {});

boost::json::object operate_message(ledger::operation const& what);
/// For the daemon. `who` is for the receipt, such as "uid 0"; the request does not name it. Strict:
/// a filter that is not understood whole is `usage`, since it would touch more than was meant.
result<ledger::operation> operation_from(boost::json::object const& request, std::string who);

boost::json::object counts_message(ledger::operation_counts const& counts);
ledger::operation_counts counts_from(boost::json::value const& message);

/// Adds "elsewhere" where there are some.
void add_elsewhere(boost::json::object& answer, std::vector<account_no> const& accounts);
std::vector<account_no> elsewhere_in(boost::json::value const& answer);

/// The answer to "pass-read". Waits longer than an hour are sent as an hour.
struct read_permit {
    milliseconds wait{};       ///< zero: the read has passed the gate
    bool events_wait = false;  ///< events have the larger share of the rate
};
boost::json::object permit_message(read_permit const& permit);
read_permit permit_from(boost::json::value const& message);

/// `ago`: how long ago the call began.
boost::json::object answered_message(std::string const& account, api::answer_facts const& facts,
                                     milliseconds ago);
struct read_answer {
    api::answer_facts facts;
    milliseconds ago{};
};
read_answer answered_from(boost::json::object const& request);

/// Pause or resume of just one of: an account, the endpoint, all.
struct pause_request {
    bool resume = false;
    std::string account{};  ///< empty with `endpoint` and with `all`
    bool endpoint = false;
    bool all = false;                ///< every account, and the endpoint
    bool accept_rejections = false;  ///< resume: what was refused stays so
    bool forget_rate = false;        ///< resume: the rate is the configured one again
};

boost::json::object pause_message(pause_request const& what);
result<pause_request> pause_from(boost::json::object const& request);

}  // namespace setclick::control
