// Which addresses were no good lately, so that the next connection begins with another.
//
// A race of TCP connects (dial) ends with the first that connects; an address that accepts and then stalls in TLS wins it each
// time. So what came after the connect is remembered here. Promises: a bad address is tried last, never left out; it is forgotten
// after 30 s, with each further failure after twice as long, at most 10 min; failures of connections that were begun together
// count as one. At most 64 addresses are remembered.
// Pure: the time is an argument.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <vector>

#include "setclickd/base/time.hpp"

namespace setclick::net {

using address = boost::asio::ip::tcp::endpoint;

class address_memory {
public:
    static constexpr milliseconds first_time = 30s;
    static constexpr milliseconds longest_time = 10min;
    static constexpr std::size_t most = 64;

    struct order {
        std::vector<address> addresses;
        std::size_t good =
            0;  ///< of these, at the front; the others are bad ones, the one that failed longest ago first
    };
    /// Keeps the given order among the good ones.
    order ordered(std::vector<address> const& found, steady_time now) const;

    /// A connection to it that was begun at `began` came to nothing.
    void failed(address const& where, steady_time began, steady_time now);
    void worked(address const& where);

private:
    struct entry {
        address where;
        steady_time failed_at{};
        steady_time until{};
        milliseconds time{};
    };

    std::vector<entry> entries_;
};

}  // namespace setclick::net
