// The frames of `top` in the states that a person meets, as they look. Where one changes on purpose:
//   SETCLICKD_WRITE_REFERENCE=1 cli_test --gtest_filter='top_frame.*'
#include "top_frame.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "reference/held_text.hpp"
#include "setclickd/base/text.hpp"

namespace setclick::cli {
namespace {

using status_model::account_report;
using status_model::park_report;
using status_model::status_report;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

wall_time const noon = from_ms(1'795'954'527'250);
constexpr char const* id = "60a52f6ac660b269d13c3f53";

account_report account(std::string name, std::uint64_t waiting = 0) {
    account_report a;
    a.id = std::move(name);
    a.events.waiting = waiting;
    a.events.delivered = 1200;
    a.rate_per_minute = 600;
    a.last_success = noon - 2s;
    if (waiting > 0) {
        a.oldest_waiting = noon - std::chrono::minutes{3};
        a.drain_eta = milliseconds{waiting * 100};
    } else {
        a.drain_eta = 0ms;
    }
    return a;
}

park_report unauthorised(std::string const& of) {
    return {"unauthorised",
            "the server does not accept the token (401)",
            "{\"status\":\"error\"}",
            "write a valid token to the account's token file (setclickd token " + of + ")",
            "2026-11-29T12:00:00Z",
            41};
}

/// What is shown, with what was seen before.
struct scene {
    status_report report;
    top_history history;
    std::vector<telemetry::recent_line> log;
    std::string trouble{}, chosen{};
    bool shows_help = false;
    glyphs shown = glyphs::blocks;

    explicit scene(std::vector<account_report> accounts) {
        auto& r = report;
        r.now = noon;
        r.has_ledger = true;
        r.ledger_path = "/var/lib/setclickd/ledger.db";
        auto& d = r.daemon;
        d.is_running = true;
        d.pid = 812;
        d.version = "0.1.0";
        d.uptime_seconds = 10'800;
        d.connections_open = 4;
        d.figures.connections_idle = 3;
        d.figures.connections_busy = 1;
        r.last_success = noon - 2s;
        r.accounts = std::move(accounts);
        r.drain_eta = 0ms;
        for (auto const& a : r.accounts) {
            r.events.waiting += a.events.waiting;
            r.events.deferred += a.events.deferred;
            r.events.held += a.events.held;
            r.events.delivered += a.events.delivered;
            if (a.events.pending() > 0) r.oldest_waiting = noon - std::chrono::minutes{3};
            if (!a.drain_eta) r.drain_eta.reset();
            if (r.drain_eta && a.drain_eta) r.drain_eta = std::max(*r.drain_eta, *a.drain_eta);
        }
        r.files_open = 2;
        r.files_incoming = 1;
        log = {
            {1, telemetry::level::info,
             "2026-11-29T12:15:20.100Z info  setclickd is ready event=ready"},
            {2, telemetry::level::info,
             "2026-11-29T12:15:21.100Z info  file read file=crm.ndjson events=120 refused=1 "
             "duplicates=0 event=file_read"},
            {3, telemetry::level::warn,
             "2026-11-29T12:15:22.100Z warn  an event may have been received without our knowing "
             "account=60a52f6ac660b269d13c3f53 reason=timeout then=\"sent again\" "
             "event=unknown_outcome"}};
    }

    /// Five minutes in which deliveries rise and fall, each request answered in about 80 ms.
    scene& worked() {
        double delivered = static_cast<double>(report.events.delivered) - 2000;
        std::uint64_t requests = 0;
        for (int second = -300; second <= 0; ++second) {
            auto const rate = 6 + 4 * std::sin(second / 40.0);
            delivered += rate;
            requests += static_cast<std::uint64_t>(rate) + (second % 60 == 0 ? 2 : 0);
            top_sample s;
            s.at = steady_time{} + std::chrono::hours{2} + seconds{second};
            s.pid = report.daemon.pid;
            s.delivered = static_cast<std::uint64_t>(delivered);
            s.rejected = static_cast<std::uint64_t>((second + 300) / 150);
            s.attempts = requests;
            s.request_seconds = {
                {0.05, 0.1, 0.25}, {requests / 4, requests / 2, requests / 8, 0}, 0};
            history.add(std::move(s));
        }
        report.events.rejected = 2;
        return *this;
    }

