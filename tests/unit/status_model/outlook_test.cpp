#include "setclickd/status_model/outlook.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace setclick::status_model {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr auto first = "60a52f6ac660b269d13c3f53";
constexpr auto second = "60a52f6ac660b269d13c3f54";
constexpr wall_time now{std::chrono::hours{1000}};

/// Two accounts, each with events on their way.
status_report at_work() {
    status_report r;
    r.now = now;
    r.daemon.is_running = true;
    r.daemon.pid = 7;
    r.events.waiting = 6;
    r.last_success = now;
    for (auto const* id : {first, second}) {
        r.accounts.emplace_back().id = id;
        r.accounts.back().events.waiting = 3;
    }
    return r;
}

void wait_for_nothing(status_report& r) {
    r.events.waiting = 0;
    for (auto& a : r.accounts)
        a.events.waiting = 0;
}

park_report parked(char const* reason, char const* text, char const* cure) {
    park_report park;
    park.reason = reason;
    park.text = text;
    park.cure = cure;
    return park;
}

park_report unauthorised() {
    return parked("unauthorised", "the server does not accept the token (401)",
                  "write a valid token");
}

struct situation {
    char const* name;
    void (*set)(status_report&);
    delivering is_delivering;
    char const* headline;
    char const* sentence;       ///< in it
    char const* first_command;  ///< empty: none
};

TEST(Outlook, AnswersTheQuestionInEachSituation) {
    situation const table[] = {
        {"at work", [](status_report&) {}, delivering::yes, "Yes, it is delivering", "go out", ""},
        {"nothing waits", wait_for_nothing, delivering::idle, "Nothing waits to be delivered",
         "gone its way", ""},
        {"nothing was ever there",
         [](status_report& r) { wait_for_nothing(r), r.last_success = {}; }, delivering::idle,
         "Ready: nothing has been delivered yet", "incoming/", ""},
        {"no account", [](status_report& r) { r.accounts.clear(), r.events = {}; },
         delivering::idle, "Nothing to deliver: no account is configured", "come first",
         "setclickd setup"},
        {"down", [](status_report& r) { r.daemon = {}; }, delivering::no,
         "No: the daemon does not run", "until it is started", "systemctl start setclickd"},
        {"hanging",
         [](status_report& r) { r.daemon.pid = 0, r.daemon.why_not = "no answer in 3 s"; },
         delivering::no, "Not known: the daemon does not answer", "no answer in 3 s",
         "journalctl -u setclickd -n 50"},
        {"disk full", [](status_report& r) { r.daemon.disk_full = true; }, delivering::no,
         "No: the disk is full", "by itself", "df -h"},
        {"locked", [](status_report& r) { r.daemon.ledger_locked = "process 12 (sqlite3)"; },
         delivering::no, "No: another program locks the ledger", "Process", ""},
        {"stalled", [](status_report& r) { r.daemon.stalled = true; }, delivering::no,
         "No: it is stalled by a fault of setclickd", "woken", "systemctl restart setclickd"},
        {"endpoint parked",
         [](status_report& r) {
             r.daemon.endpoint_parked = parked("redirected", "it redirects", "set base_url");
         },
         delivering::no, "No: the endpoint is parked (redirected)", "All events wait",
         "setclickd doctor"},
        {"endpoint paused",
         [](status_report& r) {
             r.daemon.endpoint_parked = parked("paused", "paused by a person", "resume");
         },
         delivering::no, "No: everything is paused", "Paused by a person",
         "setclickd resume --endpoint"},
        {"unreachable", [](status_report& r) { r.daemon.unreachable = "no address"; },
         delivering::no, "No: the endpoint cannot be reached", "No address. Nothing is lost.",
         "setclickd doctor"},
        {"one of two parked", [](status_report& r) { r.accounts[1].parked = unauthorised(); },
         delivering::in_part, "In part: 1 of 2 accounts does not deliver",
         "3f54 is parked: the server does not accept the token",
         "setclickd token 60a52f6ac660b269d13c3f54"},
        {"both, the worse one is named",
         [](status_report& r) {
             r.accounts[0].trouble = "500, 3 failures";
             r.accounts[1].parked = unauthorised();
         },
         delivering::no, "No: none of the accounts delivers",
         "The first: account 60a52f6ac660b269d13c3f54", "setclickd token 60a52f6ac660b269d13c3f54"},
        {"the only one",
         [](status_report& r) { r.accounts.pop_back(), r.accounts[0].has_credential = false; },
         delivering::no, "No: the account has no usable token", "the log has the reason",
         "setclickd token 60a52f6ac660b269d13c3f53"},
        {"an account that is gone from the configuration",
         [](status_report& r) { r.accounts[1].is_configured = false; }, delivering::in_part,
         "In part: 1 of 2 accounts does not deliver", "not in the configuration",
         "setclickd discard --account 60a52f6ac660b269d13c3f54 --dry-run"},
        {"the same without events",
         [](status_report& r) {
             r.accounts[1].is_configured = false;
             r.accounts[1].events = {};
         },
         delivering::yes, "Yes, it is delivering", "go out", ""},
        {"new files are not taken",
         [](status_report& r) { r.daemon.intake_held_up = "work/ cannot be written"; },
         delivering::in_part, "In part: new files are not taken", "Work/ cannot be written", ""},
        {"both as the server asked",
         [](status_report& r) {
             for (auto& a : r.accounts)
                 a.not_before = now;
         },
         delivering::waits, "It waits, as the server asked", "by itself", ""},
        {"one as the server asked", [](status_report& r) { r.accounts[0].not_before = now; },
         delivering::yes, "Yes, it is delivering", "go out", ""},
        {"held",
         [](status_report& r) {
             wait_for_nothing(r), r.events.held = r.accounts[0].events.held = 2;
         },
         delivering::idle, "Nothing waits to be delivered", "until a person decides",
         "setclickd list --state held"},
    };
    for (auto const& s : table) {
        SCOPED_TRACE(s.name);
        auto r = at_work();
        s.set(r);
        auto const out = outlook_of(r);
        EXPECT_EQ(out.is_delivering, s.is_delivering);
        EXPECT_EQ(out.headline, s.headline);
        EXPECT_THAT(out.sentence, HasSubstr(s.sentence));
        if (s.first_command[0] == '\0') {
            EXPECT_THAT(out.commands, IsEmpty());
        } else {
            EXPECT_EQ(out.commands.at(0), s.first_command);
        }
        if (out.is_delivering == delivering::no) {
            EXPECT_THAT(out.cure, Not(IsEmpty()));
        }
    }
}

