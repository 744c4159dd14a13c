#include "answer.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <iterator>

namespace setclick::web {
namespace {

/// Nothing but our own files, no frame, no form, no base.
constexpr std::string_view security =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";

std::string_view reason_of(unsigned status) {
    switch (status) {
        case 200:
            return "OK";
        case 304:
            return "Not Modified";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 413:
            return "Content Too Large";
        case 421:
            return "Misdirected Request";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 503:
            return "Service Unavailable";
        case 505:
            return "HTTP Version Not Supported";
        default:
            return "";
    }
}

}  // namespace

answer plain(unsigned status, std::string_view text) {
    answer out;
    out.status = status;
    out.body = std::make_shared<std::string const>(std::string(text) + "\n");
    return out;
}

answer last_word(unsigned status, std::string_view text) {
    auto out = plain(status, text);
    out.closes = true;
    return out;
}

std::string head_of(answer const& a, sending const& how) {
    std::string out;
    out.reserve(900);
    auto to = std::back_inserter(out);
    fmt::format_to(to, "HTTP/1.1 {} {}\r\n", a.status, reason_of(a.status));
    fmt::format_to(to, "Date: {:%a, %d %b %Y %H:%M:%S} GMT\r\n",
                   fmt::gmtime(std::chrono::system_clock::to_time_t(how.now)));
    if (a.status != 304) {
        fmt::format_to(to, "Content-Type: {}\r\n", a.type);
        fmt::format_to(to, "Content-Length: {}\r\n", a.body ? a.body->size() : 0);
    }
    if (a.is_gzip) out += "Content-Encoding: gzip\r\n";
    if (a.varies) out += "Vary: Accept-Encoding\r\n";
    if (a.etag.empty())
        out += "Cache-Control: no-store\r\n";
    else
        fmt::format_to(to, "Cache-Control: no-cache\r\nETag: {}\r\n", a.etag);
    out += security;
    out += a.further;
    if (!how.keeps_alive)
        out += "Connection: close\r\n";
    else if (how.is_old)
        out += "Connection: keep-alive\r\n";
    out += "\r\n";
    return out;
}

}  // namespace setclick::web
