// When an access token ends, where it is a JSON web token: its `exp`, read and not verified. Pure.
//
// The signature is the server's business; this is for a person who wants to know in time. Never
// quotes the token.
#pragma once

#include <optional>
#include <string>

#include "setclickd/base/secret.hpp"
#include "setclickd/base/time.hpp"

namespace setclick::api {

/// Nothing for a token of another kind, and for one that names no end.
std::optional<wall_time> token_end(secret<std::string> const& token);

}  // namespace setclick::api
