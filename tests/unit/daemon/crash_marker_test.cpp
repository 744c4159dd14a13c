// Real processes that end by real signals, and what they leave for the next start.
#include "daemon/crash_marker.hpp"

#include <gtest/gtest.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

namespace setclick::daemon {
namespace {

constexpr std::uint64_t run = 7;

struct CrashMarker : testing::Test {
    CrashMarker() { std::filesystem::remove(path); }
    ~CrashMarker() override { std::filesystem::remove(path); }

    /// How a child ends that does this; it is armed.
    int child(std::function<void()> const& what) const {
        auto const pid = ::fork();
        if (pid == 0) {
            rlimit const none{0, 0};
            ::setrlimit(RLIMIT_CORE, &none);
            arm_crash_marker(path, run);
            what();
            ::_exit(0);
        }
        int status = 0;
        ::waitpid(pid, &status, 0);
        return status;
    }
    static void expect_signal(int status, int number) {
        ASSERT_TRUE(WIFSIGNALED(status)) << "the signal still ends the process";
        EXPECT_EQ(WTERMSIG(status), number);
    }

    std::string path = "/tmp/setclick-crashed-" + std::to_string(::getpid());
};

TEST_F(CrashMarker, EachFatalSignalLeavesOne) {
    for (int const number : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL}) {
        std::filesystem::remove(path);
        expect_signal(child([number] { ::raise(number); }), number);
        auto const end = read_crash_marker(path, run);
        EXPECT_TRUE(end.aborted) << number;
        EXPECT_FALSE(end.reading.has_value()) << "nothing was being read";
    }
}

TEST_F(CrashMarker, AFaultOfAThreadThatTouchesNoEventCountsAgainstNone) {
    expect_signal(child([] {
                      std::thread([] {
                          touch_no_event();
                          ::raise(SIGSEGV);
                      }).join();
                  }),
                  SIGSEGV);
    EXPECT_FALSE(read_crash_marker(path, run).aborted);
    expect_signal(child([] {
                      std::thread([] { touch_no_event(); }).join();
                      ::raise(SIGSEGV);
                  }),
                  SIGSEGV);
    EXPECT_TRUE(read_crash_marker(path, run).aborted) << "it is that thread's alone";
}

TEST_F(CrashMarker, AKillAndAnOrdinaryEndLeaveNone) {
    expect_signal(child([] { ::raise(SIGKILL); }), SIGKILL);
    EXPECT_FALSE(read_crash_marker(path, run).aborted);
    EXPECT_EQ(child([] {}), 0);
    EXPECT_FALSE(read_crash_marker(path, run).aborted);
    expect_signal(child([] { ::raise(SIGTERM); }), SIGTERM);
    EXPECT_FALSE(read_crash_marker(path, run).aborted);
}

TEST_F(CrashMarker, NamesTheLineThatTheFaultingThreadWasReading) {
    expect_signal(child([] {
                      intake::reading_note::scope const reading(reading_now(), "7-1.events.json",
                                                                4096);
                      reading_now().at(8192);
                      ::raise(SIGSEGV);
                  }),
                  SIGSEGV);
    auto const end = read_crash_marker(path, run);
    EXPECT_TRUE(end.aborted);
    EXPECT_TRUE(end.by_reading);
    EXPECT_EQ(end.reading, (ledger::reading_place{"7-1.events.json", 8192, false}));
}

TEST_F(CrashMarker, BetweenTwoLinesItNamesThePlaceFromWhichTheNextWasLookedFor) {
    expect_signal(child([] {
                      intake::reading_note::scope const reading(reading_now(), "7-1.x.json", 64);
                      ::raise(SIGABRT);
                  }),
                  SIGABRT);
    EXPECT_EQ(read_crash_marker(path, run).reading,
              (ledger::reading_place{"7-1.x.json", 64, true}));
}

TEST_F(CrashMarker, AFaultOfAnotherThreadDoesNotSuspectTheLine) {
    expect_signal(child([] {
                      intake::reading_note::scope const reading(reading_now(), "7-1.x.json", 64);
                      std::thread([] { ::raise(SIGSEGV); }).join();
                  }),
                  SIGSEGV);
    auto const end = read_crash_marker(path, run);
    EXPECT_TRUE(end.aborted);
    EXPECT_FALSE(end.by_reading);
    EXPECT_FALSE(end.reading.has_value());
}

TEST_F(CrashMarker, ASignalFromOutsideMayBeTheLinesFault) {
    // As the watchdog of the service manager sends it, to a process that hangs in a line.
    expect_signal(child([] {
                      intake::reading_note::scope const reading(reading_now(), "7-1.x.json", 64);
                      reading_now().at(64);
                      auto const parent = ::getpid();
                      if (::fork() == 0) {
                          ::kill(parent, SIGABRT);
                          ::_exit(0);
                      }
                      for (;;)
                          ::pause();
                  }),
                  SIGABRT);
    auto const end = read_crash_marker(path, run);
    EXPECT_TRUE(end.aborted);
    EXPECT_FALSE(end.by_reading) << "what was in flight may be the cause as well";
    EXPECT_EQ(end.reading, (ledger::reading_place{"7-1.x.json", 64, false}));
}

TEST_F(CrashMarker, WhileTheDiskDoesNotAnswerAWatchdogsSignalCountsAgainstNothing) {
    expect_signal(child([] {
                      intake::reading_note::scope const reading(reading_now(), "7-1.x.json", 64);
                      set_disk_stalled(true);
                      auto const parent = ::getpid();
                      if (::fork() == 0) {
                          ::kill(parent, SIGABRT);
                          ::_exit(0);
                      }
                      for (;;)
                          ::pause();
                  }),
                  SIGABRT);
    EXPECT_FALSE(read_crash_marker(path, run).aborted);
}

TEST_F(CrashMarker, WhileTheDiskDoesNotAnswerAFaultOfOurOwnStillCounts) {
    expect_signal(child([] {
                      set_disk_stalled(true);
                      ::raise(SIGSEGV);
                  }),
                  SIGSEGV);
    EXPECT_TRUE(read_crash_marker(path, run).aborted);
}

TEST_F(CrashMarker, OfAnotherRunItHasNoMeaning) {
    expect_signal(child([] { ::raise(SIGSEGV); }), SIGSEGV);
    EXPECT_FALSE(read_crash_marker(path, run + 1).aborted);
    EXPECT_FALSE(read_crash_marker(path, 77).aborted) << "7 is not the beginning of 77";
}

TEST_F(CrashMarker, AnEmptyOneWasWrittenWithoutRoom) {
    std::ofstream{path};
    EXPECT_TRUE(read_crash_marker(path, run).aborted);
}

TEST_F(CrashMarker, IsGoneOnceItWasTakenIn) {
    expect_signal(child([] { ::raise(SIGSEGV); }), SIGSEGV);
    remove_crash_marker(path);
    EXPECT_FALSE(read_crash_marker(path, run).aborted);
}

TEST_F(CrashMarker, WhatItHoldsOtherwiseIsReadWithCare) {
    for (auto const* const text : {"7 ", "7 1", "7 1 ", "7 1 x", "7 1 0 99999999999999999999 a/",
                                   "7 1 0 12 name-without-end"}) {
        std::ofstream{path} << text;
        auto const end = read_crash_marker(path, run);
        EXPECT_TRUE(end.aborted) << text;
        EXPECT_FALSE(end.reading.has_value()) << text;
    }
}

}  // namespace
}  // namespace setclick::daemon
