#include "signal_inbox.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <pthread.h>

namespace setclick::cli {

signal_inbox::signal_inbox(std::initializer_list<int> signals) {
    ::sigemptyset(&all_);
    for (int const number : signals)
        ::sigaddset(&all_, number);
    ::pthread_sigmask(SIG_BLOCK, &all_, &before_);
    fd_ = unique_fd{::signalfd(-1, &all_, SFD_NONBLOCK | SFD_CLOEXEC)};
}

signal_inbox::~signal_inbox() {
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

std::optional<int> signal_inbox::take() {
    signalfd_siginfo info{};
    if (::read(fd_.get(), &info, sizeof info) != sizeof info) return std::nullopt;
    return static_cast<int>(info.ssi_signo);
}

void signal_inbox::obey(int number) const {
    sigset_t one;
    ::sigemptyset(&one);
    ::sigaddset(&one, number);
    ::signal(number, SIG_DFL);
    ::raise(number);
    ::pthread_sigmask(SIG_UNBLOCK, &one, nullptr);  // now it happens
    ::pthread_sigmask(SIG_BLOCK, &one, nullptr);    // of one that only stopped the process
}

}  // namespace setclick::cli
