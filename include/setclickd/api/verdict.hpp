// What the endpoint's answer means, as one closed list. How far the fault reaches (its scope) is
// part of the meaning.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "setclickd/base/time.hpp"

namespace setclick::api {

enum class verdict : std::uint8_t {
    accepted,      ///< 2xx, empty or JSON without "status":"error": the event is delivered
    rejected,      ///< 400 413 414 422: this event's own fault; scope: event
    throttled,     ///< 429: the account asks too fast; surely not booked; scope: account
    unavailable,   ///< 408 425 5xx: try again later; scope: endpoint (an account's trouble until
                   ///< others share it)
    unauthorised,  ///< 401: the account's token; scope: account
    forbidden,     ///< 403: the account's rights (perhaps the offline-leads scope); scope: account
    not_found,   ///< 404 405 410: the path; scope: account, the endpoint when two accounts met the
                 ///< same
    redirected,  ///< 3xx: never followed; scope as not_found
    foreign_content,  ///< an answer that is not the API's (HTML of a portal, a 2xx JSON that says
                      ///< error, a 2xx ended only by close, a status nobody documented); scope as
                      ///< not_found
    blocked,      ///< a firewall, a bot wall or a proxy in front of the API refuses the request, a
                  ///< challenge among them: never received; scope as not_found
    misdirected,  ///< 421: the wrong connection; goes again at once on a new one
};
inline constexpr std::size_t verdict_count = 11;

/// "accepted", "rejected", … "misdirected": for logs, receipts and metrics.
std::string_view name_of(verdict v) noexcept;

/// A complete answer, as net read it. Header values are empty where the header is absent;
/// of a repeated Retry-After or rate field each value stands on a line of its own.
struct answer_view {
    int status = 0;
    std::string_view content_type;
    std::string_view location;
    std::string_view retry_after;
    std::string_view limit;        ///< X-RateLimit-Limit
    std::string_view remaining;    ///< X-RateLimit-Remaining
    std::string_view reset;        ///< X-RateLimit-Reset
    std::string_view rate_limit;   ///< RateLimit (drafts 7 and later)
    std::string_view rate_policy;  ///< RateLimit-Policy
    std::string_view wall;        ///< a field by which a bot wall marks its own answer, as it stood
    std::string_view body;        ///< its first 2 KiB at most, decoded where the coding is known
    std::uint64_t body_size = 0;  ///< decoded as well; more than the body where that is cut
    bool ended_by_close = false;  ///< no Content-Length, no chunks: nobody knows if it is whole
    bool http_1_0 = false;
};

/// What delivery needs of an answer; owns everything.
struct answer_facts {
    int status = 0;
    api::verdict verdict = verdict::foreign_content;
    /// The event may have been booked before this answer was written (see answers.hpp).
    bool may_be_booked = false;
    /// Why it was taken for what it is, where the status alone does not tell: "a challenge of a bot
    /// wall". A text that lasts for ever.
    std::string_view note;
    std::optional<milliseconds> retry_after;  ///< the longest asked for; 0 to 365 days
    /// The name of a field that asks for a wait in a way that cannot be read; lasts for ever.
    std::string_view unread_wait;
    std::optional<double>
        limit_per_minute;                   ///< X-RateLimit-Limit, else RateLimit-Policy of an hour
                                            ///< at most, else the 429 body's limit and window
    std::optional<std::int64_t> remaining;  ///< not negative
    std::optional<milliseconds> reset_in;   ///< until the window begins anew; 0 to 365 days
};

/// Never fails: what makes no sense in a header is as if it were absent. `now` turns dates into
/// durations.
answer_facts classify(answer_view const& answer, wall_time now);

}  // namespace setclick::api
