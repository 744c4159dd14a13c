#include "setclickd/api/excerpt.hpp"

#include <algorithm>
#include <cstdio>

#include "form.hpp"
#include "json_walk.hpp"
#include "setclickd/base/text.hpp"

namespace setclick::api {
namespace {

namespace json = boost::json;

constexpr std::string_view mask = "***";
/// Shorter values would be found everywhere ("1", "es").
constexpr std::size_t shortest_value = 4;

void mask_all(std::string& text, std::string_view secret) {
    if (secret.empty()) return;
    for (auto at = text.find(secret); at != std::string::npos;
         at = text.find(secret, at + mask.size()))
        text.replace(at, secret.size(), mask);
}

/// The body was cut: its end may be a secret's beginning.
void mask_cut_end(std::string& text, std::string_view secret) {
    for (auto n = std::min(secret.size(), text.size()); n >= shortest_value; --n) {
        if (!text.ends_with(secret.substr(0, n))) continue;
        text.replace(text.size() - n, n, mask);
        return;
    }
}

/// Servers shorten what they echo: a secret's beginning anywhere in the text.
void mask_beginnings(std::string& text, std::string_view secret) {
    constexpr std::size_t shortest_beginning = 8;
    if (secret.size() <= shortest_beginning) return;
    auto const beginning = secret.substr(0, shortest_beginning);
    for (auto at = text.find(beginning); at != std::string::npos;
         at = text.find(beginning, at + mask.size())) {
        auto n = shortest_beginning;
        while (n < secret.size() && at + n < text.size() && text[at + n] == secret[n])
            ++n;
        text.replace(at, n, mask);
    }
}

bool is_word(char c) noexcept {
    auto const byte = static_cast<unsigned char>(c);
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= 'a' && byte <= 'z') || byte >= 0x80 ||
           std::string_view("._%+-'~").find(c) != std::string_view::npos;
}

bool is_host(char c) noexcept {
    auto const byte = static_cast<unsigned char>(c);
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= 'a' && byte <= 'z') || byte >= 0x80 || c == '.' || c == '-' || c == '[' ||
           c == ']' || c == ':';
}

/// Whatever touches `mark` (an @, plain or encoded) on its left and right.
void mask_addresses(std::string& text, std::string_view mark) {
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) {
        auto begin = at;
        while (begin > 0 && is_word(text[begin - 1]))
            --begin;
        auto end = at + mark.size();
        while (end < text.size() && is_host(text[end]))
            ++end;
        if (begin == at || end == at + mark.size()) {
            at = end;
            continue;
        }
        text.replace(begin, end - begin, mask);
        at = begin + mask.size();
    }
}

bool is_token(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           std::string_view("-._~+/=").find(c) != std::string_view::npos;
}

/// What follows `mark` as a run of token characters of at least `shortest`, the mark itself kept or
/// not.
void mask_tokens(std::string& text, std::string_view mark, std::size_t shortest, bool keep_mark) {
    for (auto at = text.find(mark); at != std::string::npos;) {
        auto const begin = keep_mark ? at + mark.size() : at;
        auto const end = static_cast<std::size_t>(
            std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(begin), text.end(),
                             is_token) -
            text.begin());
        if (end - begin >= shortest) text.replace(begin, end - begin, mask);
        at = text.find(mark, begin + mask.size());
    }
}

void append_utf16_escape(std::string& out, std::uint32_t unit) {
    char buffer[16];
    std::snprintf(buffer, sizeof buffer, "\\u%04x", unit);
    out += buffer;
}

/// As PHP's json_encode writes it: `slashes` escapes /, `ascii` everything beyond ASCII. The text
/// is valid UTF-8.
std::string json_spelling(std::string_view text, bool slashes, bool ascii) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const lead = static_cast<unsigned char>(text[i]);
        if (lead < 0x80 || !ascii) {
            if (text[i] == '"' || text[i] == '\\' || (text[i] == '/' && slashes)) out += '\\';
            out += text[i];
            continue;
        }
        std::size_t const more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
        std::uint32_t c = lead & (0x3FU >> more);
        for (std::size_t k = 0; k < more; ++k)
            c = (c << 6U) | (static_cast<unsigned char>(text[++i]) & 0x3FU);
        if (c >= 0x10000) {
            append_utf16_escape(out, 0xD800 + ((c - 0x10000) >> 10U));
            c = 0xDC00 + ((c - 0x10000) & 0x3FFU);
        }
        append_utf16_escape(out, c);
    }
    return out;
}

