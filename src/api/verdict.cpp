#include "setclickd/api/verdict.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "answer_body.hpp"
#include "json_walk.hpp"
#include "rate_fields.hpp"
#include "retry_after.hpp"
#include "setclickd/api/answers.hpp"

namespace setclick::api {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, verdict_count> names{
    "accepted",  "rejected",   "throttled",       "unavailable", "unauthorised", "forbidden",
    "not-found", "redirected", "foreign-content", "blocked",     "misdirected"};

/// The row of the status, refined by what the body and a field or two say.
void judge(answer_view const& answer, answer_facts& out) {
    auto const& row = row_of(answer.status);
    out.verdict = row.verdict;
    if (row.verdict == verdict::accepted) {
        if (auto const note = note_on_success(answer); !note.empty()) {
            // A wall's challenge (some come as 202) never reached the API; whatever else cannot be
            // read may be the answer to a booking.
            bool const walled = !answer.wall.empty();
            out.verdict = walled ? verdict::blocked : verdict::foreign_content;
            out.may_be_booked = !walled;
            out.note = note;
        }
        return;
    }
    if (auto const note = note_on_wall(answer); !note.empty()) {
        // One that refuses an event for its size means the event.
        if (row.scope != fault_scope::event || answer.status == 400) {
            out.verdict = verdict::blocked;
            out.note = note;
            return;
        }
    }
    out.may_be_booked = row.booking == booking::possible ||
                        (row.booking == booking::if_behind && is_written_by_application(answer));
    if (row.verdict == verdict::blocked || row.verdict == verdict::foreign_content)
        out.note = row.meaning;
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
    auto const body = body_as_json(answer);
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
    judge(answer, out);
    read_rate_fields(answer, now, out);
    if (out.verdict == verdict::throttled) read_throttle_body(answer, out);
    // What another field or the body said will do.
    if (out.retry_after.value_or(0ms) > 0ms || out.reset_in.value_or(0ms) > 0ms)
        out.unread_wait = {};
    return out;
}

}  // namespace setclick::api
