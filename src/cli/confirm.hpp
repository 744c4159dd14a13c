// Asking a person before something that cannot be undone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "console.hpp"

namespace setclick::cli {

/// True with `yes`, or when the count was typed on a terminal. Else an error that explains how to
/// confirm, and with `look_first` how to look before.
result<void> confirmed(std::uint64_t count, std::string const& what, bool yes, console const& io,
                       std::string_view look_first = {});

}  // namespace setclick::cli
