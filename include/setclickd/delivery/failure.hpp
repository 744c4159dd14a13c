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

namespace setclick::delivery {

/// How far the bytes of the request went, as the exchange saw it. `sent` once the last byte was
/// handed to the system; `answered` once the first byte of an answer came back.
enum class wire_phase : std::uint8_t { not_sent, partly_sent, sent, answered };
inline constexpr std::size_t wire_phase_count = 4;

/// Why an exchange ended without a complete, readable answer. Closed list.
enum class transport_failure : std::uint8_t {
    resolve,           ///< the host's name has no address, or the name server does not answer
    connect_refused,   ///< every address refused
    connect_timeout,   ///< no address accepted in time
    unreachable,       ///< no route to network or host
    tls_handshake,     ///< no common version or cipher, an alert, or the handshake took too long
    tls_certificate,   ///< expired, wrong host, self-signed, untrusted …
    proxy,             ///< the proxy cannot be reached or refused the CONNECT
    reset,             ///< the peer reset the connection
    closed,            ///< the peer closed the connection before the answer was complete
    write_timeout,     ///< the peer took no more bytes
    response_timeout,  ///< no complete answer in time
    attempt_timeout,   ///< the whole attempt took too long
    malformed_answer,  ///< what came back is not an HTTP answer, or contradicts itself
    oversized_answer,  ///< header or body over the limit
    cancelled,         ///< we gave up: drain, or a reload that removed the account
    local,             ///< our own side: no descriptor, no memory, a bad address of ours
};
inline constexpr std::size_t transport_failure_count = 16;

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

/// For logs, receipts and metrics: "connect-refused", "response-timeout" …
char const* name_of(transport_failure failure) noexcept;
std::optional<transport_failure> transport_failure_named(std::string_view name) noexcept;
/// "not-sent", "partly-sent", "sent", "answered".
char const* name_of(wire_phase phase) noexcept;
/// "send again at once, uncounted", "wait again", "defer", "in doubt".
char const* text(after_failure after) noexcept;
/// A sentence for people: what happened and, where there is one, what to look at.
char const* text(transport_failure failure) noexcept;

/// The whole table as markdown, one row a failure; for the documentation.
std::string failure_table();

}  // namespace setclick::delivery
