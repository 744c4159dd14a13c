#include "answers.hpp"

#include <array>
#include <cstdio>
#include <utility>

#include "json_text.hpp"

namespace setclick::sandbox {
namespace {

constexpr std::string_view json_type = "application/json";

constexpr std::array<std::pair<int, std::string_view>, 34> reasons{{
    {100, "Continue"},
    {103, "Early Hints"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {413, "Payload Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Entity"},
    {425, "Too Early"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
}};

bool has_body(int status) noexcept {
    return status >= 200 && status != 204 && status != 304;
}

void append_chunks(std::string& out, std::string_view body) {
    constexpr std::size_t piece = 4096;
    while (!body.empty()) {
        auto const chunk = body.substr(0, piece);
        char size[16];
        out.append(size, std::to_chars(size, size + sizeof size, chunk.size(), 16).ptr);
        out += "\r\n";
        out += chunk;
        out += "\r\n";
        body.remove_prefix(chunk.size());
    }
    out += "0\r\n\r\n";
}

}  // namespace

answer accepted() {
    return {};
}

answer error_answer(int status, std::string_view message) {
    std::string body = R"({"status":"error","message":)";
    append_json_string(body, message);
    body += '}';
    return {status, std::move(body), std::string(json_type), "", false};
}

answer unauthenticated() {
    return error_answer(401, "Unauthenticated");
}

answer invalid_credentials() {
    return error_answer(401, "Invalid credentials");
}

answer missing_parameter(std::string_view name) {
    return error_answer(400, "Missing required parameter: " + std::string(name));
}

answer json_answer(std::string body) {
    return {200, std::move(body), std::string(json_type), "", false};
}

answer default_answer(int status) {
    if (status == 401) return unauthenticated();
    if (status < 300) return {status, "", "", "", false};
    if (status == 429) return throttled(throttle_shape::message, {});
    return error_answer(status, reason_of(status));
}

answer throttled(throttle_shape shape, throttle_facts facts) {
    std::string body;
    switch (shape) {
        case throttle_shape::message:
            body = R"({"message":"Too Many Attempts."})";
            break;
        case throttle_shape::details:
            body =
                R"({"error":{"code":"RATE_LIMIT_EXCEEDED","message":"Rate limit exceeded","details":{"limit":)";
            append_number(body, facts.limit);
            body += R"(,"window":"1 minute","retry_after":)";
            append_number(body, facts.retry_after);
            body += "}}}";
            break;
        case throttle_shape::code:
            body = R"({"error":{"code":"rate_limit_exceeded","message":"Rate limit exceeded"},)"
                   R"("request_id":"sandbox"})";
            break;
    }
    return {429, std::move(body), std::string(json_type), "", false};
}

std::string_view reason_of(int status) noexcept {
    for (auto const& [code, reason] : reasons)
        if (code == status) return reason;
    return "Status";
}

std::string http_date(wall_time t) {
    constexpr std::array<char const*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<char const*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    auto const day = std::chrono::floor<std::chrono::days>(t);
    std::chrono::year_month_day const date{day};
    std::chrono::hh_mm_ss const time{std::chrono::floor<std::chrono::seconds>(t - day)};
    char text[64];
    std::snprintf(text, sizeof text, "%s, %02u %s %04d %02d:%02d:%02d GMT",
                  days[std::chrono::weekday{day}.c_encoding()], static_cast<unsigned>(date.day()),
                  months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                  static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                  static_cast<int>(time.seconds().count()));
    return text;
}

void append_response(std::string& out, answer const& a, std::string_view date, bool keep_alive) {
    out += "HTTP/1.1 ";
    append_number(out, a.status);
    out += ' ';
    out += reason_of(a.status);
    out += "\r\nDate: ";
    out += date;
    out += "\r\n";
    if (!a.content_type.empty()) out.append("Content-Type: ").append(a.content_type).append("\r\n");
    out += a.headers;
    if (!keep_alive) out += "Connection: close\r\n";
    if (!has_body(a.status)) {
        out += "\r\n";
    } else if (a.chunked) {
        out += "Transfer-Encoding: chunked\r\n\r\n";
        append_chunks(out, a.body);
    } else {
        out += "Content-Length: ";
        append_number(out, a.body.size());
        out += "\r\n\r\n";
        out += a.body;
    }
}

void append_interim(std::string& out, int number) {
    out += number % 2 == 0 ? "HTTP/1.1 100 Continue\r\n\r\n"
                           : "HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n";
}

}  // namespace setclick::sandbox
