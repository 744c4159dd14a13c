#include "fault_names.hpp"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

#include "fault_access.hpp"
#include "setclickd/base/text.hpp"

namespace setclick::sandbox {
namespace {

namespace json = boost::json;
namespace fa = fault_access;
using set = fault_set;

constexpr std::array<fault_field, 31> fields{{
    {"seed", value_kind::one, "N", "seed of everything random (1)"},
    {"latency", value_kind::one, "DURATION", "wait before every answer"},
    {"fail_share", value_kind::one, "SHARE",
     "share of requests answered with fail-status; not booked"},
    {"fail_status", value_kind::one, "CODE", "the status of fail-share (500)"},
    {"fail_books", value_kind::flag, "", "what fail-share answers is booked all the same"},
    {"throttle_share", value_kind::one, "SHARE", "share of requests answered 429; not booked"},
    {"throttle_body", value_kind::one, "SHAPE",
     "body of a 429, as three vendor pages show it: message (default), details, code"},
    {"retry_after", value_kind::one, "SECONDS",
     "Retry-After on every 429 and 503; auto: what the rate limit gives"},
    {"retry_after_raw", value_kind::one, "VALUE", "the same, literally (a date, nonsense)"},
    {"rate_per_minute", value_kind::one, "N",
     "a real limit per token: what exceeds it is answered 429"},
    {"burst", value_kind::one, "N", "calls that the limit allows at once (0: a minute's worth)"},
    {"rate_headers", value_kind::flag, "", "send X-RateLimit-Limit, -Remaining and -Reset"},
    {"rate_reset", value_kind::one, "KIND", "X-RateLimit-Reset in seconds: epoch (default), delta"},
    {"reset_before_read", value_kind::one, "SHARE", "RST before the body is read; not booked"},
    {"reset_after_read", value_kind::one, "SHARE", "RST after the whole body; not booked"},
    {"reset_after_book", value_kind::one, "SHARE", "booked, then RST before answering"},
    {"stall", value_kind::one, "SHARE", "read, never answered; not booked"},
    {"stall_after_book", value_kind::one, "SHARE", "booked, never answered"},
    {"slow_bytes", value_kind::one, "SHARE", "answered as usual, byte by byte"},
    {"slow_interval", value_kind::one, "DURATION", "between two bytes of slow-bytes (50ms)"},
    {"late_answer", value_kind::pair, "DELAY SHARE",
     "this share is booked at once and answered as usual after DELAY"},
    {"close_every", value_kind::one, "N", "Connection: close after N requests of a connection"},
    {"idle_close", value_kind::one, "DURATION", "close a connection that was idle so long"},
    {"status", value_kind::one, "CODE", "answer everything so, on every endpoint; not booked"},
    {"body", value_kind::one, "FILE", "the body for status (in JSON: the text itself)"},
    {"header", value_kind::many, "LINE",
     "a header for status, such as 'Location: https://example.com/'; repeatable"},
    {"status_books", value_kind::flag, "", "what status answers is booked all the same"},
    {"status_for", value_kind::many, "ACCOUNT=CODE",
     "answer the calls of this account so; not booked; repeatable"},
    {"informational", value_kind::one, "N", "N interim answers (100, 103) before each answer"},
    {"double_response", value_kind::flag, "", "two answers to one request"},
    {"faults_on", value_kind::one, "LIST",
     "where shares, latency, informational and double-response apply: a list of set-click "
     "(default), report, login, or all"},
}};

/// In the order of `fields`.
std::array<fa::access, fields.size()> const& accesses() {
    static std::array<fa::access, fields.size()> const all{{
        fa::seed,
        fa::duration<&set::latency>,
        fa::share<&set::fail_share>,
        fa::number<&set::fail_status, 300, 999>,
        fa::flag<&set::fail_books>,
        fa::share<&set::throttle_share>,
        fa::throttle_body,
        fa::retry_after,
        fa::retry_after_raw,
        fa::number<&set::rate_per_minute, 0, 100'000'000>,
        fa::number<&set::burst, 0, 100'000'000>,
        fa::flag<&set::rate_headers>,
        fa::rate_reset,
        fa::share<&set::reset_before_read>,
        fa::share<&set::reset_after_read>,
        fa::share<&set::reset_after_book>,
        fa::share<&set::stall>,
        fa::share<&set::stall_after_book>,
        fa::share<&set::slow_bytes>,
        fa::duration<&set::slow_interval>,
        fa::late_answer,
        fa::number<&set::close_every, 0, 1'000'000'000>,
        fa::duration<&set::idle_close>,
        fa::number<&set::status, 0, 999>,
        fa::body,
        fa::header,
        fa::flag<&set::status_books>,
        fa::status_for,
        fa::number<&set::informational, 0, 1000>,
        fa::flag<&set::double_response>,
        fa::faults_on,
    }};
    return all;
}

std::size_t index_of(std::string_view name) {
    auto const same = [](char a, char b) { return a == b || (a == '_' && b == '-'); };
    auto const it = std::find_if(fields.begin(), fields.end(), [&](fault_field const& field) {
        return std::equal(field.name.begin(), field.name.end(), name.begin(), name.end(), same);
    });
    return static_cast<std::size_t>(it - fields.begin());
}

error unknown_name(std::string_view name) {
    std::array<std::string_view, fields.size()> names;
    std::transform(fields.begin(), fields.end(), names.begin(),
                   [](fault_field const& field) { return field.name; });
    auto const near = nearest(name, names);
    return fail(errc::usage,
                fmt::format("\"{}\" is not a fault{}", printable(name),
                            near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near)));
}

/// A scalar as the text a flag would have.
std::string text_of(json::value const& value) {
    return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

/// The number's own spelling is of no interest here: a share such as 1E-1 reads back as 0.1.
result<void> set_from_json(fault_set& faults, fault_field const& field, json::value const& value) {
    if (!value.is_array()) return set_fault(faults, field.name, text_of(value));
    auto const& all = value.get_array();
    if (field.kind == value_kind::pair && all.size() == 2)
        return set_fault(faults, field.name, text_of(all[0]) + " " + text_of(all[1]));
    if (field.kind != value_kind::many)
        return fail(errc::usage, fmt::format("{}: one value expected, not an array", field.name));
    for (auto const& entry : all)
        if (auto const done = set_fault(faults, field.name, text_of(entry)); !done) return done;
    return {};
}

}  // namespace

std::span<fault_field const> fault_fields() noexcept {
    return fields;
}

result<void> set_fault(fault_set& faults, std::string_view name, std::string_view text) {
    auto const index = index_of(name);
    if (index == fields.size()) return unknown_name(name);
    auto const expected = accesses()[index].set(faults, text);
    if (expected.empty()) return {};
    return fail(errc::usage, fmt::format("{}: \"{}\" is not {}", name, printable(text), expected));
}

result<void> check_faults(fault_set const& f) {
    auto const sum = f.reset_before_read + f.reset_after_read + f.reset_after_book + f.stall +
                     f.stall_after_book + f.fail_share + f.throttle_share + f.slow_bytes +
                     f.late_answer;
    // A request meets one fault, so shares that fill more than everything cannot be kept.
    if (sum > 1 + 1e-9) return fail(errc::usage, "the shares add up to more than 1");
    if (f.status != 0 && f.status < 200)
        return fail(errc::usage, "status: a final status from 200 to 999 is needed");
    return {};
}

result<fault_set> faults_from_json(std::string_view text) {
    boost::system::error_code ec;
    auto const parsed = json::parse(text, ec);
    if (ec || !parsed.is_object())
        return fail(errc::usage, "a JSON object of faults is needed, such as {\"fail_share\":0.2}");
    fault_set faults;
    for (auto const& [key, value] : parsed.get_object()) {
        auto const index = index_of(key);
        if (index == fields.size()) return unknown_name(key);
        if (auto const done = set_from_json(faults, fields[index], value); !done)
            return done.error();
    }
    if (auto const checked = check_faults(faults); !checked) return checked.error();
    return faults;
}

std::string faults_to_json(fault_set const& faults) {
    json::object out;
    for (std::size_t i = 0; i < fields.size(); ++i)
        out[fields[i].name] = accesses()[i].get(faults);
    return json::serialize(out);
}

}  // namespace setclick::sandbox
