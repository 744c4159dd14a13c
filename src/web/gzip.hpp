// Compression of an answer, and whether the client takes it. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace setclick::web {

/// As RFC 9110 reads an Accept-Encoding: gzip or * is named there, and not with q=0.
bool takes_gzip(std::string_view accept_encoding);
/// Nothing where it would not be shorter.
std::optional<std::string> gzip(std::string_view text);

}  // namespace setclick::web
