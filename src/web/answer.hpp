// An answer, and its head as it is sent. Pure.
//
// Promises: every answer has the same security headers, and a length; none can be taken for a page of another site, framed,
// or guessed to be of another type.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "setclickd/base/time.hpp"

namespace setclick::web {

namespace content {
inline constexpr std::string_view text = "text/plain; charset=utf-8";
inline constexpr std::string_view json = "application/json";
inline constexpr std::string_view html = "text/html; charset=utf-8";
inline constexpr std::string_view css = "text/css; charset=utf-8";
inline constexpr std::string_view script = "text/javascript; charset=utf-8";
}  // namespace content

struct answer {
    unsigned status = 200;
    std::string_view type = content::text;
    std::shared_ptr<std::string const> body{};
    bool is_gzip = false;
    bool varies = false;  ///< its form depends on Accept-Encoding
    std::string
        etag{};  ///< the browser may keep it and ask whether it changed; empty: it keeps nothing
    std::string further{};     ///< lines of the head, each with its end
    milliseconds held_for{0};  ///< before it is sent
    bool closes = false;       ///< nothing more is read from this connection
};

/// A short text for a person.
answer plain(unsigned status, std::string_view text);
/// As `plain`, and nothing more is read from this connection.
answer last_word(unsigned status, std::string_view text);

/// How the answer to one request goes out.
struct sending {
    bool keeps_alive = true;
    bool is_old = false;  ///< the client speaks HTTP/1.0
    wall_time now{};
};

/// The status line and every field, with the empty line after them.
std::string head_of(answer const& a, sending const& how);

}  // namespace setclick::web
