// What the commands and the daemon say over the control socket (control/protocol.hpp), written and
// read in one place.
//
//     {"cmd":"status"}                                   → what deliver_status knows, see
//     status_message
//     {"cmd":"operate","verb":"retry","filter":{…},"dry_run":true,"force":false}
//                                                        →
//                                                        {"touched":…,"in_flight":…,"needs_force":…,"maybe_received":…,"without_contents":…},
//                                                          with the same as progress, slice by
//                                                          slice
//     {"cmd":"pause","account":ID | "endpoint":true | "all":true}
//     {"cmd":"resume", as above, "accept_rejections":true}
//                                                        → {"changed":N}
//     {"cmd":"reload"}                                   → {"findings":[…]}; an unusable
//     configuration is the error `config`
//     {"cmd":"pass-read","account":ID}                   → {"wait_ms":0}: it has passed the
//     account's gate; else ask again
//                                                          then; "events_wait":true: they have the
//                                                          larger share
//     {"cmd":"read-answered","account":ID,"status":429,…}  what the answer says about the rate → {}
//     {"cmd":"token","account":ID}                       → {"token":…,"expires_at_ms":…}, for root
//     and the daemon's own user
//                                                          only; "refused":true: it was answered
//                                                          401, so log in anew
//     {"cmd":"keep-verdict","account":ID,"verdict":"…"}  → {}
#pragma once

#include <sys/types.h>

#include <boost/json/object.hpp>
#include <optional>
#include <string>

#include "setclickd/api/verdict.hpp"
#include "setclickd/base/error.hpp"
#include "setclickd/base/time.hpp"
#include "setclickd/ledger/operations.hpp"
#include "setclickd/delivery/deliver_status.hpp"

namespace setclick::cli {

/// For the daemon: its answer to "status". `now` and `wall_now` are of the same moment.
boost::json::object status_message(delivery::deliver_status const& now_known, pid_t pid,
                                   milliseconds uptime, steady_time now, wall_time wall_now);

boost::json::object operate_message(ledger::operation const& what);
/// For the daemon. `who` is for the receipt, such as "uid 0"; the request does not say it.
result<ledger::operation> operation_from(boost::json::object const& request, std::string who);

boost::json::object counts_message(ledger::operation_counts const& counts);
ledger::operation_counts counts_from(boost::json::value const& message);

/// The answer to "pass-read". Longer waits than an hour are told as an hour.
struct read_turn {
    milliseconds wait{};
    bool events_wait = false;
};
boost::json::object turn_message(read_turn const& turn);
read_turn turn_from(boost::json::value const& message);

/// `ago`: when the call began.
boost::json::object answered_message(std::string const& account, api::answer_facts const& facts,
                                     milliseconds ago);
struct told_answer {
    api::answer_facts facts;
    milliseconds ago{};
};
told_answer answered_from(boost::json::object const& request);

/// pause or resume.
struct brake {
    bool resume = false;
    std::string account{};  ///< empty with `endpoint` and with `all`
    bool endpoint = false;
    bool all = false;  ///< every account, and the endpoint
    bool accept_rejections = false;
};

boost::json::object brake_message(brake const& what);
result<brake> brake_from(boost::json::object const& request);

}  // namespace setclick::cli
