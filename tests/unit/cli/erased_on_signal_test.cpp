#include "erased_on_signal.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

namespace setclick::cli {
namespace {

class erased_on_signal_file : public testing::TestWithParam<int> {
protected:
    std::string const path = testing::TempDir() + "unfinished." + std::to_string(::getpid());
    void SetUp() override { std::ofstream(path) << "half"; }
    void TearDown() override { std::filesystem::remove(path); }
};

TEST_P(erased_on_signal_file, is_removed_and_the_process_ends_as_it_would_have) {
    EXPECT_EXIT(
        {
            ::signal(GetParam(), SIG_DFL);  // whatever a test before this one left
            erased_on_signal const guard(path);
            ::raise(GetParam());
        },
        testing::KilledBySignal(GetParam()), "");
    EXPECT_FALSE(std::filesystem::exists(path));
}

INSTANTIATE_TEST_SUITE_P(each, erased_on_signal_file, testing::Values(SIGINT, SIGTERM, SIGHUP));

TEST_F(erased_on_signal_file, stays_when_the_guard_is_gone) {
    EXPECT_EXIT(
        {
            ::signal(SIGTERM, SIG_DFL);
            { erased_on_signal const guard(path); }
            ::raise(SIGTERM);
        },
        testing::KilledBySignal(SIGTERM), "");
    EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(erased_on_signal_file, ignored_signal_stays_ignored) {
    EXPECT_EXIT(
        {
            ::signal(SIGHUP, SIG_IGN);
            erased_on_signal const guard(path);
            ::raise(SIGHUP);
            ::_exit(0);
        },
        testing::ExitedWithCode(0), "");
    EXPECT_TRUE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace setclick::cli
