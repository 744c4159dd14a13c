// What is to be done with an event after an attempt.
#pragma once

#include <cstdint>

#include <string>

#include "setclickd/base/time.hpp"
#include "setclickd/delivery/outcome.hpp"

namespace setclick::delivery {

/// The event's next state.
enum class disposition : std::uint8_t {
    delivered,   ///< final
    rejected,    ///< final
    wait_again,  ///< waiting, as before
    defer,       ///< deferred: waiting, not before `due`
    resend,      ///< in doubt, and the account's policy is to send again: deferred until `due`
    hold,        ///< held for a person: in doubt under the policy `hold`, or expired
};

/// Why, for the receipt.
enum class cause : std::uint8_t {
    accepted,     ///< delivered
    refused,      ///< 400, 413, 414, 422: the event's own fault
    throttled,    ///< 429
    unavailable,  ///< 5xx and the like, 421
    broken,       ///< a transport failure
    credential,   ///< 401
    parked,   ///< an answer that says nothing of the event: 403, 404, 3xx, foreign content, a wall
    suspect,  ///< 400 or 422 after too many of them
    expired,  ///< own failures for longer than retry.max_age
    cancelled,  ///< given up by ourselves before the first byte
};

struct decision {
    disposition what = disposition::wait_again;
    cause why = cause::cancelled;
    bool counted = false;  ///< an own failure: the event's next attempt has the next number
    bool in_doubt =
        false;  ///< may have been received; said in the receipt, whatever the policy does
    bool at_once = false;       ///< with `wait_again`: goes again now, on a new connection
    bool park_changed = false;  ///< parked or unparked: one line in the log; `dirty`
    bool trouble_began = false;
    bool trouble_ended = false;
    bool rate_changed = false;  ///< learnt from this answer; see `gate::why`
    bool credential_refresh_wanted =
        false;            ///< read the token file again, or log in; then tell the account
    milliseconds due{0};  ///< from now: for `defer` and `resend`
};

/// "accepted", "refused", …: for receipts and metrics.
char const* name_of(cause why) noexcept;
/// "delivered", "rejected", "wait-again", "defer", "resend", "hold".
char const* name_of(disposition what) noexcept;
/// The receipt's short reason: "http-503", "reset", "expired", "suspect". Empty for delivered.
std::string reason_text(decision const& made, attempt_outcome const& outcome);

}  // namespace setclick::delivery
