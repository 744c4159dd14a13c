// What the program logs (stderr) while this lives, so that a test can wait until it has been logged
// that a phase was reached. Needs no descriptor after its construction.
#pragma once

#include <unistd.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace setclick::test {

class log_lines {
public:
    log_lines() : before_(::dup(2)) {
        std::array<int, 2> ends{};
        if (::pipe(ends.data()) != 0) return;
        ::dup2(ends[1], 2);
        ::close(ends[1]);
        from_ = ends[0];
        reader_ = std::thread([this] { read(); });
    }
    ~log_lines() {
        ::dup2(before_, 2);  // the pipe's last writer: the reader comes to its end
        ::close(before_);
        if (reader_.joinable()) reader_.join();
        ::close(from_);
    }
    log_lines(log_lines const&) = delete;
    log_lines& operator=(log_lines const&) = delete;

    /// False where it was not logged in time.
    bool wait_for(std::string const& text,
                  std::chrono::seconds at_most = std::chrono::seconds{60}) {
        std::unique_lock lock(mutex_);
        return more_.wait_for(lock, at_most, [&] { return text_.find(text) != std::string::npos; });
    }
    std::string text() const {
        std::lock_guard const lock(mutex_);
        return text_;
    }

private:
    void read() {
        std::array<char, 4096> buffer{};
        for (;;) {
            auto const got = ::read(from_, buffer.data(), buffer.size());
            if (got <= 0) return;
            std::lock_guard const lock(mutex_);
            text_.append(buffer.data(), static_cast<std::size_t>(got));
            more_.notify_all();
        }
    }

    int before_ = -1;
    int from_ = -1;
    mutable std::mutex mutex_;
    std::condition_variable more_;
    std::string text_;
    std::thread reader_;
};

}  // namespace setclick::test
