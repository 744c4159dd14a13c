// Small text helpers that more than one module needs.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace setclick {

/// For logs and terminals: control characters, invalid UTF-8, bidirectional overrides and
/// backslashes come out as \n, \t, \xNN or \u{N}; one line always. At most `limit` bytes, then "…".
std::string printable(std::string_view raw, std::size_t limit = 200);

/// True for what may hold an e-mail address, as it is or percent-encoded: personal wherever it
/// stands.
bool may_hold_address(std::string_view text) noexcept;

/// A value in quotes for a message, cut like `printable`; one that may hold an e-mail address is
/// not shown, but said to be so.
std::string shown_value(std::string_view value, std::size_t limit);

/// The entry of `known` nearest to `name`, empty when none is near enough (more than a third of it
/// would change, and it neither is the first word of one, "token" of "token_file", nor shortens one,
/// "url_params" for "url_parameters").
std::string_view nearest(std::string_view name, std::span<std::string_view const> known);

/// 12345678 → "12,345,678".
std::string grouped(std::uint64_t number);

/// How many bytes at the front are well-formed UTF-8; text.size() when all are.
std::size_t utf8_prefix(std::string_view text) noexcept;

/// True for well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, up to U+10FFFF).
bool is_utf8(std::string_view text) noexcept;

}  // namespace setclick
