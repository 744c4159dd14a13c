#include "sandbox/compress.hpp"

#include <brotli/decode.h>
#include <gtest/gtest.h>
#include <zlib.h>

namespace setclick::sandbox {
namespace {

std::string inflated(std::string_view data, int window_bits, std::size_t size) {
    z_stream stream{};
    EXPECT_EQ(inflateInit2(&stream, window_bits), Z_OK);
    std::string out(size + 1, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
    stream.avail_in = static_cast<uInt>(data.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return out;
}

std::string report_like() {
    std::string text = R"({"status":"ok","data":[)";
    for (int i = 0; i < 500; ++i)
        text += R"({"_id":")" + std::to_string(i * 7919) + R"("},)";
    return text + "{}]}";
}

TEST(encoded, every_coding_decodes_to_the_same_text) {
    for (auto const& text : {std::string{}, std::string("x"), report_like()}) {
        EXPECT_EQ(encoded(text, coding::identity), text);
        EXPECT_EQ(inflated(encoded(text, coding::gzip), 16 + MAX_WBITS, text.size()), text);
        EXPECT_EQ(inflated(encoded(text, coding::deflate), MAX_WBITS, text.size()), text);
        EXPECT_EQ(inflated(encoded(text, coding::raw_deflate), -MAX_WBITS, text.size()), text);
        auto const br = encoded(text, coding::br);
        std::string out(text.size() + 1, '\0');
        auto size = out.size();
        ASSERT_EQ(
            BrotliDecoderDecompress(br.size(), reinterpret_cast<std::uint8_t const*>(br.data()),
                                    &size, reinterpret_cast<std::uint8_t*>(out.data())),
            BROTLI_DECODER_RESULT_SUCCESS);
        out.resize(size);
        EXPECT_EQ(out, text);
    }
}

TEST(choose_coding, header_and_switch_decide_together) {
    struct {
        coding_choice choice;
        char const* header;
        coding expected;
    } const cases[] = {
        {coding_choice::none, "gzip, deflate, br", coding::identity},
        {coding_choice::automatic, "gzip, deflate, br", coding::br},
        {coding_choice::automatic, "gzip, deflate", coding::gzip},
        {coding_choice::automatic, "deflate", coding::deflate},
        {coding_choice::automatic, "br;q=0.1, gzip;q=0.9", coding::gzip},
        {coding_choice::automatic, "br;q=0, gzip;q=0", coding::identity},
        {coding_choice::automatic, "*", coding::br},
        {coding_choice::automatic, "", coding::identity},
        {coding_choice::automatic, "zstd", coding::identity},
        {coding_choice::gzip, "gzip, deflate, br", coding::gzip},
        {coding_choice::deflate, "GZIP, Deflate", coding::deflate},
        {coding_choice::raw_deflate, "deflate", coding::raw_deflate},
        {coding_choice::br, "gzip", coding::identity},
    };
    for (auto const& c : cases)
        EXPECT_EQ(choose_coding(c.choice, c.header), c.expected) << c.header;
}

}  // namespace
}  // namespace setclick::sandbox
