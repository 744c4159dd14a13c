#include "event/file_shape.hpp"

#include <gtest/gtest.h>

#include <string>

namespace setclick::event {
namespace {

using namespace std::string_literals;

constexpr auto ndjson = file_format::lines;
constexpr auto json = file_format::elements;

TEST(file_shape, what_the_first_bytes_say) {
    struct {
        file_format by_name;
        std::string head;
        file_kind want;
    } const table[] = {
        {ndjson, "\x1F\x8B\x08\x00\x00\x00\x00\x00"s, file_kind::gzip},
        {json, "\x1F\x8B\x08\x00\x00\x00\x00\x00"s, file_kind::gzip},
        {ndjson, "PK\x03\x04........"s, file_kind::packed},
        {ndjson, "\x28\xB5\x2F\xFD........"s, file_kind::packed},
        {ndjson, "\xFF\xFE{\0\"\0e\0"s, file_kind::utf16},
        {json, "\xFE\xFF\0{\0\"\0e"s, file_kind::utf16},
        {ndjson, "{\0\"\0e\0v\0"s, file_kind::utf16},
        {ndjson, "\0[\0{\0\"\0e"s, file_kind::utf16},
        {ndjson, "\xFF\xFE\0\0{\0\0\0"s, file_kind::utf32},
        {json, "\0\0\0{\0\0\0\""s, file_kind::utf32},
        {ndjson, "{\"a\":1}\n{\"a\":2}\n", file_kind::lines},
        {ndjson, "\xEF\xBB\xBF{\"a\":1}\n", file_kind::lines},
        {ndjson, "[{\"a\":1},{\"a\":2}]\n", file_kind::elements},
        {ndjson, "{\n  \"a\": 1\n}\n{\n  \"a\": 2\n}\n", file_kind::elements},
        {ndjson, "{\"a\": 1,\n \"b\": 2}\n", file_kind::elements},
        {ndjson, "{\"a\":1}{\"a\":2}\n", file_kind::elements},
        {ndjson, "{\"a\":1}\r{\"a\":2}\r", file_kind::elements},
        {ndjson, "{\"a\":1}\r\n{\"a\":2}\r\n", file_kind::lines},
        {ndjson, "{\"a\":1},{\"a\":2}\n", file_kind::elements},
        {ndjson, "\x1E{\"a\":1}\n\x1E{\"a\":2}\n", file_kind::lines},
        {ndjson, "\n\n{\"a\":1}\n", file_kind::lines},
        {ndjson, "#! line 3: why\n{\"a\":1\n{\"a\":2}\n", file_kind::lines},
        {ndjson, "#! line 3: why\n{\n \"a\":1\n}\n", file_kind::elements},
        // A broken line is no pretty-printed object.
        {ndjson, "{\"event_id\":\"x\",\"click_time\":16\n{\"event_id\":\"y\"}\n", file_kind::lines},
        {ndjson, "{\"event_id\":\"x\n{\"event_id\":\"y\"}\n", file_kind::lines},
        {ndjson, "{\"event_id\":\n{\"event_id\":\"y\"}\n", file_kind::lines},
        {ndjson, "{\"a\":\n  {\"b\":1}\n}\n", file_kind::elements},
        {ndjson, "nonsense\n{\"a\":1}\n", file_kind::lines},
        {json, "{\"a\":1}\n{\"a\":2}\n", file_kind::elements},
        {ndjson, "", file_kind::lines},
        {json, " ", file_kind::elements},
    };
    for (auto const& row : table) {
        auto const shape = shape_of(row.by_name, row.head, true);
        ASSERT_TRUE(shape) << row.head;
        EXPECT_EQ(static_cast<int>(shape->kind), static_cast<int>(row.want)) << row.head;
        EXPECT_EQ(shape->noise, 0U) << row.head;
        // More of the file never changes what was decided from less of it.
        for (std::size_t n = 0; n <= row.head.size(); ++n) {
            auto const early = shape_of(row.by_name, row.head.substr(0, n), false);
            if (early) {
                EXPECT_EQ(static_cast<int>(early->kind), static_cast<int>(row.want))
                    << row.head << " after " << n;
            }
        }
    }
}

TEST(file_shape, words_before_the_json_are_noise_up_to_its_line) {
    auto const noise = [](std::string_view head) { return shape_of(json, head, true)->noise; };
    EXPECT_EQ(noise("<br />\n<b>Warning</b>: x in /a.php on line 7<br />\n[{\"a\":1}]\n"), 51U);
    EXPECT_EQ(noise("Deprecated: {x}\n\n  {\"a\":1}\n"), 17U);
    EXPECT_EQ(noise("oops\nno JSON here\n"), 0U);
    EXPECT_EQ(noise("null\n[{\"a\":1}]"), 0U) << "a value of JSON is an element";
    EXPECT_EQ(noise("[{\"a\":1}]\n"), 0U);
}

}  // namespace
}  // namespace setclick::event
