// What the tests of `event` share: a reader, the vendor's example, and random texts.
#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "setclickd/event/reader.hpp"
#include "setclickd/event/splitter.hpp"

namespace setclick::event {

inline constexpr std::string_view account = "60a52f6ac660b269d13c3f53";
inline constexpr wall_time test_now = from_ms(1'634'800'000'000);

inline rules one_account() {
    return {{std::string(account)}};
}

/// The smallest good event, with further members at its end.
inline std::string event_with(std::string_view members = {}) {
    std::string out =
        R"({"click_time":1634707888000,"url_parameters":{"utm_source":"s"},"settings":{"email":"user@example.com"})";
    if (!members.empty()) out += "," + std::string(members);
    return out + "}";
}

/// The smallest good event whose settings are this.
inline std::string event_with_settings(std::string_view settings) {
    return R"({"click_time":1634707888000,"url_parameters":{"utm_source":"s"},"settings":)" +
           std::string(settings) + "}";
}

/// Everything that was found, in one line; "" for an accepted event.
inline std::string findings_of(std::string_view text, rules r = one_account()) {
    reader reads{std::move(r)};
    return findings_text(reads.read(text, test_now).findings);
}

inline std::string warnings_of(std::string_view text) {
    reader reads{one_account()};
    return findings_text(reads.read(text, test_now).warnings);
}

/// A text of random code points from all of Unicode but NUL, quotes, controls and surrogates'
/// neighbours included.
inline std::string random_text(std::mt19937& random, std::size_t most = 40) {
    auto const pick = [&](unsigned low, unsigned high) {
        return std::uniform_int_distribution<unsigned>(low, high)(random);
    };
    std::string out;
    for (auto n = pick(0, static_cast<unsigned>(most)); n > 0; --n) {
        unsigned c = 0;
        switch (pick(0, 6)) {
            case 0:
                c = pick(1, 0x1F);
                break;
            case 1:
                c = std::string_view("\"\\/&=+%; #?")[pick(0, 10)];
                break;
            case 2:
                c = pick(0x80, 0x7FF);
                break;
            case 3:
                c = pick(0x800, 0xD7FF);
                break;
            case 4:
                c = pick(0xE000, 0xFFFF);
                break;
            case 5:
                c = pick(0x10000, 0x10FFFF);
                break;
            default:
                c = pick(0x20, 0x7E);
        }
        if (c < 0x80) {
            out += static_cast<char>(c);
        } else if (c < 0x800) {
            out += static_cast<char>(0xC0 | (c >> 6));
            out += static_cast<char>(0x80 | (c & 0x3F));
        } else if (c < 0x10000) {
            out += static_cast<char>(0xE0 | (c >> 12));
            out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
            out += static_cast<char>(0x80 | (c & 0x3F));
        } else {
            out += static_cast<char>(0xF0 | (c >> 18));
            out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
            out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
            out += static_cast<char>(0x80 | (c & 0x3F));
        }
    }
    return out;
}

/// A piece that owns its texts, for comparing.
struct kept_piece {
    std::string text;
    std::uint64_t line = 0;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    std::string problem;
    bool is_remark = false;

    friend bool operator==(kept_piece const&, kept_piece const&) = default;
    friend std::ostream& operator<<(std::ostream& out, kept_piece const& p) {
        return out << "{line " << p.line << " offset " << p.offset << " length " << p.length
                   << " \"" << p.text.substr(0, 60) << "\" " << p.problem << "}";
    }
};

inline kept_piece keep(piece const& p) {
    return {std::string(p.text), p.line, p.offset, p.length, std::string(p.problem), p.is_remark};
}

/// All pieces of a file given at once.
inline std::vector<kept_piece> split(file_format format, std::string_view file,
                                     std::size_t max_text = 65536) {
    std::vector<kept_piece> out;
    splitter s{format, max_text};
    s.consume(file, true, [&](piece const& p) {
        out.push_back(keep(p));
        return true;
    });
    return out;
}

}  // namespace setclick::event
