// What the commands and the daemon say over the control socket (control/protocol.hpp), written and
// read in one place.
//
//     {"cmd":"status"}                                   → what deliver_status knows, see
//     status_message
//     {"cmd":"operate","verb":"retry","filter":{…},"dry_run":true,"force":false}
//                                                        →
//                                                        {"touched":…,"in_flight":…,"needs_force":…,"maybe_received":…},
//                                                          with the same as progress, slice by
//                                                          slice
//     {"cmd":"pause","account":ID | "endpoint":true | "all":true}
//     {"cmd":"resume", as above, "accept_rejections":true}
//                                                        → {"changed":N}
//     {"cmd":"reload"}                                   → {"findings":[…]}; an unusable
//     configuration is the error `config`
#pragma once

#include <sys/types.h>

#include <boost/json/object.hpp>
#include <string>

#include "setclickd/base/error.hpp"
#include "setclickd/base/time.hpp"
#include "setclickd/ledger/operations.hpp"
#include "setclickd/pipeline/deliver_status.hpp"

namespace setclick::cli {

/// For the daemon: its answer to "status". `now` and `wall_now` are of the same moment.
boost::json::object status_message(pipeline::deliver_status const& now_known, pid_t pid,
                                   milliseconds uptime, steady_time now, wall_time wall_now);

boost::json::object operate_message(ledger::operation const& what);
/// For the daemon. `who` is for the receipt, such as "uid 0"; the request does not say it.
result<ledger::operation> operation_from(boost::json::object const& request, std::string who);

boost::json::object counts_message(ledger::operation_counts const& counts);
ledger::operation_counts counts_from(boost::json::value const& message);

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
