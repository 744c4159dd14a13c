// One offline conversion, checked: what a producer dropped and what is sent.
//
// A view owns nothing. Whoever hands one out (reader, parse_record) documents how long it lasts.
// JSON texts here are compact: no white space between tokens, members in the producer's order,
// numbers with their source text, strings escaped only where JSON demands it (" \ and control
// characters). So they never hold a raw newline.
#pragma once

#include <cstdint>
#include <string_view>

namespace setclick::event {

struct view {
    std::string_view account_id;  ///< decoded; the configured one where the producer left it out
    std::string_view event_id;    ///< decoded, may hold any character but NUL; empty = absent
    std::int64_t click_time = 0;  ///< milliseconds since 1970, within the years 2010 to 2100
    std::string_view url_parameters;  ///< JSON object
    std::string_view settings;        ///< JSON object; personal data: never into a log or an error
    std::string_view lead;            ///< JSON object without the flag below; empty = absent
    std::string_view referrer;        ///< JSON string with its quotes; empty = absent
    std::string_view current_url;     ///< JSON string with its quotes; empty = absent
    bool microconversion = false;

    friend bool operator==(view const&, view const&) = default;
};

/// Where `lead` and the microconversion flag travel (dialect.lead). Known here because under
/// `settings` and `both` their members merge into `settings`, and a clash must be found while the
/// event can still be refused.
enum class lead_mode : std::uint8_t { lead, settings, both };

}  // namespace setclick::event