std::string html_spelling(std::string_view text) {
    std::string out;
    for (char const c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#039;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

/// The text as servers echo it: raw, inside JSON (with or without \\u and \\/), in a form, in HTML.
void add_spellings(std::string_view text, std::vector<std::string>& out) {
    auto const add = [&](std::string spelling) {
        if (std::find(out.begin(), out.end(), spelling) == out.end())
            out.push_back(std::move(spelling));
    };
    add(std::string(text));
    for (bool const slashes : {false, true})
        for (bool const ascii : {false, true})
            add(json_spelling(text, slashes, ascii));
    std::string form;
    append_encoded(form, text);
    std::string url;
    for (char const c : form)
        url += c == '+' ? std::string("%20") : std::string(1, c);
    add(std::move(form));
    add(std::move(url));
    add(html_spelling(text));
}

/// Line breaks, tabs, quotes and backslashes are escaped in more ways than can be listed, JSON
/// inside JSON among them: what stands between them is looked for by itself, too.
void add_value(std::string_view text, std::vector<std::string>& out) {
    if (text.size() >= shortest_value) add_spellings(text, out);
    auto const is_escaped = [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '"' || c == '\\';
    };
    if (std::ranges::none_of(text, is_escaped)) return;
    while (!text.empty()) {
        auto const end =
            static_cast<std::size_t>(std::ranges::find_if(text, is_escaped) - text.begin());
        if (end >= shortest_value) add_spellings(text.substr(0, end), out);
        text.remove_prefix(std::min(text.size(), end + 1));
    }
}

void collect(json::value const& value, std::vector<std::string>& out) {
    if (auto const* const object = value.if_object()) {
        for (auto const& m : *object)
            collect(m.value(), out);
    } else if (auto const* const array = value.if_array()) {
        for (auto const& element : *array)
            collect(element, out);
    } else if (auto const* const text = value.if_string()) {
        add_value(view_of(*text), out);
    }
}

/// Numbers keep their source text, which the tree has lost: they are taken from the compact JSON.
void collect_numbers(std::string_view text, std::vector<std::string>& out) {
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (in_string && text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            in_string = !in_string;
        } else if (!in_string && text[i] >= '0' && text[i] <= '9') {
            auto const end = std::min(text.find_first_not_of("0123456789.eE+-", i), text.size());
            if (end - i >= shortest_value) out.emplace_back(text.substr(i, end - i));
            i = end - 1;
        }
    }
}

}  // namespace

std::string excerpt(answer_view const& answer, std::span<std::string_view const> secrets) {
    std::string text;
    if (!answer.location.empty())
        text = "Location: " + std::string(answer.location.substr(0, 1024)) + " ";
    if (!answer.wall.empty()) text += std::string(answer.wall) + " ";
    text += answer.body;
    // The longest first, so that a short secret inside a longer one does not leave the rest
    // standing.
    std::vector<std::string_view> ordered(secrets.begin(), secrets.end());
    std::stable_sort(ordered.begin(), ordered.end(),
                     [](auto a, auto b) { return a.size() > b.size(); });
    for (auto const secret : ordered)
        mask_all(text, secret);
    for (auto const secret : ordered)
        mask_beginnings(text, secret);
    if (answer.body_size > answer.body.size())
        for (auto const secret : ordered)
            mask_cut_end(text, secret);
    mask_tokens(text, "Bearer ", 8, true);
    mask_tokens(text, "eyJ", 20, false);  // a JWT begins with the base64 of {"
    for (auto const* mark : {"@", "%40", "\\u0040", "&#64;", "&commat;"})
        mask_addresses(text, mark);
    // Room for the … and for an escape that begins below the limit.
    constexpr std::size_t room = 16;
    return printable(text, excerpt_limit - room);
}

std::vector<std::string> personal_values(event::view const& value) {
    std::vector<std::string> out;
    for (auto const text : {value.settings, value.lead}) {
        if (text.empty()) continue;
        if (auto const tree = parse_json(text, 64)) collect(*tree, out);
        collect_numbers(text, out);
    }
    return out;
}

}  // namespace setclick::api
