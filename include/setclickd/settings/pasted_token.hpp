// What a person pastes when asked for a token → the token. Pure.
//
// A token is copied out of web pages, mails and curl commands: with "Bearer " before it, in quotes, with blanks,
// line ends or a byte order mark around it. That much is taken off; anything else that is no token is refused with
// the reason. Never: a byte of the text in a message.
#pragma once

#include <string>
#include <string_view>

#include "setclickd/base/error.hpp"
#include "setclickd/base/secret.hpp"

namespace setclick::settings {

/// Error: `invalid_data`, for a person.
result<secret<std::string>> pasted_token(std::string_view text);

/// Whether a text that should name a file is much rather a token itself: no path, and long or in three parts with dots.
bool looks_like_token(std::string_view text) noexcept;

}  // namespace setclick::settings
