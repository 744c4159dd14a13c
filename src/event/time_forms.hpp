// The ways in which databases and languages write a moment, beside ISO 8601 with an offset and a
// bare number: read where they have one meaning, named where they have none.
//
// For the few lines that the quick forms of click_time.hpp did not take; allocates. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace setclick::event {

/// Milliseconds since 1970 of a text with one meaning, whatever year it lies in:
///   * a number as text, with a fraction of a second
///   * ISO 8601 with " UTC", " GMT" or a blank before the offset, with a zone's name behind the
///     offset ("[Europe/Madrid]", " CEST")
///   * "/Date(1634707888000+0200)/" (.NET), "Wed, 20 Oct 2021 05:31:28 GMT" (HTTP, mail),
///     "Wed Oct 20 2021 07:31:28 GMT+0200 (CEST)" (JavaScript)
/// with white space and invisible characters around it.
std::optional<std::int64_t> ms_of_text(std::string_view text);

/// The same of MongoDB's {"$date":…} and {"$numberLong":"…"}, as compact JSON.
std::optional<std::int64_t> ms_of_object(std::string_view compact);

/// What a text seems to be that cannot be read, and what to write instead: "is text in the order
/// of day and month, which can be read in two ways; write …". Empty when it looks like nothing.
std::string seeming_form(std::string_view text);

/// The same of a number: microseconds, nanoseconds, a spreadsheet's day.
std::string seeming_number(double value);

}  // namespace setclick::event
