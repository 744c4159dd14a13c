// What earlier openings teach the next one: which address to begin with, and whether to offer the remembered TLS session.
//
// Whom a failed opening is blamed on is decided here. A peer (or a box on the way) that resets or drops each handshake that
// carries a session looks like a dead network: so where one was offered, the session is the first suspect, and is not offered for
// 10 min, with each further failure twice as long, at most 4 h. A stall may be either's fault. Everything else is the address's.
//
// Shared by all connections of a tls_client, on any thread. The time is an argument.
#pragma once

#include <cstdint>
#include <mutex>

#include "address_memory.hpp"

namespace setclick::net {

/// One opening, from the connect on.
struct opening_try {
    address where;
    steady_time began{};
    bool offered_session = false;
};

enum class opening_end : std::uint8_t {
    opened,
    broken,              ///< reset, closed, an alert
    stalled,             ///< a deadline passed
    refused_by_us,       ///< the certificate
    refused_by_a_proxy,  ///< CONNECT
};

class opening_memory {
public:
    static constexpr milliseconds first_pause = 10min;
    static constexpr milliseconds longest_pause = 4h;

    address_memory::order ordered(std::vector<address> const& found, steady_time now) const;
    bool may_offer_session(steady_time now) const;
    void ended(opening_try const& which, opening_end how, steady_time now);

private:
    void session_failed(steady_time began, steady_time now);

    mutable std::mutex mutex_;
    address_memory addresses_;
    steady_time session_failed_at_{};
    steady_time no_session_until_{};
    milliseconds pause_{};
};

}  // namespace setclick::net
