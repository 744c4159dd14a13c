#include "daemon/process_look.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <chrono>
#include <thread>
#include <vector>

#include "setclickd/base/unique_fd.hpp"

namespace setclick::daemon {
namespace {

TEST(process_look, says_what_the_kernel_counts) {
    auto const p = look_at_process();
    auto const now =
        std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    EXPECT_NEAR(p.start_time_seconds, now, 700) << "a test of at most ten minutes";
    EXPECT_GT(p.resident_bytes, 1U << 20);
    EXPECT_GT(p.virtual_bytes, p.resident_bytes);
    EXPECT_GE(p.threads, 1U);
    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    EXPECT_EQ(p.max_fds, limit.rlim_cur);
}

TEST(process_look, counts_what_is_open_and_each_thread) {
    // The thread sanitizer starts one of its own beside the first.
    std::jthread([] {}).join();
    auto const before = look_at_process();
    std::vector<unique_fd> more;
    for (int i = 0; i < 5; ++i)
        more.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    EXPECT_EQ(look_at_process().open_fds, before.open_fds + 5);
    std::jthread const other([](std::stop_token const& stop) {
        while (!stop.stop_requested())
            std::this_thread::yield();
    });
    EXPECT_EQ(look_at_process().threads, before.threads + 1);
}

TEST(process_look, time_of_the_processor_goes_up) {
    auto const before = look_at_process().cpu_seconds;
    auto const until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (look_at_process().cpu_seconds < before + 0.05 &&
           std::chrono::steady_clock::now() < until) {
    }
    EXPECT_GE(look_at_process().cpu_seconds, before + 0.05);
}

/// The name stands in parentheses between the numbers.
TEST(process_look, a_name_with_blanks_and_parentheses_is_no_number) {
    ASSERT_EQ(::prctl(PR_SET_NAME, ") 1 (2 3) 4"), 0);
    auto const p = look_at_process();
    EXPECT_GT(p.resident_bytes, 1U << 20);
    EXPECT_GE(p.threads, 1U);
    EXPECT_LT(p.threads, 100U);
}

}  // namespace
}  // namespace setclick::daemon
