// A good event costs no allocation once the buffers have their size: this program counts every one.
#include <gtest/gtest.h>

#include "allocation_count.hpp"
#include "event_fixture.hpp"
#include "setclickd/event/record.hpp"

namespace setclick::event {
namespace {

std::string many_members(int count) {
    std::string out;
    for (int i = 0; i < count; ++i)
        out += (i == 0 ? "{" : ",") + ("\"member" + std::to_string(i)) + "\":" + std::to_string(i);
    return out + "}";
}

TEST(allocation, reading_and_recording_a_good_event_takes_none) {
    std::string const texts[] = {
        event_with(
            R"("event_id":"crm-8841","referrer":"https://a/","current_url":"https://b/","microconversion":true)"),
        event_with(
            R"("event_id":"\u0063rm\n","lead":{"a":[1,2.50,{"b":null}],"c":"\ud83d\ude00"})"),
        event_with_settings(many_members(40)),
    };
    reader reads{one_account()};
    std::string record;
    for (auto const& text : texts) {
        ASSERT_TRUE(reads.read(text, test_now).accepted);
        append_record(record, reads.read(text, test_now).value);
    }
    auto const before = allocations();
    std::size_t bytes = 0;
    for (int i = 0; i < 1000; ++i) {
        for (auto const& text : texts) {
            record.clear();
            append_record(record, reads.read(text, test_now).value);
            bytes += parse_record(record)->settings.size();
        }
    }
    EXPECT_EQ(allocations() - before, 0U);
    EXPECT_GT(bytes, 0U);
}

TEST(allocation, splitting_lines_takes_none_per_line) {
    std::string file;
    for (int i = 0; i < 1000; ++i)
        file += event_with() + "\n";
    splitter s{file_format::lines};
    auto const before = allocations();
    std::size_t pieces = 0;
    s.consume(file, true, [&](piece const&) { return ++pieces > 0; });
    EXPECT_EQ(pieces, 1000U);
    EXPECT_EQ(allocations() - before, 0U);
}

}  // namespace
}  // namespace setclick::event