    top_view view() const {
        return {report, history, log, trouble, 1000ms, chosen, shows_help, shown};
    }
    std::vector<frame_line> frame(screen_size size) const { return frame_of(view(), size); }
    std::string text(screen_size size) const {
        std::string out;
        for (auto const& line : frame(size))
            out += without_codes(line) + "\n";
        return out;
    }
};

scene working() {
    scene s({account(id, 1520)});
    s.report.events.in_flight = 8;
    return std::move(s.worked());
}

/// The sum of everything that can be wrong with accounts.
scene troubled() {
    auto parked = account("60a52f6ac660b269d13c3f54", 300);
    parked.parked = unauthorised(parked.id);
    parked.drain_eta.reset();
    auto failing = account("60a52f6ac660b269d13c3f55", 20);
    failing.trouble = "503, 4 failures since 2026-11-29T12:10:00Z, next try in 8 s";
    failing.drain_eta.reset();
    auto paused = account("60a52f6ac660b269d13c3f56", 5);
    paused.parked = park_report{
        "paused", "paused by a person", "", "setclickd resume " + paused.id, "2026-11-29T11:00:00Z",
        {}};
    paused.drain_eta.reset();
    auto held = account("60a52f6ac660b269d13c3f57");
    held.events.held = 3;
    auto gone = account("old-account", 12);
    gone.is_configured = false;
    gone.drain_eta.reset();
    scene s({account(id, 40), account("60a52f6ac660b269d13c3f58"), paused, failing, parked, held,
             gone});
    return std::move(s.worked());
}

scene empty() {
    scene s({account(id)});
    s.report.last_success = {};
    s.report.events = {};
    s.report.accounts[0].events = {};
    s.report.files_open = 0;
    s.report.files_incoming = 0;
    s.log.resize(1);
    return s;
}

scene unreachable() {
    scene s({account(id, 900)});
    s.report.daemon.unreachable =
        "connect to app.sealmetrics.com: no address answers; check the network";
    s.report.accounts[0].drain_eta.reset();
    s.report.drain_eta.reset();
    return s;
}

scene down() {
    scene s({account(id, 900)});
    s.report.daemon = {};
    s.log.clear();
    s.report.accounts[0].drain_eta = std::chrono::minutes{2};
    return s;
}

scene many() {
    std::vector<account_report> all;
    for (int i = 0; i < 500; ++i) {
        all.push_back(account(fmt::format("60a52f6ac660b269d13c{:04x}", i),
                              static_cast<std::uint64_t>(i % 7 == 0 ? 0 : 10 * (i % 50))));
        if (i % 100 == 50) {
            all.back().parked = unauthorised(all.back().id);
            all.back().drain_eta.reset();
        }
    }
    scene s(std::move(all));
    return std::move(s.worked());
}

/// Names and texts that want to be obeyed, or to be wide.
scene hostile() {
    auto a = account("\x1b]0;title\x07\x1b[2J\x1b[31m日本\u202Etxt\n\r\xff", 7);
    a.trouble = "\x1b[?1049l\x9b" + std::string(3000, 'x') + "\n\n";
    a.drain_eta.reset();
    auto b = account(std::string(400, 'W'), 1);
    b.parked = park_report{"\x1bP", "\x1b\\\n", "\x07", "\x1b[99;99H", "\x08\x08", 1};
    auto c = account("日本語日本語日本語日本語日本語日本語", 1);
    scene s({a, b, c});
    s.report.daemon.version = "\x1b[6n";
    s.report.daemon.unreachable = "\x1b[1;1Hgone\u009b5m";
    s.trouble = "\x1b[8mhidden";
    s.log = {{1, telemetry::level::error, "\x1b[2Jfile=\x1b]52;c;eA==\x07 name"},
             {2, telemetry::level::error, "2026-11-29T12:15:20.1\x1b[31m"},
             {3, telemetry::level::error, std::string(5000, '\x01')}};
    return std::move(s.worked());
}

void expect_frame(scene const& s, screen_size size, std::string const& name) {
    reference::expect_file("tests/unit/cli/frames/" + name + ".txt", s.text(size));
}

TEST(top_frame, looks_as_it_is_kept_in_the_tree) {
    expect_frame(working(), {80, 24}, "working-80x24");
    expect_frame(working(), {120, 40}, "working-120x40");
    expect_frame(working(), {40, 10}, "working-40x10");
    expect_frame(troubled(), {80, 24}, "troubled-80x24");
    expect_frame(troubled(), {120, 40}, "troubled-120x40");
    expect_frame(empty(), {80, 24}, "empty-80x24");
    expect_frame(unreachable(), {80, 24}, "unreachable-80x24");
    expect_frame(down(), {80, 24}, "down-80x24");
    expect_frame(many(), {80, 24}, "many-80x24");
    auto ascii = working();
    ascii.shown = glyphs::ascii;
    expect_frame(ascii, {80, 24}, "ascii-80x24");
    auto help = working();
    help.shows_help = true;
    expect_frame(help, {80, 24}, "help-80x24");
}

TEST(top_frame, the_handbook_shows_one) {
    reference::expect_part("docs/operator.md", "<!-- top: made by top_frame_test.cpp -->",
                           "<!-- end of top -->",
                           "```console\n$ setclickd top\n" + troubled().text({100, 30}) + "```\n");
}

std::vector<std::pair<char const*, std::function<scene()>>> const scenes{
    {"working", working}, {"troubled", troubled},
    {"empty", empty},     {"unreachable", unreachable},
    {"down", down},       {"many", many},
    {"hostile", hostile}, {"nothing", [] {
         return scene({}); }}};

TEST(top_frame, fits_every_terminal_and_holds_nothing_that_one_could_obey) {
    for (auto const& [name, make] : scenes)
        for (auto const shown : {glyphs::blocks, glyphs::ascii})
            for (bool const in_trouble : {false, true}) {
                if (in_trouble && shown == glyphs::ascii) continue;
                auto s = make();
                s.shown = shown;
                if (in_trouble) s.trouble = "the ledger is locked by another program";
                for (std::size_t const columns : {1, 9, 33, 79, 132})
                    for (std::size_t const rows : {1, 3, 7, 12, 24, 50}) {
                        SCOPED_TRACE(fmt::format("{} {}x{}", name, columns, rows));
                        auto const frame = s.frame({columns, rows});
                        ASSERT_EQ(frame.size(), rows);
                        for (auto const& line : frame) {
                            std::string text;
                            for (auto const& t : line)
                                text += t.text;
                            ASSERT_LE(columns_of(text), columns) << text;
                            ASSERT_TRUE(is_utf8(text)) << text;
                            for (char const c : text) {
                                auto const byte = static_cast<unsigned char>(c);
                                ASSERT_TRUE(byte >= 0x20 && byte != 0x7F) << text;
                                ASSERT_TRUE(shown != glyphs::ascii || byte < 0x80) << text;
                            }
                            ASSERT_THAT(text, Not(HasSubstr("\u009b")));
                            ASSERT_THAT(text, Not(HasSubstr("\u202E")));
                        }
                    }
            }
}

TEST(top_frame, a_size_that_no_terminal_has_is_no_reason_to_end) {
    EXPECT_EQ(working().frame({0, 0}).size(), 1U);
    EXPECT_EQ(working().frame({70'000, 70'000}).size(), 300U);
}

TEST(top_frame, the_answer_comes_first_however_small_the_terminal_is) {
    EXPECT_THAT(unreachable().text({40, 1}), StartsWith("No: the endpoint"));
    EXPECT_THAT(down().text({80, 3}), HasSubstr("Nothing is taken or delivered until"));
    EXPECT_THAT(working().text({40, 5}), HasSubstr("1,520 waiting"));
    EXPECT_THAT(troubled().text({80, 24}), HasSubstr("Cure: "));
}

TEST(top_frame, accounts_in_trouble_stand_first_and_the_longest_wait_before) {
    auto s = troubled();
    auto late = account("late", 1);
    late.parked = unauthorised("late");
    late.oldest_waiting = noon - std::chrono::days{2};
    s.report.accounts.push_back(late);
    std::vector<std::string> order;
    for (auto const* a : by_trouble(s.report))
        order.push_back(a->id.substr(a->id.size() < 24 ? 0 : 22));
    EXPECT_THAT(order,
                testing::ElementsAre("late", "54", "55", "old-account", "56", "57", "53", "58"));
}

TEST(top_frame, the_chosen_account_is_seen_with_its_reason_wherever_it_stands) {
    auto s = many();
    auto const sorted = by_trouble(s.report);
    for (std::size_t const at : {0U, 1U, 5U, 250U, 498U, 499U}) {
        s.chosen = sorted[at]->id;
        auto const text = s.text({80, 24});
        EXPECT_THAT(text, HasSubstr("\n> " + s.chosen)) << at;
        EXPECT_THAT(text, HasSubstr("\n" + s.chosen + ": "));
    }
    EXPECT_THAT(s.text({80, 24}), HasSubstr("to 500 of 500"));
    s.chosen = "no longer there";
    EXPECT_THAT(s.text({80, 24}), HasSubstr("\n> " + sorted[0]->id));
}

TEST(top_frame, a_look_that_failed_is_shown_and_the_last_numbers_stay) {
    auto s = working();
    s.trouble = "the ledger is locked by pid 77";
    EXPECT_THAT(s.text({80, 24}), HasSubstr("not up to date: the ledger is locked by pid 77"));
    EXPECT_THAT(s.text({80, 24}), HasSubstr("1,520 waiting"));
}

TEST(top_frame, one_line_says_the_same_where_nothing_can_be_drawn) {
    auto const line = line_of(troubled().view());
    EXPECT_THAT(line, StartsWith("2026-11-29T12:15:27Z In part: 4 of 7 accounts do not deliver; "));
    EXPECT_THAT(line, HasSubstr("377 wait, 3 held; 4 of 7 accounts in trouble"));
    auto const harmless = line_of(hostile().view());
    EXPECT_EQ(harmless.find_first_of("\x1b\n\r\x07"), std::string::npos) << harmless;
}

TEST(top_frame, without_colours_no_colour_is_set) {
    for (auto const& line : troubled().frame({80, 24})) {
        auto const plain = with_codes(line, false);
        for (std::size_t at = 0; (at = plain.find('\x1b', at)) != std::string::npos; ++at)
            EXPECT_TRUE(plain.compare(at, 4, "\x1b[1m") == 0 ||
                        plain.compare(at, 4, "\x1b[0m") == 0);
    }
    std::string coloured;
    for (auto const& line : troubled().frame({80, 24}))
        coloured += with_codes(line, true);
    EXPECT_THAT(coloured, HasSubstr("\x1b[31m"));
}

}  // namespace
}  // namespace setclick::cli
