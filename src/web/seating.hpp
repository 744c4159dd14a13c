// Who gets one of the few connections, and whose is closed for it. Pure: `now` is an argument.
//
// Promises: no more connections than there are seats; one client has at most three quarters of them; somebody new finds a
// place while anybody only sits there (idle, or with half a request, or not reading its answer), the one longest so first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "setclickd/base/time.hpp"

namespace setclick::web {

/// What a connection is at.
enum class connection_stage : std::uint8_t {
    idle,       ///< between two requests
    receiving,  ///< a request is due, or half there
    answering,  ///< its answer is being made
    holding,    ///< its answer is held back for a while
    sending,    ///< its answer is on its way
    leaving,    ///< it is over: what still comes is thrown away
    closed,
};

struct seat {
    std::string_view client;
    connection_stage stage = connection_stage::receiving;
    steady_time since{};  ///< in this stage
};

struct seat_limits {
    std::size_t all = 64;
    std::size_t of_one_client = 48;
    milliseconds patience{
        2000};  ///< so long a client may take for its answer while others wait for its seat
};

struct seating {
    bool is_taken = false;
    std::optional<std::size_t> closes{};  ///< first this one is closed
};

seating seat_for(std::string_view newcomer, std::span<seat const> seats, steady_time now,
                 seat_limits const& limits);

/// How long a connection may be in a stage; `never`'s distance for no limit of its own.
milliseconds longest(connection_stage stage) noexcept;

}  // namespace setclick::web
