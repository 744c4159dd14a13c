// The parts of `top` beside its frame: plots, what was seen over the last minutes, keys, and what a
// terminal can show.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "terminal_glyphs.hpp"
#include "text_plot.hpp"
#include "top_history.hpp"
#include "top_keys.hpp"

namespace setclick::cli {
namespace {

using testing::DoubleNear;
using testing::Each;
using testing::ElementsAre;
using figure = top_history::figure;

constexpr double none = std::numeric_limits<double>::quiet_NaN();

TEST(text_plot, heights_follow_the_values) {
    std::vector<double> const values{0, 1, 2, 3, 4, 5, 6, 7, 8, 99, 0.001, none, -1};
    EXPECT_THAT(plotted(values, 8, 1, glyphs::blocks), ElementsAre(" ▁▂▃▄▅▆▇██▁  "));
    EXPECT_THAT(plotted(values, 8, 1, glyphs::text), ElementsAre(" _.-:=+*##_  "));
    EXPECT_THAT(plotted(std::vector<double>{0, 1, 4, 5, 8}, 8, 2, glyphs::blocks),
                ElementsAre("   ▂█", " ▂███"));
    EXPECT_THAT(plotted(values, 0, 1, glyphs::ascii), ElementsAre("             "));
    EXPECT_THAT(plotted({}, 8, 3, glyphs::ascii), ElementsAre("", "", ""));
    EXPECT_EQ(largest_of(values), 99);
    EXPECT_EQ(largest_of(std::vector<double>{none}), 0);
}

steady_time at(double seconds) {
    return steady_time{} + std::chrono::hours{1} +
           std::chrono::milliseconds{static_cast<std::int64_t>(seconds * 1000)};
}

top_sample sample(double seconds, std::uint64_t delivered, std::uint64_t attempts = 0,
                  std::int64_t pid = 7) {
    top_sample s;
    s.at = at(seconds);
    s.pid = pid;
    s.delivered = delivered;
    s.attempts = attempts;
    return s;
}

TEST(top_history, rates_are_those_of_the_samples) {
    top_history h{10s};
    for (unsigned i = 0; i <= 20; ++i)
        h.add(sample(i, i <= 10 ? 3U * i : 30U + 5U * (i - 10U)));
    EXPECT_EQ(h.column_length(5), 2s);
    EXPECT_EQ(h.column_length(100), 1s);
    EXPECT_EQ(h.column_length(0), 10s);
    EXPECT_THAT(h.rates(figure::delivered, 5), Each(DoubleNear(5, 1e-6)));
    EXPECT_NEAR(h.rate(figure::delivered, 2s), 5, 1e-6);
    EXPECT_NEAR(h.rate(figure::delivered, 12s), (2 * 3 + 10 * 5) / 12.0, 1e-6);
    EXPECT_THAT(h.rates(figure::rejected, 3), Each(0));
    EXPECT_TRUE(h.rates(figure::delivered, 0).empty());
}

TEST(top_history, what_was_not_seen_is_unknown) {
    top_history h{10s};
    EXPECT_TRUE(std::isnan(h.rate(figure::delivered, 10s)));
    EXPECT_TRUE(h.rates(figure::delivered, 5).empty());
    h.add(sample(0, 100));
    EXPECT_TRUE(std::isnan(h.rate(figure::delivered, 10s)));
    h.add(sample(1, 107));
    EXPECT_NEAR(h.rate(figure::delivered, 10s), 7, 1e-6) << "of the second that is known";
    auto const seen = h.rates(figure::delivered, 5);
    ASSERT_EQ(seen.size(), 5U);
    EXPECT_TRUE(std::isnan(seen[0]));
    EXPECT_NEAR(seen[4], 7, 1e-6);
}

TEST(top_history, a_restart_of_the_daemon_and_another_ledger_make_no_rate) {
    top_history h{10s};
    h.add(sample(0, 100, 1000, 7));
    h.add(sample(1, 104, 1010, 7));
    h.add(sample(2, 108, 4, 8));  // the daemon counts anew, the ledger does not
    h.add(sample(3, 112, 10, 8));
    EXPECT_NEAR(h.rate(figure::delivered, 3s), 4, 1e-6);
    EXPECT_NEAR(h.rate(figure::attempts, 3s), (10 + 6) / 2.0, 1e-6) << "of two seconds of three";
    h.add(sample(4, 112, 0, 0));  // no answer
    EXPECT_TRUE(std::isnan(h.rate(figure::attempts, 1s)));
    EXPECT_NEAR(h.rate(figure::delivered, 1s), 0, 1e-6) << "the ledger can be read still";
    h.add(sample(5, 3, 0, 9));  // another ledger
    EXPECT_TRUE(std::isnan(h.rate(figure::delivered, 1s)));
    h.add(sample(5, 900, 0, 9));  // at no other time than the one before: left out
    EXPECT_TRUE(std::isnan(h.rate(figure::delivered, 1s)));
}

TEST(top_history, memory_does_not_grow_with_time) {
    top_history h{10s};
    for (unsigned i = 0; i < 100'000; ++i)
        h.add(sample(i, 2U * i));
    EXPECT_NEAR(h.rate(figure::delivered, std::chrono::hours{10}), 2, 1e-6);
    EXPECT_THAT(h.rates(figure::delivered, 10), Each(DoubleNear(2, 1e-6)));
    EXPECT_LE(h.size(), 15U);
}

TEST(top_history, durations_are_those_of_the_time_asked_for) {
    auto const with = [](double seconds, std::vector<std::uint64_t> counts, std::int64_t pid = 7) {
        auto s = sample(seconds, 0, 0, pid);
        s.request_seconds = {{0.1, 0.2, 0.4}, std::move(counts), 0};
        return s;
    };
    top_history h{10s};
    h.add(with(0, {100, 0, 0, 0}));
    EXPECT_TRUE(std::isnan(h.duration(0.5, 10s)));
    h.add(with(5, {100, 0, 0, 0}));
    EXPECT_TRUE(std::isnan(h.duration(0.5, 5s))) << "nothing was answered";
    h.add(with(10, {150, 50, 0, 0}));
    EXPECT_NEAR(h.duration(0.5, 5s), 0.1, 1e-9);
    EXPECT_NEAR(h.duration(0.25, 5s), 0.05, 1e-9);
    EXPECT_NEAR(h.duration(0.95, 5s), 0.19, 1e-9);
    h.add(with(15, {150, 50, 0, 10}));
    EXPECT_NEAR(h.duration(0.5, 5s), 0.4, 1e-9) << "no more is known than that it took longer";
    h.add(with(20, {1, 0, 0, 0}, 8));
    EXPECT_TRUE(std::isnan(h.duration(0.5, 5s))) << "another daemon";
    auto const columns = h.durations(0.5, 2);
    ASSERT_EQ(columns.size(), 2U);
    EXPECT_TRUE(std::isnan(columns[1]));
}

std::vector<top_key> keys_of(std::initializer_list<std::string_view> pieces) {
    top_keys keys;
    std::vector<top_key> out;
    for (auto const piece : pieces)
        for (auto const key : keys.read(piece))
            out.push_back(key);
    return out;
}

TEST(top_keys, letters_and_sequences_in_pieces) {
    using enum top_key;
    EXPECT_THAT(keys_of({"qjkhgG ?\x03"}),
                ElementsAre(quit, down, up, help, first, last, page_down, help, quit));
    EXPECT_THAT(keys_of({"\x1b[A\x1b[B\x1bOA\x1bOB"}), ElementsAre(up, down, up, down));
    EXPECT_THAT(keys_of({"\x1b", "[", "5", "~j"}), ElementsAre(page_up, down));
    EXPECT_THAT(keys_of({"\x1b[6~\x1b[1~\x1b[4~\x1b[H\x1b[F"}),
                ElementsAre(page_down, first, last, first, last));
    EXPECT_THAT(keys_of({"\x1b[1;5C\x1b[200~"}), ElementsAre(other, other));
    EXPECT_THAT(keys_of({"\x1b\x1b[A"}), ElementsAre(up)) << "ESC alone is nothing";
    EXPECT_THAT(keys_of({"x\r\n"}), ElementsAre(other, other, other));
    EXPECT_THAT(keys_of({"\x1b[" + std::string(1000, '1')}), Each(other)) << "bounded";
}

TEST(terminal_glyphs, follow_the_locale_and_the_terminal) {
    EXPECT_EQ(glyphs_for("de_DE.UTF-8", "xterm-256color"), glyphs::blocks);
    EXPECT_EQ(glyphs_for("C.utf8", "tmux"), glyphs::blocks);
    EXPECT_EQ(glyphs_for("C.UTF-8", "linux"), glyphs::text);
    EXPECT_EQ(glyphs_for("C", "xterm"), glyphs::ascii);
    EXPECT_EQ(glyphs_for("de_DE.ISO-8859-1", "xterm"), glyphs::ascii);
    EXPECT_EQ(glyphs_for("", ""), glyphs::ascii);
}

}  // namespace
}  // namespace setclick::cli
