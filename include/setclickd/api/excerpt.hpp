// A short piece of an answer for receipts and logs, with everything taken out that must not get
// there.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "setclickd/api/verdict.hpp"
#include "setclickd/event/event.hpp"

namespace setclick::api {

inline constexpr std::size_t excerpt_limit = 512;

/// The answer's Location (of a redirect), the field by which a bot wall marks it, and its body: printable, one line, at most excerpt_limit
/// bytes. Each of `secrets` (also its first 8 bytes or more alone, or where the body was cut inside
/// it), every e-mail address and every bearer token comes out as ***.
std::string excerpt(answer_view const& answer, std::span<std::string_view const> secrets);

/// The strings and numbers of 4 bytes and more in the event's `settings` and `lead`, in every
/// spelling in which a server might echo them (raw, JSON, form, HTML): pass them to `excerpt`
/// in addition to the token.
std::vector<std::string> personal_values(event::view const& value);

}  // namespace setclick::api
