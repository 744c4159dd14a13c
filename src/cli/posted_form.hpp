// An event as it will be posted, for a person to look at.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "setclickd/api/dialect.hpp"
#include "setclickd/event/event.hpp"

namespace setclick::cli {

/// The parameters of the request's form, decoded, in their order. Without `reveal` the values in settings
/// and lead are "***", and so is what may hold an e-mail address.
std::vector<std::pair<std::string, std::string>> posted_form(api::dialect const& d,
                                                             event::view const& value, bool reveal);

/// JSON with "***" in the place of each value; nothing for nothing.
std::string masked_json(std::string_view text);

}  // namespace setclick::cli
