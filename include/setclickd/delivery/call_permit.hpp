// How calls that are no attempts (reports, logins) pass the gates that events pass.
//
// A read gets its share of an account's permits while events wait, so that neither starves the
// other; it keeps its place at the gate only while it asks again in time. What was let pass counts
// and must become durable (`dirty`). Pure.
#pragma once

#include "setclickd/base/time.hpp"

namespace setclick::delivery {

class dispatch_control;
struct account_flow;

struct read_permit {
    steady_time at{};          ///< `now`: it has passed; else ask again then
    bool events_wait = false;  ///< which it shares the rate with
    bool is_paused = false;    ///< by a person: nothing passes
};

/// A report's next page wants to pass.
read_permit permit_read(dispatch_control& all, account_flow& a, steady_time now,
                        wall_time wall_now);
/// A call that comes before all events does (a login): it has passed when `now` comes back, else
/// ask again then.
steady_time permit_call(dispatch_control& all, account_flow& a, steady_time now);
/// The report that probes an account in an event's place (`account_control::wants_report`): true
/// when it is to be made now; it has passed then, and is under way for the account.
bool permit_probing_report(dispatch_control& all, account_flow& a, steady_time now);

}  // namespace setclick::delivery
