// What the status of an HTTP answer means for the event that was sent: the one table.
//
// It covers every status from 100 to 599: those of the registry, Cloudflare's 52x, and those that
// other proxies and load balancers are known to send. `classify` (verdict.hpp) refines a row by the
// answer's body and fields; docs/answers.md shows the table, and a test keeps the two equal.
//
// Never: a guess in the producer's disfavour. A status of which nobody knows whether it can follow
// a booking may follow one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "setclickd/api/verdict.hpp"

namespace setclick::api {

/// Whose fault an answer speaks of. Whatever parks an account parks the endpoint once a second
/// account met the same.
enum class fault_scope : std::uint8_t { none, event, account, endpoint };

/// Whether the event may have been booked before such an answer was written.
enum class booking : std::uint8_t {
    done,       ///< it was
    no,         ///< the application refused it, or never received it
    possible,   ///< the application had it, or may have had it
    if_behind,  ///< possible where the answer shows that the application wrote it
};

/// Whether another connection may be answered otherwise.
enum class connection_use : std::uint8_t {
    keep,   ///< it has nothing to do with the connection
    renew,  ///< the next attempt goes out on a new one
    now,    ///< the request goes again at once, on a new one
};

struct status_row {
    int first = 0;
    int last = 0;  ///< the same as `first`, or the end of a range
    api::verdict verdict = verdict::foreign_content;
    fault_scope scope = fault_scope::endpoint;
    api::booking booking = booking::possible;
    connection_use connection = connection_use::keep;
    std::string_view meaning;  ///< who says so, and why that may follow a booking or not
    std::string_view cure;     ///< for a person; empty = nothing to do
};

/// The row of a status; any other number is as one that nobody documented.
status_row const& row_of(int status) noexcept;

/// "event", "account", "endpoint", "-".
std::string_view name_of(fault_scope scope) noexcept;

/// The whole table as markdown, a line a row; for the documentation.
std::string answer_table();

}  // namespace setclick::api
