// Where something is to listen, as one text of the configuration: "127.0.0.1:9464", "[::1]:9464",
// "localhost:9464", "unix:/run/setclickd/web.sock", or "" for nowhere. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "setclickd/base/error.hpp"

namespace setclick::settings {

struct listen_address {
    enum class kind : std::uint8_t { none, tcp, unix_socket };

    kind what = kind::none;
    std::string host{};  ///< tcp: an address without brackets, or a name
    std::uint16_t port = 0;
    std::string path{};  ///< unix_socket

    friend bool operator==(listen_address const&, listen_address const&) = default;
};

/// The error is for a person: what may be written.
result<listen_address> parse_listen(std::string_view text);

/// No other machine reaches it. A name is taken for one that others reach, but "localhost".
bool is_of_this_machine(listen_address const& at);

}  // namespace setclick::settings
