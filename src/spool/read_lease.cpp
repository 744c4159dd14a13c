#include "setclickd/spool/read_lease.hpp"

#include <fcntl.h>

#include <cerrno>
#include <csignal>
#include <utility>

namespace setclick::spool {
namespace {

/// Its usual effect would be to end the process.
void ignore_sigio() {
    [[maybe_unused]] static bool const done = [] {
        struct sigaction now {};
        if (::sigaction(SIGIO, nullptr, &now) == 0 && now.sa_handler == SIG_DFL)
            std::signal(SIGIO, SIG_IGN);
        return true;
    }();
}

}  // namespace

read_lease::read_lease(int fd) {
    ignore_sigio();
    if (::fcntl(fd, F_SETLEASE, F_RDLCK) == 0) {
        fd_ = fd;
        outcome_ = lease::granted;
    } else if (errno == EAGAIN) {
        outcome_ = lease::refused;
    }
}

read_lease::~read_lease() {
    give_back();
}

read_lease::read_lease(read_lease&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), outcome_(other.outcome_) {}

read_lease& read_lease::operator=(read_lease&& other) noexcept {
    give_back();
    fd_ = std::exchange(other.fd_, -1);
    outcome_ = other.outcome_;
    return *this;
}

void read_lease::give_back() noexcept {
    if (fd_ >= 0) ::fcntl(std::exchange(fd_, -1), F_SETLEASE, F_UNLCK);
}

}  // namespace setclick::spool
