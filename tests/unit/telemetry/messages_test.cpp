// The table of the log's messages, and its page. When a row changes:
//   SETCLICKD_WRITE_REFERENCE=1 telemetry_test --gtest_filter='messages.*'
#include "setclickd/telemetry/messages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

namespace setclick::telemetry {
namespace {

using testing::HasSubstr;

std::string const page = SETCLICKD_DOCS_DIR "/messages.md";
std::string const begin_mark = "<!-- messages: made from the table -->\n";

TEST(messages, page_is_what_the_table_makes) {
    std::ifstream in(page, std::ios::binary);
    std::ostringstream read;
    read << in.rdbuf();
    auto const text = read.str();
    auto const at = text.find(begin_mark);
    ASSERT_NE(at, std::string::npos);
    if (std::getenv("SETCLICKD_WRITE_REFERENCE") != nullptr) {
        std::ofstream(page, std::ios::binary)
            << text.substr(0, at) << begin_mark << messages_page();
        return;
    }
    EXPECT_EQ(text.substr(at), begin_mark + messages_page());
}

TEST(messages, each_has_a_key_of_its_own_and_a_text_of_its_own) {
    std::set<std::string_view> keys;
    std::set<std::string_view> texts;
    for (auto const& m : messages()) {
        EXPECT_TRUE(keys.insert(m.key).second) << m.key;
        EXPECT_TRUE(texts.insert(m.text).second) << m.text;
        EXPECT_EQ(m.key.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string_view::npos)
            << m.key;
        EXPECT_EQ(message_with_key(m.key), &m);
        EXPECT_EQ(message_with_text(m.text), &m);
        EXPECT_EQ(m.text.find('|'), std::string_view::npos) << "breaks the page's table";
    }
    EXPECT_EQ(message_with_key("no_such_key"), nullptr);
    EXPECT_EQ(message_with_key(""), nullptr);
    EXPECT_EQ(message_with_text("no such text"), nullptr);
}

TEST(messages, line_of_the_log_ends_with_its_key) {
    testing::internal::CaptureStderr();
    log_line(level::info, "file finished", {{"file", "a.ndjson"}});
    log_line(level::info, "of no row");
    auto const seen = testing::internal::GetCapturedStderr();
    EXPECT_THAT(seen, HasSubstr("file finished file=a.ndjson event=file_finished\n"));
    EXPECT_THAT(seen, HasSubstr("of no row\n"));
}

TEST(messages, explanation_names_what_it_means_and_what_to_do) {
    auto const text = explanation(*message_with_key("account_parked"));
    for (auto const* part : {"account_parked (error)", "the account is parked; its events wait",
                             "What it means: ", "What to do: "})
        EXPECT_THAT(text, HasSubstr(part));
}

}  // namespace
}  // namespace setclick::telemetry
