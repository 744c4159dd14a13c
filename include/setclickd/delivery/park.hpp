// A park: an account (or the endpoint) waits, its events stay, with a reason and a cure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "setclickd/api/verdict.hpp"
#include "setclickd/base/time.hpp"
#include "setclickd/delivery/random.hpp"

namespace setclick::delivery {

enum class park_reason : std::uint8_t {
    none,
    unauthorised,     ///< 401, also after the credential was renewed
    forbidden,        ///< 403
    not_found,        ///< 404 405 410
    redirected,       ///< 3xx
    foreign_content,  ///< an answer that is not the API's
    blocked,          ///< a firewall, a bot wall or a proxy in front of the API refuses
    suspect,          ///< the last 20 events all answered 400 or 422
    unavailable,      ///< nothing but transport failures and 5xx for several rounds: the circuit
                      ///< breaker
    paused,           ///< by a person
};
inline constexpr std::size_t park_reason_count = 10;

/// What an account's next answer would say about the endpoint.
enum class standing : std::uint8_t {
    parked,  ///< nothing new: it waits for something itself
    fresh,   ///< something: it has not been answered yet, or is in trouble
    well,    ///< most: the last that it heard was the API's own word
};

struct park {
    park_reason reason = park_reason::none;
    wall_time since{};
    std::string detail;  ///< what was met: "404", a Location, a transport failure; printable
    int probes = 0;      ///< made since
    steady_time next_probe = never;

    bool is_on() const noexcept { return reason != park_reason::none; }
};

/// "unauthorised", "not-found", "foreign-content" …; "none".
char const* name_of(park_reason reason) noexcept;
std::optional<park_reason> park_reason_named(std::string_view name) noexcept;

/// Why, as half a sentence for people: "the server does not accept the token (401)".
char const* text(park_reason reason) noexcept;
/// What to do, with the command that ends the park. `whom`: the account's id, or "--endpoint".
std::string cure(park_reason reason, std::string_view whom);

/// True for what only a person ends: no probe helps.
bool needs_a_person(park_reason reason) noexcept;
/// True for what two accounts may have in common, so that the endpoint is to blame.
bool may_be_the_endpoint(park_reason reason) noexcept;
/// The park that a verdict leads to; `none` for those that do not park.
park_reason park_for(api::verdict verdict) noexcept;

/// Probes of a parked account or endpoint: one at a time, at growing intervals.
struct probe_settings {
    milliseconds first{30s};
    milliseconds cap{std::chrono::minutes{30}};
};

/// How a park with this reason is probed. Nobody acts when a server comes back: one that is
/// unavailable is never looked for less often than a retry would.
probe_settings probes_of(park_reason reason, probe_settings settings,
                         milliseconds retry_cap) noexcept;

/// Until the next probe after `probes` of them: first * 2^probes, at most cap, of that a random
/// part from the upper half (a full jitter would now and then probe twice in a row).
milliseconds probe_interval(probe_settings const& settings, int probes,
                            random_source& random) noexcept;

}  // namespace setclick::delivery