TEST(Outlook, WhatChangesAllTheTimeIsNotInIt) {
    auto r = at_work();
    auto const before = outlook_of(r);
    r.events.waiting = 99999;
    r.accounts[0].events.waiting = 99996;
    r.now += std::chrono::seconds{5};
    auto const after = outlook_of(r);
    EXPECT_EQ(before.headline + before.sentence + before.cure,
              after.headline + after.sentence + after.cure);
}

TEST(Outlook, WhatStoodInAFileOrAnAnswerIsShownAndNotObeyed) {
    auto r = at_work();
    r.daemon.unreachable = "a\nb\x1b[31m\xe2\x80\xae";
    EXPECT_THAT(outlook_of(r).sentence, StartsWith("A\\nb\\x1b[31m\\u{202e}"));
}

TEST(Standing, TheWorstOfWhatIsTrueOfAnAccount) {
    account_report a;
    a.id = first;
    EXPECT_EQ(standing_of(a), standing::idle);
    a.events.deferred = 1;
    EXPECT_EQ(standing_of(a), standing::delivering);
    a.not_before = now;
    EXPECT_EQ(standing_of(a), standing::asked_to_wait);
    a.events.held = 1;
    EXPECT_EQ(standing_of(a), standing::held);
    a.trouble = "500";
    EXPECT_EQ(standing_of(a), standing::failing);
    a.has_credential = false;
    EXPECT_EQ(standing_of(a), standing::no_token);
    a.is_configured = false;
    EXPECT_EQ(standing_of(a), standing::not_configured);
    a.parked = parked("paused", "paused by a person", "");
    EXPECT_EQ(standing_of(a), standing::paused);
    a.parked = unauthorised();
    EXPECT_EQ(standing_of(a), standing::parked);
}

TEST(Standing, TheCommandsNameTheAccount) {
    account_report a;
    a.id = first;
    EXPECT_THAT(outlook_of(a).commands, IsEmpty());
    a.events.held = 1;
    EXPECT_THAT(outlook_of(a).commands,
                ElementsAre(AllOf(HasSubstr("--state held"), HasSubstr(first))));
    a.parked = parked("suspect", "all refused", "look at them");
    EXPECT_THAT(outlook_of(a).commands,
                ElementsAre(AllOf(HasSubstr("--state rejected"), HasSubstr(first)),
                            std::string("setclickd resume ") + first));
}

TEST(Standing, WhatNeedsAPersonSaysWhyAndWhatToDo) {
    account_report a;
    a.id = first;
    EXPECT_EQ(outlook_of(a).why + outlook_of(a).cure, "");
    a.events.held = 1;
    EXPECT_THAT(outlook_of(a).why, HasSubstr("until a person decides"));
    a.trouble = "500, 3 failures";
    EXPECT_EQ(outlook_of(a).why, "500, 3 failures");
    a.has_credential = false;
    EXPECT_THAT(outlook_of(a).cure, HasSubstr("token"));
    a.parked = unauthorised();
    EXPECT_EQ(outlook_of(a).why, "the server does not accept the token (401)");
    EXPECT_EQ(outlook_of(a).cure, "Write a valid token.");
}

TEST(Standing, EveryOneHasAName) {
    for (int i = 0; i <= static_cast<int>(standing::idle); ++i)
        for (int j = 0; j < i; ++j)
            EXPECT_NE(name_of(static_cast<standing>(i)), name_of(static_cast<standing>(j)));
    for (int i = 0; i <= static_cast<int>(delivering::no); ++i)
        EXPECT_THAT(name_of(static_cast<delivering>(i)), Not(IsEmpty()));
}

}  // namespace
}  // namespace setclick::status_model
