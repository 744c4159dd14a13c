#include "telemetry/line_ring.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "setclickd/base/text.hpp"

namespace setclick::telemetry {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

std::vector<std::uint64_t> numbers(std::vector<recent_line> const& lines) {
    std::vector<std::uint64_t> out;
    out.reserve(lines.size());
    for (auto const& line : lines)
        out.push_back(line.no);
    return out;
}

TEST(line_ring, newest_lines_stay_and_are_numbered_without_a_gap) {
    line_ring ring(3, 100);
    EXPECT_TRUE(ring.after(0).empty());
    for (int n = 1; n <= 8; ++n) {
        ring.add(n == 8 ? level::error : level::info, "line " + std::to_string(n));
        auto const kept = ring.after(0);
        ASSERT_EQ(kept.size(), static_cast<std::size_t>(std::min(n, 3)));
        for (std::size_t i = 0; i < kept.size(); ++i) {
            auto const no = static_cast<std::uint64_t>(n) - kept.size() + 1 + i;
            EXPECT_EQ(kept[i].no, no);
            EXPECT_EQ(kept[i].text, "line " + std::to_string(no));
        }
    }
    EXPECT_EQ(ring.after(0).back().severity, level::error);
    EXPECT_EQ(numbers(ring.after(5)), (std::vector<std::uint64_t>{6, 7, 8}));
    EXPECT_EQ(numbers(ring.after(7)), (std::vector<std::uint64_t>{8}));
    EXPECT_TRUE(ring.after(8).empty());
    EXPECT_TRUE(ring.after(1'000'000).empty()) << "of an earlier start of the daemon";
}

TEST(line_ring, long_line_is_cut_between_two_characters) {
    line_ring ring(2, 10);
    ring.add(level::warn, "123456789€");  // the euro sign begins in the tenth byte
    auto const text = ring.after(0).front().text;
    EXPECT_EQ(text, "123456789…");
    ring.add(level::warn, "1234567890");
    EXPECT_EQ(ring.after(1).front().text, "1234567890");
}

TEST(log_output, written_lines_are_kept_in_the_text_format_whatever_the_logs_own_is) {
    auto const before = recent_lines().empty() ? 0 : recent_lines().back().no;
    for (auto const format : {log_format::text, log_format::journald, log_format::json}) {
        set_up_logging({format, level::info});
        testing::internal::CaptureStderr();
        log_line(level::debug, "left out");
        log_line(level::warn, "kept", {{"file", "a\x1b[2Jb"}});
        auto const written = testing::internal::GetCapturedStderr();
        EXPECT_THAT(written, HasSubstr("kept"));
    }
    set_up_logging({});
    auto const kept = recent_lines(before);
    ASSERT_EQ(kept.size(), 3U);
    for (auto const& line : kept) {
        EXPECT_EQ(line.severity, level::warn);
        EXPECT_THAT(line.text, HasSubstr("Z warn  kept file="));
        EXPECT_THAT(line.text, EndsWith(R"(file="a\x1b[2Jb")")) << "nothing that a terminal obeys";
    }
    EXPECT_EQ(recent_lines(kept.back().no).size(), 0U);
    for (std::size_t n = 0; n < 2 * most_recent_lines; ++n) {
        testing::internal::CaptureStderr();
        log_line(level::info, std::string(2000, 'x'));
        testing::internal::GetCapturedStderr();
    }
    EXPECT_EQ(recent_lines().size(), most_recent_lines);
    EXPECT_LE(recent_lines().back().text.size(),
              longest_recent_line + std::string_view("…").size());
}

}  // namespace
}  // namespace setclick::telemetry
