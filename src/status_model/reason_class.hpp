// The class of a reason for which a line was refused. Pure.
#pragma once

#include <string>
#include <string_view>

namespace setclick::status_model {

/// The reason without what differs from line to line, such as places and quoted values, so that a
/// thousand lines with the same fault count as one reason; at most 300 bytes, and nothing of a person.
std::string reason_class(std::string_view reason);

}  // namespace setclick::status_model
