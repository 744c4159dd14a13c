#include "setclickd/api/token_end.hpp"

#include <cstdint>

#include "json_walk.hpp"

namespace setclick::api {
namespace {

/// The value of a character of base64url; also of base64, which some issuers write.
int value_of(char c) noexcept {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '-' || c == '+') return 62;
    if (c == '_' || c == '/') return 63;
    return -1;
}

std::optional<std::string> decoded(std::string_view text) {
    while (!text.empty() && text.back() == '=')
        text.remove_suffix(1);
    std::string out;
    std::uint32_t bits = 0;
    int have = 0;
    for (auto const c : text) {
        auto const value = value_of(c);
        if (value < 0) return std::nullopt;
        bits = (bits << 6U | static_cast<std::uint32_t>(value)) & 0xFFFFFFU;
        have += 6;
        if (have < 8) continue;
        have -= 8;
        out += static_cast<char>(bits >> static_cast<unsigned>(have) & 0xFFU);
    }
    return out;
}

/// Seconds since 1970 of any year that a clock may show.
constexpr double latest = 253'402'300'799.0;

}  // namespace

std::optional<wall_time> token_end(secret<std::string> const& token) {
    std::string_view const text = token.reveal();
    auto const first = text.find('.');
    if (first == std::string_view::npos) return std::nullopt;
    auto const second = text.find('.', first + 1);
    if (second == std::string_view::npos || text.find('.', second + 1) != std::string_view::npos)
        return std::nullopt;
    auto const claims = decoded(text.substr(first + 1, second - first - 1));
    if (!claims) return std::nullopt;
    auto const tree = parse_json(*claims);
    auto const* const end = tree ? member(&*tree, "exp") : nullptr;
    if (end == nullptr || !end->is_number()) return std::nullopt;
    auto const seconds = end->to_number<double>();
    if (!(seconds >= 0 && seconds <= latest)) return std::nullopt;
    return from_ms(static_cast<std::int64_t>(seconds) * 1000);
}

}  // namespace setclick::api
