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
        // No JSON at all.
        {ndjson, "event_id,click_time\na,1634707888000\n", file_kind::table},
        {json, "\"event_id\";\"click_time\"\n\"a\";\"1\"\n", file_kind::table},
        {ndjson, "<!DOCTYPE html>\n<p>{x}\n", file_kind::markup},
        {json, "  <?xml version=\"1.0\"?>\n<e/>\n", file_kind::markup},
        {ndjson, "- event_id: a\n  click_time: 1\n", file_kind::words},
        {ndjson, std::string(600, '\0'), file_kind::words},
        {ndjson, "17\n", file_kind::lines},
        {ndjson, "\"{\\\"a\\\":1}\"\n\"{}\"\n", file_kind::lines},
        {json, "null", file_kind::elements},
        {ndjson, "", file_kind::lines},
        {json, " ", file_kind::elements},
    };
    for (auto const& row : table) {
        auto const shape = shape_of(row.by_name, row.head, true, true);
        ASSERT_TRUE(shape) << row.head;
        EXPECT_EQ(static_cast<int>(shape->kind), static_cast<int>(row.want)) << row.head;
        EXPECT_EQ(shape->noise, 0U) << row.head;
        // More of the file never changes what was decided from less of it.
        for (std::size_t n = 0; n <= row.head.size(); ++n) {
            auto const early = shape_of(row.by_name, row.head.substr(0, n), false, false);
            if (early) {
                EXPECT_EQ(static_cast<int>(early->kind), static_cast<int>(row.want))
                    << row.head << " after " << n;
            }
        }
    }
}

TEST(file_shape, words_before_the_json_are_noise_up_to_its_line) {
    auto const noise = [](std::string_view head) {
        return shape_of(json, head, true, true)->noise;
    };
    EXPECT_EQ(noise("<br />\n<b>Warning</b>: x in /a.php on line 7<br />\n[{\"a\":1}]\n"), 51U);
    EXPECT_EQ(noise("Deprecated: {x}\n\n  {\"a\":1}\n"), 17U);
    EXPECT_EQ(noise("oops\nno JSON here\n"), 0U);
    EXPECT_EQ(noise("<pre>[\n{\"event_id\":1}]</pre>"), 5U);
    EXPECT_EQ(noise("var x = {\"data\":[{\"event_id\":1}]};"), 8U);
    EXPECT_EQ(noise("callback([{\"event_id\":1}]);"), 9U);
    EXPECT_EQ(noise("2026-11-28 10:00:01 begins\n{\"a\":1}\n"), 27U);
    EXPECT_EQ(noise("null\n[{\"a\":1}]"), 0U) << "a value of JSON is an element";
    EXPECT_EQ(noise("[{\"a\":1}]\n"), 0U);
}

}  // namespace
}  // namespace setclick::event
