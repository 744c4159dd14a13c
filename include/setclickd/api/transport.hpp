// Why an exchange with the endpoint ended without an answer, and how far its request went: the words that the network's edge
// reports in, and that decisions, receipts and logs use.
#pragma once

#include <cstddef>
#include <cstdint>

namespace setclick::api {

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

/// For logs, receipts and metrics: "connect-refused", "response-timeout" …
char const* name_of(transport_failure failure) noexcept;
/// "not-sent", "partly-sent", "sent", "answered".
char const* name_of(wire_phase phase) noexcept;
/// A sentence for people: what happened and, where there is one, what to look at.
char const* text(transport_failure failure) noexcept;

}  // namespace setclick::api
