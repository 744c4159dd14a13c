#include "web/gzip.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <random>

namespace setclick::web {
namespace {

std::string unpacked(std::string const& packed, std::size_t room) {
    z_stream z{};
    EXPECT_EQ(::inflateInit2(&z, 15 + 16), Z_OK);
    std::string out(room, '\0');
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    z.avail_in = static_cast<uInt>(packed.size());
    z.next_out = reinterpret_cast<Bytef*>(out.data());
    z.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(::inflate(&z, Z_FINISH), Z_STREAM_END);
    out.resize(z.total_out);
    ::inflateEnd(&z);
    return out;
}

TEST(Gzip, WhatIsPackedIsWhatComesOut) {
    std::string text;
    for (int n = 0; n < 20'000; ++n)
        text += "setclickd_events_total{account=\"60a52f6ac660b269d13c3f53\"} " +
                std::to_string(n) + "\n";
    auto const packed = gzip(text);
    ASSERT_TRUE(packed);
    EXPECT_LT(packed->size(), text.size() / 4);
    EXPECT_EQ(unpacked(*packed, text.size() + 1), text);
}

TEST(Gzip, WhatWouldNotBeShorterStays) {
    EXPECT_FALSE(gzip(""));
    EXPECT_FALSE(gzip("alive"));
    std::mt19937 random(7);
    std::string noise;
    for (int n = 0; n < 100'000; ++n)
        noise.push_back(static_cast<char>(random() & 0xFFU));
    EXPECT_FALSE(gzip(noise));
}

TEST(Gzip, TheFieldIsReadAsItIsMeant) {
    struct row {
        std::string_view field;
        bool takes;
    };
    row const table[] = {
        {"gzip", true},
        {"gzip, deflate, br, zstd", true},
        {"deflate, gzip;q=1.0, *;q=0.5", true},
        {"br;q=1.0,gzip;q=0.8", true},
        {"x-gzip", true},
        {"*", true},
        {"gzip;q=0.001", true},
        {"", false},
        {"identity", false},
        {"br", false},
        {"gzip;q=0", false},
        {"gzip;q=0.000", false},
        {"gzip; q=0", false},
        {"*;q=0", false},
        {"*, gzip;q=0", false},
        {"gzipx", false},
        {",,;;q=,", false},
    };
    for (auto const& r : table)
        EXPECT_EQ(takes_gzip(r.field), r.takes) << r.field;
}

}  // namespace
}  // namespace setclick::web
