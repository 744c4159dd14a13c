#include "password_check.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>

namespace setclick::web {
namespace {

int six_bits_of(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+') return 62;
    return c == '/' ? 63 : -1;
}

/// RFC 4648, with or without the padding.
std::optional<std::string> from_base64(std::string_view text) {
    while (text.ends_with('='))
        text.remove_suffix(1);
    if (text.size() % 4 == 1) return std::nullopt;
    std::string out;
    unsigned bits = 0;
    unsigned count = 0;
    for (char const c : text) {
        int const value = six_bits_of(c);
        if (value < 0) return std::nullopt;
        bits = (bits << 6 | static_cast<unsigned>(value)) & 0xFFFFU;
        count += 6;
        if (count < 8) continue;
        count -= 8;
        out.push_back(static_cast<char>(bits >> count & 0xFFU));
    }
    return out;
}

using digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

digest digest_of(std::string const& text) {
    digest out{};
    ::SHA256(reinterpret_cast<unsigned char const*>(text.data()), text.size(), out.data());
    return out;
}

/// Of digests, so that the time shows neither length nor place of the first difference.
bool is_same(std::string const& a, std::string const& b) {
    auto const of_a = digest_of(a);
    auto const of_b = digest_of(b);
    return ::CRYPTO_memcmp(of_a.data(), of_b.data(), of_a.size()) == 0;
}

bool is_word(std::string_view text, std::string_view lower) {
    return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    });
}

}  // namespace

std::optional<secret<std::string>> password_of(std::string_view authorization) {
    auto const blank = authorization.find(' ');
    if (blank == std::string_view::npos || !is_word(authorization.substr(0, blank), "basic"))
        return std::nullopt;
    auto rest = authorization.substr(blank);
    while (rest.starts_with(' '))
        rest.remove_prefix(1);
    auto const both = from_base64(rest);
    if (!both) return std::nullopt;
    auto const colon = both->find(':');
    if (colon == std::string::npos) return std::nullopt;
    return secret<std::string>(both->substr(colon + 1));
}

password_verdict password_check::verdict(client const& who,
                                         std::span<std::string_view const> authorization,
                                         steady_time now) {
    if (authorization.empty()) return password_verdict::none_given;
    auto const given =
        authorization.size() == 1 ? password_of(authorization.front()) : std::nullopt;
    if (given && is_same(given->reveal(), password_.reveal())) return password_verdict::right;
    auto& left = of(who.name, now).left;
    if (left < 1) return password_verdict::wrong_again;
    left -= 1;
    return password_verdict::wrong;
}

auto password_check::of(std::string_view name, steady_time now) -> guesses& {
    if (auto const known = clients_.find(name); known != clients_.end()) {
        auto& g = known->second;
        auto const passed = std::chrono::duration<double>(now - g.at).count();
        g.left = std::min(wrong_at_once, g.left + passed * wrong_a_second);
        g.at = now;
        return g;
    }
    // Those who have not guessed for longest have the most left, and lose nothing that counts.
    if (clients_.size() >= most_clients)
        clients_.erase(std::ranges::min_element(clients_, {},
                                                [](auto const& entry) { return entry.second.at; }));
    return clients_.emplace(std::string(name), guesses{wrong_at_once, now}).first->second;
}

}  // namespace setclick::web
