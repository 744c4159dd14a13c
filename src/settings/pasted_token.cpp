#include "setclickd/settings/pasted_token.hpp"

#include <algorithm>
#include <array>

#include "setclickd/base/ascii.hpp"

namespace setclick::settings {
namespace {

/// As a person may see them around a text: blanks, quotes of all kinds, a byte order mark, a no-break space.
constexpr std::array<std::string_view, 13> around{
    " ", "\t", "\r",           "\n",       "\"",           "'",           "`",
    ";", ",",  "\xEF\xBB\xBF", "\xC2\xA0", "\xE2\x80\x9C", "\xE2\x80\x9D"};

/// Names that stand before a token in a header, in any case.
constexpr std::array<std::string_view, 2> before{"authorization:", "bearer"};

bool take_off_one(std::string_view& text) noexcept {
    for (auto const piece : around) {
        if (text.starts_with(piece)) {
            text.remove_prefix(piece.size());
            return true;
        }
        if (text.ends_with(piece)) {
            text.remove_suffix(piece.size());
            return true;
        }
    }
    for (auto const name : before) {
        if (!starts_with_ignoring_case(text, name)) continue;
        auto const rest = text.substr(name.size());
        // A token may begin with these letters.
        if (name.back() != ':' && !rest.empty() && rest.front() != ' ' && rest.front() != ':')
            continue;
        text = rest;
        if (text.starts_with(':')) text.remove_prefix(1);
        return true;
    }
    return false;
}

bool is_visible(char c) noexcept {
    return c > ' ' && c < '\x7f';
}

/// Shorter ones are no token of anybody: an id, a password, half of a paste.
constexpr std::size_t shortest = 16;
constexpr std::size_t longest = 16 * 1024;

}  // namespace

result<secret<std::string>> pasted_token(std::string_view text) {
    while (!text.empty() && take_off_one(text)) {
    }
    if (text.empty()) return fail(errc::invalid_data, "nothing was given");
    if (text.find('\n') != std::string_view::npos)
        return fail(errc::invalid_data, "there is more than one line; a token is one word");
    if (!std::all_of(text.begin(), text.end(), is_visible))
        return fail(errc::invalid_data,
                    "there are blanks, control characters or characters outside ASCII inside; a "
                    "token is one word");
    if (text.find("://") != std::string_view::npos)
        return fail(errc::invalid_data, "this is the address of a page, not a token");
    if (text.size() < shortest)
        return fail(errc::invalid_data,
                    "only " + std::to_string(text.size()) +
                        " characters were given; a token has far more: was all of it copied?");
    if (text.size() > longest)
        return fail(errc::invalid_data, "this is too long for a token (more than 16 KiB)");
    return secret<std::string>(std::string(text));
}

bool looks_like_token(std::string_view text) noexcept {
    if (text.find('/') != std::string_view::npos && !text.starts_with("Bearer ")) return false;
    if (text.starts_with("credential:")) return false;
    return text.starts_with("Bearer ") || text.starts_with("eyJ") || text.size() >= 64;
}

}  // namespace setclick::settings
