// What a line of the log is in systemd's journal.
#include "telemetry/journal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "setclickd/base/unique_fd.hpp"
#include "support/temp_dir.hpp"
#include "telemetry/log_format.hpp"

namespace setclick::telemetry {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> entry_of(level l, std::string_view message,
                                  std::vector<field> const& fields) {
    return journal_entry(l, format_line(log_format::journald, l, {}, message, fields), fields);
}

TEST(journal_entry, holds_the_line_its_level_and_each_field_by_its_name) {
    EXPECT_THAT(
        entry_of(level::warn, "file left alone",
                 {{"file", "a b.ndjson"}, {"count", 3}, {"event", "file_left_alone"}}),
        ElementsAre("MESSAGE=file left alone file=\"a b.ndjson\" count=3 event=file_left_alone",
                    "PRIORITY=4", "SYSLOG_IDENTIFIER=setclickd", "SETCLICKD_FILE=a b.ndjson",
                    "SETCLICKD_COUNT=3", "SETCLICKD_EVENT=file_left_alone"));
}

TEST(journal_entry, what_came_from_outside_makes_no_field_of_its_own) {
    auto const entry =
        entry_of(level::error, "x\nPRIORITY=0", {{"file", "a\nMESSAGE=forged"}, {"odd-Key", "v"}});
    EXPECT_THAT(entry, Each(Not(HasSubstr("\n"))));
    EXPECT_THAT(entry, Contains("SETCLICKD_FILE=a\\nMESSAGE=forged"));
    EXPECT_THAT(entry, Contains("SETCLICKD_ODD__EY=v"));
    EXPECT_EQ(entry.size(), 5U);
}

TEST(journal_entry, each_level_has_syslogs_priority) {
    for (auto const& [l, priority] : {std::pair(level::debug, "PRIORITY=7"),
                                      {level::info, "PRIORITY=6"},
                                      {level::warn, "PRIORITY=4"},
                                      {level::error, "PRIORITY=3"}})
        EXPECT_THAT(entry_of(l, "x", {}), Contains(priority));
}

TEST(send_to_journal, entry_is_one_datagram_of_lines) {
    test::temp_dir const dir;
    auto const path = dir.file("socket");
    unique_fd const listener{::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)};
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    path.copy(at.sun_path, sizeof at.sun_path - 1);
    ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr const*>(&at), sizeof at), 0);
    std::vector<std::string> const entry{"MESSAGE=it", "PRIORITY=6"};
    EXPECT_TRUE(send_to_journal(entry, path.c_str()));
    char buffer[256];
    auto const n = ::recv(listener.get(), buffer, sizeof buffer, 0);
    EXPECT_EQ(std::string(buffer, n > 0 ? static_cast<std::size_t>(n) : 0),
              "MESSAGE=it\nPRIORITY=6\n");
}

TEST(send_to_journal, one_that_was_not_taken_is_reported) {
    std::vector<std::string> const entry{"MESSAGE=it"};
    EXPECT_FALSE(send_to_journal(entry, "/nonexistent/socket"));
    EXPECT_FALSE(send_to_journal(entry, std::string(200, 'x').c_str()));
}

}  // namespace
}  // namespace setclick::telemetry
