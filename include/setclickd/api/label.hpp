// Where an event carries the label that reports show (dialect.label: "lead.label",
// "settings.conversion_type").
#pragma once

#include <string>
#include <string_view>

#include "setclickd/event/event.hpp"

namespace setclick::api {

/// The decoded string (or a whole number's text) at `path` of the event; empty where there is none.
/// The first step is `lead`, `settings` or `url_parameters`.
std::string label_of(std::string_view path, event::view const& value);

}  // namespace setclick::api
