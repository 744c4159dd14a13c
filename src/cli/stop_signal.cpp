#include "stop_signal.hpp"

#include <algorithm>
#include <csignal>
#include <thread>

namespace setclick::cli {
namespace {

std::atomic<bool> is_told_to_stop = false;
static_assert(std::atomic<bool>::is_always_lock_free);

extern "C" void on_stop_signal(int) {
    is_told_to_stop = true;
}

}  // namespace

std::atomic<bool> const& stop_on_signal() {
    struct sigaction action {};
    action.sa_handler = on_stop_signal;
    // What is being written is written to its end.
    action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
    return is_told_to_stop;
}

bool wait_until(steady_time then, std::atomic<bool> const& stop) {
    constexpr milliseconds slice{50};
    while (!stop) {
        auto const now = std::chrono::steady_clock::now();
        if (now >= then) return true;
        std::this_thread::sleep_until(std::min<steady_time>(then, now + slice));
    }
    return false;
}

}  // namespace setclick::cli
