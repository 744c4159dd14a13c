#include "setclickd/event/record.hpp"

#include <gtest/gtest.h>

#include "event_fixture.hpp"

namespace setclick::event {
namespace {

TEST(record, is_readable_line_by_line) {
    view v;
    v.event_id = "crm-8841";
    v.click_time = 1634707888000;
    v.url_parameters = R"({"utm_source":"s"})";
    v.settings = R"({"email":"user@example.com"})";
    v.referrer = R"("https://facebook.com/")";
    v.microconversion = true;
    std::string out = "before";
    append_record(out, v);
    EXPECT_EQ(out,
              "before1m\n1634707888000\n{\"utm_source\":\"s\"}\n{\"email\":\"user@example.com\"}\n"
              "\"https://facebook.com/\"\n\n\ncrm-8841");
}

TEST(record, random_events_come_back_as_they_went_in) {
    std::mt19937 random{3};
    auto const literal = [&] {
        std::string out = "\"";
        for (char const c : random_text(random)) {
            auto const byte = static_cast<unsigned char>(c);
            if (byte < 0x20 || c == '"' || c == '\\') {
                char buffer[8];
                std::snprintf(buffer, sizeof buffer, "\\u%04x", byte);
                out += buffer;
            } else {
                out += c;
            }
        }
        return out + "\"";
    };
    reader reads{one_account()};
    for (int round = 0; round < 3000; ++round) {
        std::string members = "\"lead\":{" + literal() + ":" + literal() + "}";
        if (random() % 2 == 0) members += ",\"referrer\":" + literal();
        if (random() % 2 == 0) members += ",\"current_url\":" + literal();
        if (random() % 2 == 0)
            members += ",\"microconversion\":" + std::string(random() % 2 == 0 ? "true" : "false");
        if (random() % 2 == 0) members += ",\"event_id\":\"x" + literal().substr(1);
        auto const& out = reads.read(event_with(members), test_now);
        ASSERT_TRUE(out.accepted) << findings_text(out.findings) << members;
        std::string record;
        append_record(record, out.value);
        auto const back = parse_record(record);
        ASSERT_TRUE(back);
        auto want = out.value;
        want.account_id = {};  // not part of a record
        EXPECT_EQ(*back, want) << record;
    }
}

TEST(record, damaged_or_foreign_texts_are_refused) {
    view v;
    v.click_time = 1634707888000;
    v.url_parameters = v.settings = "{}";
    std::string good;
    append_record(good, v);
    ASSERT_TRUE(parse_record(good));
    for (std::size_t n = 0; n < good.size(); ++n)
        EXPECT_FALSE(parse_record(good.substr(0, n))) << n;
    for (auto const* text :
         {"2-\n1\n{}\n{}\n\n\n\n", "1x\n1\n{}\n{}\n\n\n\n", "1-\n1x\n{}\n{}\n\n\n\n",
          "1-\n1\n\n{}\n\n\n\n", "1-\n1\n{}\n\n\n\n\n", "1-\n1\n{}\n{}\n\n\n", "{}"})
        EXPECT_FALSE(parse_record(text)) << text;
}

}  // namespace
}  // namespace setclick::event
