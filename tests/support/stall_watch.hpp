// How long the machine stood still: a time limit is a promise of the program, and what the machine
// holds back meanwhile is taken off it.
//
// A thread sleeps and syncs a byte again and again, and adds up by how much that takes too long.
// The disk may be slow because of the very program that is measured, so the allowance is bounded, as
// in tests/system/stalls.py: beyond two seconds at most three quarters of the time count.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>

namespace setclick {

class stall_watch {
public:
    /// Writes to `path`, which should lie on the disk that the program writes to.
    explicit stall_watch(std::string const& path)
        : fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)),
          thread_([this](std::stop_token const& end) { watch(end); }) {}
    ~stall_watch() {
        thread_.request_stop();
        thread_.join();
        ::close(fd_);
    }
    stall_watch(stall_watch const&) = delete;
    stall_watch& operator=(stall_watch const&) = delete;

    /// Since the construction; any thread.
    std::chrono::milliseconds stood_still() const {
        auto const span = std::chrono::floor<std::chrono::milliseconds>(clock::now() - began_);
        return std::min(sum_.load(), std::max(always, span * 3 / 4));
    }

private:
    using clock = std::chrono::steady_clock;
    static constexpr std::chrono::milliseconds always{2000};
    static constexpr std::chrono::milliseconds usual{10};
    static constexpr std::chrono::milliseconds least{50};

    void watch(std::stop_token const& end) {
        while (!end.stop_requested()) {
            auto const begin = clock::now();
            EXPECT_EQ(::pwrite(fd_, "x", 1, 0), 1);
            ::fsync(fd_);
            std::this_thread::sleep_for(usual);
            auto const over = clock::now() - begin - usual;
            if (over >= least)
                sum_ = sum_.load() + std::chrono::floor<std::chrono::milliseconds>(over);
        }
    }

    int fd_;
    clock::time_point began_ = clock::now();
    std::atomic<std::chrono::milliseconds> sum_{std::chrono::milliseconds{0}};
    std::jthread thread_;
};

}  // namespace setclick
