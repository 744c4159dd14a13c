// What a coding decodes to, and what no coding may do to our memory.
#include "net/decode.hpp"

#include <gtest/gtest.h>

#include "sandbox/compress.hpp"

namespace setclick::net {
namespace {

constexpr std::size_t limit = 1 << 20;

struct way {
    char const* name;
    coding how;
    sandbox::coding packed_as;
};
void PrintTo(way const& w, std::ostream* out) {
    *out << w.name;
}

std::string long_text() {
    std::string out;
    for (int i = 0; i < 5'000; ++i)
        out += "row " + std::to_string(i * i) + "\n";
    return out;
}

/// In pieces of `piece` bytes, as they come from a socket.
result<std::string> decoded(coding how, std::string_view packed, std::size_t piece,
                            std::size_t most = limit) {
    decoder d(how, most);
    std::string out;
    for (std::size_t at = 0; at < packed.size(); at += piece)
        if (auto done = d.put(packed.substr(at, piece), out); !done) return done.error();
    if (auto done = d.finish(); !done) return done.error();
    return out;
}

class net_decode : public testing::TestWithParam<way> {
protected:
    std::string packed(std::string const& text) const {
        return sandbox::encoded(text, GetParam().packed_as);
    }
};

TEST_P(net_decode, pieces_of_any_size_give_the_text) {
    auto const text = long_text();
    auto const bytes = packed(text);
    for (std::size_t const piece : {1UL, 7UL, 4096UL, bytes.size()}) {
        auto const out = decoded(GetParam().how, bytes, piece);
        ASSERT_TRUE(out) << out.error().message;
        EXPECT_EQ(*out, text) << piece;
    }
}

TEST_P(net_decode, a_text_that_ends_where_our_buffer_does_is_whole) {
    auto text = long_text();
    for (std::size_t const size : {4096UL, 8192UL, 16384UL, 32768UL}) {
        text.resize(size, 'x');
        auto const bytes = packed(text);
        auto const out = decoded(GetParam().how, bytes, bytes.size());
        ASSERT_TRUE(out) << size << ": " << out.error().message;
        EXPECT_EQ(*out, text);
        text = long_text();
    }
}

TEST_P(net_decode, nothing_at_all_is_empty) {
    auto const out = decoded(GetParam().how, packed(""), 3);
    ASSERT_TRUE(out) << out.error().message;
    EXPECT_EQ(*out, "");
}

TEST_P(net_decode, a_body_that_is_cut_short_is_an_error) {
    auto const bytes = packed(long_text());
    EXPECT_FALSE(decoded(GetParam().how, bytes.substr(0, bytes.size() - 1), 1000));
    EXPECT_FALSE(decoded(GetParam().how, bytes.substr(0, bytes.size() / 2), 1000));
}

TEST_P(net_decode, bytes_behind_the_end_are_an_error) {
    EXPECT_FALSE(decoded(GetParam().how, packed("text") + "more", 1000));
    EXPECT_FALSE(decoded(GetParam().how, packed("text") + "m", 1));
}

TEST_P(net_decode, damaged_bytes_are_an_error_and_never_more_than_the_limit) {
    auto bytes = packed(long_text());
    for (std::size_t at = 0; at < bytes.size(); at += bytes.size() / 20 + 1) {
        auto damaged = bytes;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
        auto const out = decoded(GetParam().how, damaged, 512);
        if (out) {
            EXPECT_LE(out->size(), limit);
        }
    }
}

TEST_P(net_decode, a_bomb_ends_at_the_limit) {
    auto const bytes = packed(std::string(16 << 20, ' '));
    EXPECT_LT(bytes.size(), std::size_t{1} << 20);
    decoder d(GetParam().how, limit);
    std::string out;
    EXPECT_FALSE(d.put(bytes, out));
    EXPECT_LE(out.size(), limit);
}

INSTANTIATE_TEST_SUITE_P(codings, net_decode,
                         testing::Values(way{"gzip", coding::gzip, sandbox::coding::gzip},
                                         way{"deflate", coding::deflate, sandbox::coding::deflate},
                                         way{"raw deflate", coding::deflate,
                                             sandbox::coding::raw_deflate},
                                         way{"br", coding::br, sandbox::coding::br}));

TEST(net_decode_names, are_those_of_the_header) {
    EXPECT_EQ(coding_named(""), coding::identity);
    EXPECT_EQ(coding_named("gzip"), coding::gzip);
    EXPECT_EQ(coding_named("br"), coding::br);
    EXPECT_FALSE(coding_named("gzip, br"));
    EXPECT_FALSE(coding_named("zstd"));
}

}  // namespace
}  // namespace setclick::net
