// The log: one line for each thing worth knowing, on standard error.
//
// Promises: one call is one line, whatever the message or a value holds (control characters come
// out escaped); the names of the fields are stable, scripts may rely on them (see log_field below);
// a `secret<T>` is no field value, that does not compile. Never: a token, an e-mail or a `settings`
// value; the caller passes none. Never throws, never ends the program.
//
// Threads: every function may be called from any thread. A line is written before `log_line`
// returns, so a full pipe blocks the caller until its reader goes on: losing lines in silence would
// hide the stall that they report. (A reader that is gone is an error, not a stall, as long as
// SIGPIPE is ignored; the daemon does.)
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "setclickd/base/log_format.hpp"

namespace setclick::telemetry {

enum class level { debug, info, warn, error };

/// "debug", "info", "warn", "error".
std::string_view name_of(level l) noexcept;
/// The level of this name; nothing for any other text.
std::optional<level> level_named(std::string_view name) noexcept;

/// The names used by more than one module; others are fine where only one place uses them. `event`
/// is the key of the message (messages.hpp) and stands on every line.
namespace log_field {
inline constexpr std::string_view account = "account";
inline constexpr std::string_view file = "file";
inline constexpr std::string_view event = "event";
inline constexpr std::string_view events = "events";
inline constexpr std::string_view attempt = "attempt";
inline constexpr std::string_view status = "status";
inline constexpr std::string_view reason = "reason";
inline constexpr std::string_view cure = "cure";
inline constexpr std::string_view count = "count";
inline constexpr std::string_view seconds = "seconds";
inline constexpr std::string_view path = "path";
inline constexpr std::string_view error = "error";
}  // namespace log_field

/// One key=value of a line. Only refers to its text: made in the call that uses it.
struct field {
    using value_type = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

    field(std::string_view k, std::string_view v) : key(k), value(v) {}
    field(std::string_view k, std::string const& v) : key(k), value(std::string_view(v)) {}
    field(std::string_view k, char const* v) : key(k), value(std::string_view(v)) {}
    field(std::string_view k, double v) : key(k), value(v) {}
    field(std::string_view k, std::same_as<bool> auto v) : key(k), value(v) {}
    template <std::signed_integral T>
    field(std::string_view k, T v) : key(k), value(static_cast<std::int64_t>(v)) {}
    template <std::unsigned_integral T>
    requires(!std::same_as<T, bool>) field(std::string_view k, T v)
        : key(k), value(static_cast<std::uint64_t>(v)) {}

    std::string_view key;
    value_type value;
};

struct log_options {
    log_format format = log_format::automatic;
    level threshold = level::info;
};

/// May be called again (a reload). Before the first call: text, from info on.
void set_up_logging(log_options const& options);

/// True when a line of this level would be written: ask before building an expensive one.
bool log_enabled(level l) noexcept;

/// `message`: the text of a row in messages.cpp, whose key is added as `event`. The rules of the tree
/// find one that has no row.
void log_line(level l, std::string_view message, std::initializer_list<field> fields = {}) noexcept;

}  // namespace setclick::telemetry
