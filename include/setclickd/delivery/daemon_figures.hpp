// What a running daemon has counted since its start, as plain data: for `top`, the page and the
// metrics. Never: what the ledger knows, which survives a restart (ledger::ledger_totals).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "setclickd/base/figures.hpp"

namespace setclick::delivery {

/// What an attempt was answered.
enum class status_class : std::uint8_t {
    ok,            ///< 2xx
    redirect,      ///< 3xx
    refused,       ///< 4xx, but
    too_many,      ///< 429
    server_fault,  ///< 5xx
    other,         ///< 1xx as an answer, and what no HTTP knows
    none,          ///< no complete answer: a broken connection, a time-out
};
inline constexpr std::size_t status_class_count = 7;
/// 0: there was no answer.
status_class class_of_status(int status) noexcept;
/// "2xx", "429", "none" …
char const* name_of(status_class c) noexcept;

/// Why an event or a line was rejected.
enum class rejection : std::uint8_t {
    bad_line,     ///< the line could not be taken: its findings are in rejected/
    taken_id,     ///< its event_id was used by other content before
    bad_request,  ///< answered 400
    too_large,    ///< answered 413 or 414
    bad_content,  ///< answered 422
    other,        ///< answered something else that means the event
};
inline constexpr std::size_t rejection_count = 6;
rejection rejection_of_status(int status) noexcept;
/// "bad-line", "http-400" …
char const* name_of(rejection r) noexcept;

/// As the kernel counts it.
struct process_figures {
    double start_time_seconds = 0;  ///< wall clock; 0: nothing is known
    double cpu_seconds = 0;
    std::uint64_t resident_bytes = 0;
    std::uint64_t virtual_bytes = 0;
    std::uint64_t open_fds = 0;
    std::uint64_t max_fds = 0;
    std::uint64_t threads = 0;

    friend bool operator==(process_figures const&, process_figures const&) = default;
};

struct daemon_figures {
    /// Attempts of which at least a byte left, by what they were answered.
    std::array<std::uint64_t, status_class_count> attempts{};
    std::array<std::uint64_t, rejection_count> rejected{};
    histogram_values request_seconds;   ///< first byte sent to answer read, where there is one
    histogram_values delivery_seconds;  ///< import to the durable receipt
    histogram_values claim_events;      ///< an account's share of a claim
    histogram_values import_events;   ///< lines of one import: events, duplicates and refused ones
    histogram_values commit_seconds;  ///< of the ledger, until it is durable
    std::uint64_t connections_opening = 0;
    std::uint64_t connections_idle = 0;  ///< open and free
    std::uint64_t connections_busy = 0;
    std::uint64_t handshakes_full = 0;  ///< TLS, of connections that could be opened
    std::uint64_t handshakes_resumed = 0;
    process_figures process;

    friend bool operator==(daemon_figures const&, daemon_figures const&) = default;
};

}  // namespace setclick::delivery
