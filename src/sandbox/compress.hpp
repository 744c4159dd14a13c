// Content codings of the report: which one a client may get, and making it.
#pragma once

#include <string>
#include <string_view>

namespace setclick::sandbox {

enum class coding { identity, gzip, deflate, raw_deflate, br };

/// What the flags ask for: never, whatever the client likes best, or just one.
enum class coding_choice { none, automatic, gzip, deflate, raw_deflate, br };

/// The coding for a client that sent `accept_encoding`; identity when it accepts none of those
/// allowed. Automatic prefers br, gzip, deflate among equal q values.
coding choose_coding(coding_choice choice, std::string_view accept_encoding) noexcept;

/// The value of Content-Encoding; "" for identity. Raw deflate calls itself deflate, as some
/// servers do.
std::string_view name_of(coding c) noexcept;

std::string encoded(std::string_view text, coding c);

}  // namespace setclick::sandbox
