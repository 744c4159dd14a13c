#include "erased_on_signal.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <utility>

namespace setclick::cli {
namespace {

constexpr std::array signals{SIGINT, SIGTERM, SIGHUP};

std::atomic<char const*> unfinished = nullptr;
static_assert(std::atomic<char const*>::is_always_lock_free);

/// Only what a handler may call. The default action is there again (SA_RESETHAND), and comes when
/// the handler is left.
extern "C" void on_signal(int number) {
    if (auto const* const path = unfinished.load()) ::unlink(path);
    ::raise(number);
}

}  // namespace

erased_on_signal::erased_on_signal(std::string path) : path_(std::move(path)), before_{} {
    unfinished = path_.c_str();
    struct sigaction action {};
    action.sa_handler = on_signal;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    for (std::size_t i = 0; i < signals.size(); ++i) {
        ::sigaction(signals[i], nullptr, &before_[i]);
        // One that is ignored (nohup) goes on being ignored.
        if (before_[i].sa_handler != SIG_IGN) ::sigaction(signals[i], &action, nullptr);
    }
}

erased_on_signal::~erased_on_signal() {
    for (std::size_t i = 0; i < signals.size(); ++i)
        ::sigaction(signals[i], &before_[i], nullptr);
    unfinished = nullptr;
}

}  // namespace setclick::cli
