#include "rate_fields.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "retry_after.hpp"
#include "setclickd/base/ascii.hpp"

namespace setclick::api {
namespace {

/// The part up to the next `mark` that stands outside quotes; `rest` becomes what follows it.
std::string_view take_part(std::string_view& rest, char mark) noexcept {
    bool quoted = false;
    for (std::size_t i = 0; i < rest.size(); ++i) {
        if (rest[i] == '"') quoted = !quoted;
        if (quoted || rest[i] != mark) continue;
        auto const part = rest.substr(0, i);
        rest.remove_prefix(i + 1);
        return trimmed(part);
    }
    auto const part = rest;
    rest = {};
    return trimmed(part);
}

/// Each value of a field that may have been sent several times.
template <class Each>
void for_each_line(std::string_view lines, Each&& each) {
    while (!lines.empty())
        if (auto const line = take_part(lines, '\n'); !line.empty()) each(line);
}

template <class T>
void keep_least(std::optional<T>& kept, std::optional<T> const& value) {
    if (value) kept = kept ? std::min(*kept, *value) : *value;
}

template <class T>
void keep_most(std::optional<T>& kept, std::optional<T> const& value) {
    if (value) kept = kept ? std::max(*kept, *value) : *value;
}

std::optional<std::int64_t> whole(std::optional<double> number) noexcept {
    constexpr double most = 1e15;
    if (!number) return {};
    return static_cast<std::int64_t>(std::min(*number, most));
}

/// One policy of RateLimit or RateLimit-Policy.
struct policy {
    std::string_view head;  ///< its name, or draft 7's number, or draft 7's "limit=100"
    std::string_view r, t, q, w;
};

policy policy_of(std::string_view item) noexcept {
    policy out;
    out.head = take_part(item, ';');
    while (!item.empty()) {
        auto value = take_part(item, ';');
        auto const name = take_part(value, '=');
        if (name == "r") out.r = value;
        if (name == "t") out.t = value;
        if (name == "q") out.q = value;
        if (name == "w") out.w = value;
    }
    return out;
}

/// What is left, and until when: of the policy that leaves least. A wait in it that cannot be read
/// is named; so is, in a refusal for the rate, a field of which nothing can be read.
void read_rate_limit(std::string_view field, wall_time now, answer_facts& out) {
    std::optional<std::int64_t> least;
    std::optional<milliseconds> reset;
    std::optional<std::int64_t> flat_remaining;
    std::optional<milliseconds> flat_reset;
    auto const wait_of = [now, &out](std::string_view text) {
        auto const wait = parse_reset(text, now);
        if (!wait && !text.empty()) out.unread_wait = "RateLimit";
        return wait;
    };
    while (!field.empty()) {
        auto const item = policy_of(take_part(field, ','));
        auto value = item.head;
        auto const name = take_part(value, '=');
        if (name == "remaining") {
            flat_remaining = whole(leading_number(value));
        } else if (name == "reset") {
            flat_reset = wait_of(value);
        } else if (auto const left = whole(leading_number(item.r))) {
            auto const until = wait_of(item.t);
            if (!least || *left < *least) {
                least = left;
                reset = until;
            } else if (*left == *least) {
                keep_most(reset, until);
            }
        }
    }
    if (flat_remaining) {
        least = flat_remaining;
        reset = flat_reset;
    }
    if (!least && out.verdict == verdict::throttled) out.unread_wait = "RateLimit";
    if (!least || (out.remaining && *out.remaining < *least)) return;
    out.remaining = least;
    if (reset) out.reset_in = reset;
}

/// A quota of a long window may be used at any speed: only one of an hour or less is a rate.
std::optional<double> rate_of_policies(std::string_view field) {
    constexpr double longest_window_s = 3600;
    std::optional<double> out;
    while (!field.empty()) {
        auto const item = policy_of(take_part(field, ','));
        auto const quota = leading_number(item.q.empty() ? item.head : item.q);
        auto const window = leading_number(item.w);
        if (quota && window && *window > 0 && *window <= longest_window_s)
            keep_least(out, std::optional{*quota * 60 / *window});
    }
    return out;
}

}  // namespace

std::optional<double> leading_number(std::string_view text) noexcept {
    text = trimmed(text);
    double value = 0;
    auto const [end, ec] =
        std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    bool const clean =
        end == text.data() + text.size() || *end == ',' || *end == ';' || *end == ' ';
    if (ec != std::errc{} || !clean || !std::isfinite(value) || value < 0) return {};
    return value;
}

void read_rate_fields(answer_view const& answer, wall_time now, answer_facts& out) {
    if (answer.retry_after.empty() && answer.limit.empty() && answer.remaining.empty() &&
        answer.reset.empty() && answer.rate_limit.empty() && answer.rate_policy.empty())
        return;
    for_each_line(answer.retry_after, [&](std::string_view value) {
        auto const wait = parse_retry_after(value, now);
        if (!wait) out.unread_wait = "Retry-After";
        keep_most(out.retry_after, wait);
    });
    constexpr double no_limit = 1e9;  // a minute: who says so means none
    for_each_line(answer.limit, [&](std::string_view value) {
        auto const limit = leading_number(value);
        if (limit && *limit <= no_limit) keep_least(out.limit_per_minute, limit);
    });
    for_each_line(answer.remaining, [&](std::string_view value) {
        keep_least(out.remaining, whole(leading_number(value)));
    });
    for_each_line(answer.reset, [&](std::string_view value) {
        auto const reset = parse_reset(value, now);
        if (!reset) out.unread_wait = "X-RateLimit-Reset";
        keep_most(out.reset_in, reset);
    });
    for_each_line(answer.rate_limit,
                  [&](std::string_view value) { read_rate_limit(value, now, out); });
    if (!out.limit_per_minute)
        for_each_line(answer.rate_policy, [&](std::string_view value) {
            keep_least(out.limit_per_minute, rate_of_policies(value));
        });
}

}  // namespace setclick::api
