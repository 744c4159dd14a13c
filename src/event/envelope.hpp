// {"data":[ … ]} and its like: an object (or objects in objects) around the array of events, as many
// programs export them.
//
// Decides by the names: the array is that of the events where its first object has a field of an
// event, and no member before it is one. Pure; nothing is guessed.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace setclick::event {

/// Whether `text` begins with an object that has a field of an event. Nothing: more of the text is needed.
std::optional<bool> is_event(std::string_view text) noexcept;

/// `text` begins with {. Where the array's first element begins, behind its [; 0 = it is no
/// envelope. Nothing: more of the text is needed.
std::optional<std::size_t> envelope_of(std::string_view text) noexcept;

/// What follows the array's ], inside the object around it: where the first element of a further array
/// begins, as for `envelope_of`.
std::optional<std::size_t> further_array_of(std::string_view text) noexcept;

/// What follows the array's ]: how far it reaches with the } of the objects around it. 0 = it holds
/// objects in a further array, or is no JSON. Nothing: more of the text is needed, and it `is_whole`
/// not.
std::optional<std::size_t> envelope_end(std::string_view text, bool is_whole) noexcept;

}  // namespace setclick::event
