#include "setclickd/api/verdict.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "json_walk.hpp"
#include "setclickd/api/retry_after.hpp"

namespace setclick::api {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, verdict_count> names{
    "accepted",  "rejected",  "throttled",  "unavailable",    "unauthorised",
    "forbidden", "not-found", "redirected", "foreign-content"};

bool is_blank(std::string_view text) noexcept {
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

/// The body as JSON; nothing where it is none, or longer than what was kept of it.
std::optional<json::value> parsed(answer_view const& answer) {
    if (answer.body_size > answer.body.size() || is_blank(answer.body)) return {};
    return parse_json(answer.body);
}

bool says_error(json::value const& body) {
    auto const* const status = member(&body, "status");
    if (status == nullptr || !status->is_string()) return false;
    auto const text = view_of(status->get_string());
    constexpr std::string_view error = "error";
    return std::equal(text.begin(), text.end(), error.begin(), error.end(),
                      [](char a, char b) { return (a | 0x20) == b; });
}

/// A 2xx. An empty body or the API's own JSON is a success; anything else did not come from the
/// API, or contradicts itself
/// ("status":"error" under 200): whether the event was booked is then unknown, so it must not count
/// as refused.
verdict success_verdict(answer_view const& answer) {
    if (answer.ended_by_close) return verdict::foreign_content;
    if (answer.body_size == 0) return verdict::accepted;
    if (answer.body_size == answer.body.size() && is_blank(answer.body)) return verdict::accepted;
    auto const body = parsed(answer);
    return body && !says_error(*body) ? verdict::accepted : verdict::foreign_content;
}

verdict verdict_of(answer_view const& answer) {
    auto const status = answer.status;
    if (status >= 200 && status <= 299) return success_verdict(answer);
    if (status >= 300 && status <= 399) return verdict::redirected;
    switch (status) {
        case 400:
        case 413:
        case 414:
        case 422:
            return verdict::rejected;
        case 401:
            return verdict::unauthorised;
        case 403:
            return verdict::forbidden;
        case 404:
        case 405:
        case 410:
            return verdict::not_found;
        case 408:
        case 425:
            return verdict::unavailable;
        case 429:
            return verdict::throttled;
        default:
            break;
    }
    return status >= 500 && status <= 599 ? verdict::unavailable : verdict::foreign_content;
}

/// The number at the front: vendors append policies ("120, 120;w=60").
std::optional<double> leading_number(std::string_view text) noexcept {
    auto const first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    text.remove_prefix(first);
    double value = 0;
    auto const [end, ec] =
        std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    bool const clean =
        end == text.data() + text.size() || *end == ',' || *end == ';' || *end == ' ';
    if (ec != std::errc{} || !clean || !std::isfinite(value) || value < 0) return {};
    return value;
}

std::optional<double> number_at(json::value const* object, std::string_view name) {
    auto const* const value = member(object, name);
    if (value == nullptr) return {};
    if (value->is_string()) {
        // "45" is a number written as text; "1 minute" is not 1.
        auto const text = view_of(value->get_string());
        return text.find_first_not_of("0123456789.") == std::string_view::npos
                   ? leading_number(text)
                   : std::nullopt;
    }
    if (!value->is_number()) return {};
    auto const number = value->to_number<double>();
    return std::isfinite(number) && number >= 0 ? std::optional{number} : std::nullopt;
}

/// {"error":{"details":{"limit":…,"window":…,"retry_after":…}}}, or `details` at the top.
json::value const* details_of(json::value const& body) {
    auto const* const inner = member(member(&body, "error"), "details");
    return inner != nullptr ? inner : member(&body, "details");
}

void read_throttle_body(answer_view const& answer, answer_facts& out) {
    auto const body = parsed(answer);
    auto const* const details = body ? details_of(*body) : nullptr;
    if (details == nullptr) return;
    if (auto const seconds = number_at(details, "retry_after")) {
        auto const ms =
            std::min(std::ceil(*seconds * 1000), static_cast<double>(longest_wait.count()));
        out.retry_after = std::max(out.retry_after.value_or(milliseconds{0}),
                                   milliseconds{static_cast<std::int64_t>(ms)});
    }
    auto const limit = number_at(details, "limit");
    auto const window = number_at(details, "window");  // in seconds
    if (!out.limit_per_minute && limit && window && *window > 0)
        out.limit_per_minute = *limit * 60 / *window;
}

}  // namespace

std::string_view name_of(verdict v) noexcept {
    return names[static_cast<std::size_t>(v)];
}

answer_facts classify(answer_view const& answer, wall_time now) {
    answer_facts out;
    out.status = answer.status;
    out.verdict = verdict_of(answer);
    if (!answer.retry_after.empty()) out.retry_after = parse_retry_after(answer.retry_after, now);
    constexpr double no_limit = 1e9;  // a minute: who says so means none
    if (!answer.limit.empty()) out.limit_per_minute = leading_number(answer.limit);
    if (out.limit_per_minute && *out.limit_per_minute > no_limit) out.limit_per_minute.reset();
    if (!answer.remaining.empty()) {
        constexpr double most = 1e15;
        if (auto const n = leading_number(answer.remaining))
            out.remaining = static_cast<std::int64_t>(std::min(*n, most));
    }
    if (!answer.reset.empty()) out.reset_in = parse_reset(answer.reset, now);
    if (out.verdict == verdict::throttled) read_throttle_body(answer, out);
    return out;
}

}  // namespace setclick::api
