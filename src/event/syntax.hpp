// What is wrong with a text that is not JSON, as a message for the person who has to mend it.
#pragma once

#include <boost/system/error_code.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace setclick::event {

/// `at`: the byte where the parser stopped. Names the place, never quotes more of the text than one
/// punctuation character or a word that JSON does not know (NaN, True …): the place may lie inside
/// `settings`.
std::string syntax_problem(std::string_view text, std::size_t at,
                           boost::system::error_code const& ec, std::uint32_t max_depth);

}  // namespace setclick::event
