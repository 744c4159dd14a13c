// What commands and the daemon send each other over the control socket: one JSON object a line.
//
//     → {"cmd":"pause","account":"60a5…"}
//     ← {"progress":{…}}                            any number of them
//     ← {"result":…}                                or
//     ← {"error":{"code":"busy","message":"…"}}     and the request is answered
//
// A client sends its next request after the answer. Lines end in \n and are at most `max_line`
// bytes long.
#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <string_view>

#include "setclickd/base/error.hpp"

namespace setclick::control {

inline constexpr std::size_t max_line = std::size_t{64} << 10;  ///< of a request
/// Of an answer: status with thousands of accounts.
inline constexpr std::size_t max_answer = std::size_t{16} << 20;

/// "busy", "not-found", … as they stand in an error's "code".
std::string_view name_of(errc code) noexcept;
/// `io` for a name that this version does not know.
errc errc_named(std::string_view name) noexcept;

boost::json::object error_line(error const& e);

}  // namespace setclick::control
