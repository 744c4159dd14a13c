// When the watchdog is fed (a timeline of looks), and what arrives at a real notify socket.
#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "daemon/notify.hpp"
#include "daemon/watchdog_rule.hpp"
#include "setclickd/base/unique_fd.hpp"

namespace setclick::daemon {
namespace {

struct WatchdogRule : testing::Test {
    /// Ten seconds later.
    watchdog_rule::decision look(watchdog_rule::facts const& seen) {
        now += 10s;
        return rule.look(seen, now);
    }
    static watchdog_rule::facts at_step(std::uint64_t steps) { return {steps, false, false}; }

    watchdog_rule rule;
    steady_time now{std::chrono::hours{24}};
};

TEST_F(WatchdogRule, FeedsWhileTheLedgerAnswersAndTheIntakeMoves) {
    for (std::uint64_t steps = 1; steps < 100; ++steps) {
        auto const d = look(at_step(steps));
        EXPECT_TRUE(d.feed);
        EXPECT_TRUE(d.ask_ledger);
        rule.ledger_answered();
    }
}

TEST_F(WatchdogRule, TheFirstLookNeedsNoAnswer) {
    EXPECT_TRUE(look(at_step(1)).feed) << "nothing was asked yet";
}

TEST_F(WatchdogRule, ALedgerThatDoesNotAnswerIsNotFedUntilItDoes) {
    EXPECT_TRUE(look(at_step(1)).feed);
    EXPECT_FALSE(look(at_step(2)).feed);
    EXPECT_FALSE(look(at_step(3)).feed);
    rule.ledger_answered();
    EXPECT_TRUE(look(at_step(3)).feed) << "the intake has moved since the last feeding";
}

TEST_F(WatchdogRule, AnIntakeThatDoesNotMoveIsNotFedUntilItDoes) {
    EXPECT_TRUE(look(at_step(5)).feed);
    rule.ledger_answered();
    EXPECT_FALSE(look(at_step(5)).feed);
    EXPECT_FALSE(look(at_step(5)).feed);
    EXPECT_TRUE(look(at_step(6)).feed);
}

TEST_F(WatchdogRule, WithoutAnIntakeTheLedgerAloneDecides) {
    EXPECT_TRUE(look({}).feed);
    EXPECT_FALSE(look({}).feed);
    rule.ledger_answered();
    EXPECT_TRUE(look({}).feed) << "it has ended, and the daemon is ending";
}

TEST_F(WatchdogRule, ALedgerThatTriesToReachItsServerIsFedHoweverLongThatIsAway) {
    EXPECT_TRUE(look(at_step(1)).feed);
    for (std::uint64_t tries = 1; tries < 500; ++tries) {
        auto facts = at_step(1 + tries);
        facts.ledger_tries = tries;
        EXPECT_TRUE(look(facts).feed) << "no answer, and it does not hang";
    }
}

TEST_F(WatchdogRule, ATryThatTakesLongIsWaitedForTenMinutesOnly) {
    EXPECT_TRUE(look(at_step(1)).feed);
    for (std::uint64_t steps = 2; steps < 100; ++steps) {
        auto facts = at_step(steps);
        facts.is_server_away = true;  // a resolver that does not answer
        EXPECT_EQ(look(facts).feed, steps <= 60) << steps;
    }
}

TEST_F(WatchdogRule, AnIntakeMadeAnewCountsFromTheBeginning) {
    EXPECT_TRUE(look(at_step(500)).feed);
    rule.ledger_answered();
    EXPECT_TRUE(look(at_step(1)).feed) << "another number of steps is a step";
}

TEST_F(WatchdogRule, ALedgerThatWaitsForTheDiskIsFedAndNotAskedAgain) {
    EXPECT_TRUE(look(at_step(1)).feed);
    for (std::uint64_t steps = 2; steps < 6; ++steps) {
        auto const d = look({steps, true, false});
        EXPECT_TRUE(d.feed) << "the kernel works on it";
        EXPECT_FALSE(d.ask_ledger) << "one question is enough";
    }
    rule.ledger_answered();
    EXPECT_TRUE(look(at_step(6)).feed);
}

TEST_F(WatchdogRule, AnIntakeThatWaitsForTheDiskIsFed) {
    EXPECT_TRUE(look(at_step(1)).feed);
    for (int i = 0; i < 6; ++i) {
        rule.ledger_answered();
        EXPECT_TRUE(look({1, false, true}).feed);
    }
    rule.ledger_answered();
    EXPECT_FALSE(look(at_step(1)).feed) << "no longer in a call, and no step: a hang of ours";
}

TEST_F(WatchdogRule, TheDiskOfOneThreadDoesNotExcuseTheOther) {
    EXPECT_TRUE(look(at_step(1)).feed);
    EXPECT_FALSE(look({1, true, false}).feed) << "the intake hangs";
    EXPECT_FALSE(look({2, false, true}).feed) << "the ledger hangs";
}

TEST_F(WatchdogRule, ADiskThatNeverAnswersIsWaitedForTenMinutes) {
    EXPECT_TRUE(look(at_step(1)).feed);
    auto const begun = now;
    std::uint64_t steps = 2;
    while (look({steps++, true, false}).feed)
        ASSERT_LT(now, begun + std::chrono::hours{1});
    EXPECT_GE(now - begun, watchdog_rule::longest_disk_wait);
    EXPECT_LE(now - begun, watchdog_rule::longest_disk_wait + 10s);
}

TEST_F(WatchdogRule, EachWaitForTheDiskHasItsOwnTenMinutes) {
    for (int wait = 0; wait < 5; ++wait) {
        EXPECT_TRUE(look(at_step(static_cast<std::uint64_t>(100 * wait) + 1)).feed);
        for (std::uint64_t i = 0; i < 50; ++i)
            EXPECT_TRUE(look({static_cast<std::uint64_t>(100 * wait) + i + 2, true, false}).feed);
        rule.ledger_answered();
    }
}

struct Notify : testing::Test {
    Notify() {
        path = "/tmp/setclick-notify-" + std::to_string(::getpid());
        fd = unique_fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
        ::unlink(path.c_str());
        EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    }
    ~Notify() override {
        for (auto const* const name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})
            ::unsetenv(name);
        ::unlink(path.c_str());
    }
    std::string received() const {
        char buffer[256];
        auto const n = ::recv(fd.get(), buffer, sizeof buffer, MSG_DONTWAIT);
        return n < 0 ? std::string("nothing") : std::string(buffer, static_cast<std::size_t>(n));
    }

