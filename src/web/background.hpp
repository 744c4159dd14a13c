// A thread that can be left behind: what it does may wait for a disk, or hang, and whoever ends it goes on all the same.
//
// Promises: `leave` returns within its patience; the thread's function holds what it needs itself. Threads: the owner's.
#pragma once

#include <functional>
#include <future>
#include <thread>

#include "setclickd/base/time.hpp"

namespace setclick::web {

class background {
public:
    background() = default;
    /// `name`: up to 15 bytes, for ps and top.
    background(char const* name, std::function<void()> body);
    ~background();
    background(background&&) = default;
    background& operator=(background&&) = delete;
    background(background const&) = delete;
    background& operator=(background const&) = delete;

    /// Waits for the end of the body, which somebody has asked for. False: it did not come, and the thread is on its own.
    bool leave(milliseconds patience);

private:
    std::future<void> ended_;
    std::thread thread_;
};

}  // namespace setclick::web
