// How many calls of each kind the sandbox has seen: what `GET /_sandbox/stats` shows.
//
// Keeps true: each request is counted once, with its status and its fault; a connection that asks
// for the counts does not change them. One thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "faults.hpp"
#include "recorder.hpp"

namespace setclick::sandbox {

class call_counts {
public:
    /// The number of the new connection, from 1.
    std::uint64_t opened();
    void closed() { --open_connections_; }
    /// A connection turned out to be one that only asks (`is_control`), or one that does not.
    void is_control(bool yes);

    void count(outcome const& o);
    void incomplete() { ++incomplete_; }

    std::string to_json(std::uint64_t report_rows) const;

private:
    std::array<std::uint64_t, 1000> by_status_{};
    std::array<std::uint64_t, fault_kinds> by_fault_{};
    std::uint64_t requests_ = 0, incomplete_ = 0, booked_ = 0, connections_ = 0,
                  open_connections_ = 0, last_connection_ = 0;
};

}  // namespace setclick::sandbox
