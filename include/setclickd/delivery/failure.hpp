// What a broken exchange means for its event: the table of all transport failures × wire phases.
//
// The rule: nothing sent = safe to send again; sent in part or whole without a complete answer = in
// doubt. Unknown means in doubt. The table is one switch without default (failure.cpp), so that a
// new failure does not compile until somebody has decided about it; the documentation shows the
// same table, rendered by `failure_table`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "setclickd/api/transport.hpp"

namespace setclick::delivery {

using api::name_of;
using api::text;
using api::transport_failure;
using api::transport_failure_count;
using api::wire_phase;
using api::wire_phase_count;

/// What to do with the event.
enum class after_failure : std::uint8_t {
    resend_now_uncounted,  ///< at once on a new connection, within the same attempt, as if nothing
                           ///< had been
    wait_again,            ///< back to waiting, uncounted: never begun
    defer,                 ///< again after its backoff; surely not received
    in_doubt,              ///< may have been received: the account's policy decides
};

/// `reused_connection`: the exchange took an idle connection that had carried another request. Only
/// then may an idle connection's end pass for the request's failure, and only then
/// `resend_now_uncounted` is possible: the new connection is not a reused one, so it happens once
/// an attempt at most.
after_failure decide(transport_failure failure, wire_phase phase, bool reused_connection) noexcept;

/// True where the server was not reached at all (name, route, connection, TLS, proxy): no event's
/// own fault, ever.
bool is_unreached(transport_failure failure) noexcept;
/// True for the deadlines that ran out while the server was at work: the window halves.
bool is_timeout(transport_failure failure) noexcept;

/// Of `name_of`.
std::optional<transport_failure> transport_failure_named(std::string_view name) noexcept;
/// "send again at once, uncounted", "wait again", "defer", "in doubt".
char const* text(after_failure after) noexcept;

/// The whole table as markdown, one row a failure; for the documentation.
std::string failure_table();

}  // namespace setclick::delivery
