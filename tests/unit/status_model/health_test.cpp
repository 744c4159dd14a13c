#include "setclickd/status_model/health.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace setclick::status_model {
namespace {

using testing::HasSubstr;

status_report well_report() {
    status_report r;
    r.now = wall_time{std::chrono::hours{1000}};
    r.daemon.is_running = true;
    r.daemon.pid = 7;
    r.accounts.emplace_back().id = "60a52f6ac660b269d13c3f53";
    return r;
}

health_limits const strict{
    true, true, std::chrono::hours{1}, std::chrono::hours{24 * 7}, 0.1, std::chrono::hours{26}};

park_report parked(char const* reason, char const* cure) {
    park_report park;
    park.reason = reason;
    park.cure = cure;
    return park;
}

struct situation {
    char const* name;
    void (*set)(status_report&);
    char const* lenient;  ///< in the answer; empty: well
    char const* strict;
};

TEST(Health, EachSituationIsWellOrNamesWhatIsWrong) {
    situation const table[] = {
        {"nothing wrong", [](status_report&) {}, "", ""},
        {"down", [](status_report& r) { r.daemon = {}; }, "does not run", "does not run"},
        {"hanging",
         [](status_report& r) { r.daemon.pid = 0, r.daemon.why_not = "no answer in 3 s"; },
         "no answer in 3 s", "did not answer"},
        {"the intake waits",
         [](status_report& r) { r.daemon.intake_held_up = "files cannot be taken"; },
         "the intake waits: files cannot be taken", "the intake waits: files cannot be taken"},
        {"disk full", [](status_report& r) { r.daemon.disk_full = true; }, "disk is full",
         "disk is full"},
        {"stalled", [](status_report& r) { r.daemon.stalled = true; },
         "stalled by a fault of setclickd; cure: systemctl restart", "stalled"},
        {"account parked",
         [](status_report& r) { r.accounts[0].parked = parked("unauthorised", "setclickd token"); },
         "", "60a52f6ac660b269d13c3f53 is parked: unauthorised; cure: setclickd token"},
        {"endpoint parked",
         [](status_report& r) { r.daemon.endpoint_parked = parked("redirected", "look"); }, "",
         "the endpoint is parked: redirected"},
        {"unreachable", [](status_report& r) { r.daemon.unreachable = "no address"; }, "",
         "cannot be reached: no address"},
        {"no token", [](status_report& r) { r.accounts[0].has_credential = false; }, "",
         "no usable token"},
        {"old event",
         [](status_report& r) {
             r.accounts[0].events.waiting = 1;
             r.accounts[0].oldest_waiting = r.now - std::chrono::hours{2};
         },
         "", "the oldest event waits for"},
        {"young event",
         [](status_report& r) {
             r.accounts[0].events.waiting = 1;
             r.accounts[0].oldest_waiting = r.now - std::chrono::minutes{5};
         },
         "", ""},
        {"old event of a parked account",
         [](status_report& r) {
             r.accounts[0].parked = parked("forbidden", "have it enabled");
             r.accounts[0].events.waiting = 1;
             r.accounts[0].oldest_waiting = r.now - std::chrono::hours{2};
         },
         "", "is parked: forbidden; cure: have it enabled"},
        {"paused on purpose",
         [](status_report& r) {
             r.accounts[0].parked = parked("paused", "setclickd resume");
             r.accounts[0].parked->since = wall_text(r.now - std::chrono::hours{23});
         },
         "", ""},
        {"paused and forgotten",
         [](status_report& r) {
             r.accounts[0].parked = parked("paused", "setclickd resume");
             r.accounts[0].parked->since = wall_text(r.now - std::chrono::hours{25});
         },
         "", "is parked: paused; cure: setclickd resume"},
        {"paused, and since when is not known",
         [](status_report& r) { r.accounts[0].parked = parked("paused", "setclickd resume"); }, "",
         "is parked: paused"},
        {"locked",
         [](status_report& r) { r.daemon.ledger_locked = "it is locked by sqlite3 (pid 7)"; }, "",
         "nothing can be written to the ledger: it is locked by sqlite3 (pid 7)"},
        {"held", [](status_report& r) { r.accounts[0].events.held = 1234; }, "",
         "held for a person: 1,234 events; cure: setclickd list --state held --account "
         "60a52f6ac660b269d13c3f53"},
        {"the report differs",
         [](status_report& r) { r.accounts[0].reconciled = R"({"agrees":false,"missing":2})"; }, "",
         "recorded differ; cure: setclickd reconcile --account 60a52f6ac660b269d13c3f53"},
        {"the report agrees",
         [](status_report& r) { r.accounts[0].reconciled = R"({"agrees":true})"; }, "", ""},
        {"a token that ends this week",
         [](status_report& r) { r.accounts[0].token_end = r.now + std::chrono::hours{24 * 6}; }, "",
         "its token ends in 6 d; cure: make a new one at SealMetrics; setclickd token "
         "60a52f6ac660b269d13c3f53"},
        {"a token that ends next week",
         [](status_report& r) { r.accounts[0].token_end = r.now + std::chrono::hours{24 * 8}; }, "",
         ""},
        {"a token that has ended",
         [](status_report& r) { r.accounts[0].token_end = r.now - std::chrono::hours{1}; }, "",
         "its token has ended; cure: make a new one"},
        {"a token that a login renews",
         [](status_report& r) {
             r.accounts[0].has_login = true;
             r.accounts[0].token_end = r.now + std::chrono::hours{1};
         },
         "", ""},
        {"a token that a login did not renew",
         [](status_report& r) {
             r.accounts[0].has_login = true;
             r.accounts[0].token_end = r.now - std::chrono::hours{1};
         },
         "", "its token has ended; cure: look at its login"},
        {"a disk that is nearly full",
         [](status_report& r) {
             r.ledger_disk = {9, 100}, r.spool_disk = {50, 100};
         },
         "", "the disk of the ledger has 9 % left; cure: make room"},
        {"a tenth is enough",
         [](status_report& r) {
             r.spool_disk = {10, 100};
         },
         "", ""},
        {"a disk without a size",
         [](status_report& r) {
             r.spool_disk = {0, 0};
         },
         "", ""},
        {"no file for a day and more",
         [](status_report& r) { r.last_file = r.now - std::chrono::hours{27}; }, "",
         "no file came for 1 d 3 h, longer than 1 d 2 h; cure: look at the producer"},
        {"a file yesterday, on the night of 25 hours",
         [](status_report& r) { r.last_file = r.now - std::chrono::hours{25}; }, "", ""},
        {"a verdict of another version",
         [](status_report& r) { r.accounts[0].reconciled = "unknown"; }, "", ""},
    };
    for (auto const& s : table) {
        auto report = well_report();
        s.set(report);
        auto const lenient = unwell(report, {});
        auto const hard = unwell(report, strict);
        EXPECT_EQ(lenient.has_value(), s.lenient[0] != '\0') << s.name;
        EXPECT_EQ(hard.has_value(), s.strict[0] != '\0') << s.name;
        EXPECT_THAT(lenient.value_or(""), HasSubstr(s.lenient)) << s.name;
        EXPECT_THAT(hard.value_or(""), HasSubstr(s.strict)) << s.name;
    }
}

TEST(Health, EachThingIsAFindingOfItsOwnTheWorstFirst) {
    auto report = well_report();
    report.daemon.disk_full = true;
    report.daemon.unreachable = "no address";
    report.accounts.emplace_back().id = "5f01";
    report.accounts[0].parked = parked("unauthorised", "setclickd token");
    report.accounts[1].events.held = 1;
    report.accounts[1].has_credential = false;
    auto const keys = [&] {
        std::vector<std::string> out;
        for (auto const& f : findings_of(report, strict))
            out.push_back(f.key);
        return out;
    };
    EXPECT_THAT(keys(), testing::ElementsAre("disk_full", "unreachable",
                                             "60a52f6ac660b269d13c3f53 parked unauthorised",
                                             "5f01 token", "5f01 held"));
    report.daemon.is_running = false;
    EXPECT_THAT(keys(), testing::ElementsAre("down")) << "nothing else is known then";
}

TEST(Health, AKeyStaysWhileTheTextCountsOn) {
    auto report = well_report();
    auto& account = report.accounts[0];
    account.events.waiting = 1;
    account.oldest_waiting = report.now - std::chrono::hours{2};
    account.events.held = 1;
    auto const before = findings_of(report, strict);
    report.now += std::chrono::minutes{1};
    account.events.held = 2;
    auto const after = findings_of(report, strict);
    ASSERT_EQ(before.size(), 2U);
    ASSERT_EQ(after.size(), 2U);
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(before[i].key, after[i].key);
        EXPECT_NE(before[i].text, after[i].text);
    }
}

TEST(Health, WhatComesFromOutsideStaysOnItsLine) {
    auto report = well_report();
    report.accounts[0].id = "a\nb";
    report.accounts[0].parked = parked("forbidden\n", "cure\n\x1b[31m");
    for (auto const& f : findings_of(report, strict)) {
        EXPECT_THAT(line_of(f), testing::Not(HasSubstr("\n")));
        EXPECT_THAT(f.key, testing::Not(HasSubstr("\n")));
    }
}

}  // namespace
}  // namespace setclick::status_model
