// Real threads in real waits, looked at through /proc.
#include "daemon/thread_state.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <future>
#include <string>
#include <thread>

namespace setclick::daemon {
namespace {

struct other_thread {
    explicit other_thread(std::function<void()> what)
        : thread([this, what = std::move(what)] {
              tid.set_value(::gettid());
              what();
          }) {}
    std::promise<pid_t> tid;
    std::thread thread;
};

/// Looks until it is in a call of the file system, or for ten seconds.
std::optional<thread_sample> sample_until_in_call(pid_t tid) {
    std::optional<thread_sample> seen;
    for (int i = 0; i < 1000; ++i) {
        seen = sample_thread(tid);
        if (seen && seen->in_disk_call) break;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return seen;
}

TEST(ThreadState, AnUninterruptibleSleepIsACallOfTheFileSystem) {
    // The one who calls vfork sleeps as a thread does that waits for a disk (D), until its child is gone. The calls are
    // made directly: the thread sanitizer replaces vfork by fork, whose caller does not sleep. Without CLONE_VM the child
    // has memory of its own, so it may return from the call.
    other_thread other([] {
        if (auto const child = ::syscall(SYS_clone, CLONE_VFORK | SIGCHLD, 0, 0, 0, 0);
            child == 0) {
            timespec const pause{3, 0};
            ::syscall(SYS_nanosleep, &pause, nullptr);
            ::syscall(SYS_exit_group, 0);
        } else {
            ::waitpid(static_cast<pid_t>(child), nullptr, 0);
        }
    });
    auto const tid = other.tid.get_future().get();
    auto const first = sample_until_in_call(tid);
    ASSERT_TRUE(first && first->in_disk_call);
    auto const second = sample_thread(tid);
    ASSERT_TRUE(second && second->in_disk_call);
    EXPECT_EQ(first->switches, second->switches) << "the same wait";
    other.thread.join();
    EXPECT_FALSE(sample_thread(tid).has_value()) << "it is gone";
}

TEST(ThreadState, AnOrdinarySleepInsideOfAnOpenIsOneToo) {
    // As on a file system in user space whose server does not answer.
    std::string directory = "/tmp/setclick-thread-XXXXXX";
    ASSERT_NE(::mkdtemp(directory.data()), nullptr);
    auto const fifo = directory + "/fifo";
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    other_thread other([&] { ::close(::open(fifo.c_str(), O_RDONLY | O_CLOEXEC)); });
    auto const seen = sample_until_in_call(other.tid.get_future().get());
    ASSERT_TRUE(seen.has_value());
    // Where /proc shows no calls (a kernel without them), such a wait cannot be told from a hang.
    if (std::filesystem::exists("/proc/self/syscall")) {
        EXPECT_TRUE(seen->in_disk_call);
    }
    ::close(::open(fifo.c_str(), O_WRONLY | O_CLOEXEC));
    other.thread.join();
    std::filesystem::remove_all(directory);
}

TEST(ThreadState, AThreadThatComputesOrWaitsForAnotherOneIsInNone) {
    std::atomic<bool> stop = false;
    std::promise<void> go;
    other_thread busy([&] {
        while (!stop) {
        }
    });
    other_thread waiting([&] { go.get_future().wait(); });
    auto const busy_tid = busy.tid.get_future().get();
    auto const waiting_tid = waiting.tid.get_future().get();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    for (int i = 0; i < 50; ++i) {
        auto const a = sample_thread(busy_tid);
        auto const b = sample_thread(waiting_tid);
        ASSERT_TRUE(a && b);
        EXPECT_FALSE(a->in_disk_call);
        EXPECT_FALSE(b->in_disk_call);
    }
    stop = true;
    go.set_value();
    busy.thread.join();
    waiting.thread.join();
}

TEST(ThreadState, CountsTheWaits) {
    std::promise<void> go;
    other_thread other([&] {
        for (int i = 0; i < 5; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        go.get_future().wait();
    });
    auto const tid = other.tid.get_future().get();
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    auto const seen = sample_thread(tid);
    ASSERT_TRUE(seen.has_value());
    EXPECT_GE(seen->switches, 5u);
    go.set_value();
    other.thread.join();
}

}  // namespace
}  // namespace setclick::daemon
