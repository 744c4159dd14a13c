// A small file in the spool's root that is there whole or not at all.
#pragma once

#include <string_view>

#include "setclickd/spool/directory.hpp"

namespace setclick::spool {

/// Durable when it returns.
result<void> write_identity_file(directory const& spool, char const* name, char const* temporary,
                                 std::string_view text);

}  // namespace setclick::spool
