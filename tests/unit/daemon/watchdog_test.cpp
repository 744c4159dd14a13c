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

TEST(WatchdogRule, FeedsWhileTheLedgerAnswersAndTheIntakeMoves) {
    watchdog_rule rule;
    for (std::uint64_t steps = 1; steps < 100; ++steps) {
        EXPECT_TRUE(rule.look(steps));
        rule.ledger_answered();
    }
}

TEST(WatchdogRule, TheFirstLookNeedsNoAnswer) {
    watchdog_rule rule;
    EXPECT_TRUE(rule.look(1)) << "nothing was asked yet";
}

TEST(WatchdogRule, ALedgerThatDoesNotAnswerIsNotFedUntilItDoes) {
    watchdog_rule rule;
    EXPECT_TRUE(rule.look(1));
    EXPECT_FALSE(rule.look(2));
    EXPECT_FALSE(rule.look(3));
    rule.ledger_answered();
    EXPECT_TRUE(rule.look(3)) << "the intake has moved since the last feeding";
}

TEST(WatchdogRule, AnIntakeThatDoesNotMoveIsNotFedUntilItDoes) {
    watchdog_rule rule;
    EXPECT_TRUE(rule.look(5));
    rule.ledger_answered();
    EXPECT_FALSE(rule.look(5));
    EXPECT_FALSE(rule.look(5));
    EXPECT_TRUE(rule.look(6));
}

TEST(WatchdogRule, WithoutAnIntakeTheLedgerAloneDecides) {
    watchdog_rule rule;
    EXPECT_TRUE(rule.look(std::nullopt));
    EXPECT_FALSE(rule.look(std::nullopt));
    rule.ledger_answered();
    EXPECT_TRUE(rule.look(std::nullopt)) << "it has ended, and the daemon is ending";
}

TEST(WatchdogRule, AnIntakeMadeAnewCountsFromTheBeginning) {
    watchdog_rule rule;
    EXPECT_TRUE(rule.look(500));
    rule.ledger_answered();
    EXPECT_TRUE(rule.look(1)) << "another number of steps is a step";
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