    std::string path;
    unique_fd fd;
};

TEST_F(Notify, SendsOneDatagramAnAssignment) {
    notify_ready();
    notify_status("12 delivered");
    notify_watchdog();
    EXPECT_EQ(received(), "READY=1");
    EXPECT_EQ(received(), "STATUS=12 delivered");
    EXPECT_EQ(received(), "WATCHDOG=1");
    EXPECT_EQ(received(), "nothing");
}

TEST_F(Notify, TheWatchdogIsTheOneOfThisProcessOnly) {
    EXPECT_EQ(watchdog_interval(), std::nullopt);
    ::setenv("WATCHDOG_USEC", "30000000", 1);
    EXPECT_EQ(watchdog_interval(), milliseconds{30'000});
    ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
    EXPECT_EQ(watchdog_interval(), milliseconds{30'000});
    ::setenv("WATCHDOG_PID", "1", 1);
    EXPECT_EQ(watchdog_interval(), std::nullopt);
    ::unsetenv("WATCHDOG_PID");
    for (auto const* const bad : {"0", "", "soon", "12s"}) {
        ::setenv("WATCHDOG_USEC", bad, 1);
        EXPECT_EQ(watchdog_interval(), std::nullopt) << bad;
    }
}

}  // namespace
}  // namespace setclick::daemon
