#include "crash_marker.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>

namespace setclick::daemon {
namespace {

std::array<char, 4096> marker_path{};

// Only async-signal-safe calls (signal-safety(7)).
extern "C" void on_fatal_signal(int number) {
    if (int const fd = ::open(marker_path.data(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600); fd >= 0) {
        ::fsync(fd);
        ::close(fd);
    }
    ::signal(number, SIG_DFL);
    ::raise(number);
}

}  // namespace

void arm_crash_marker(std::string const& path) {
    if (path.size() >= marker_path.size()) return;
    std::memcpy(marker_path.data(), path.c_str(), path.size() + 1);
    for (int const number : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL}) {
        struct sigaction action {};
        action.sa_handler = on_fatal_signal;
        action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
        ::sigaction(number, &action, nullptr);
    }
}

bool take_crash_marker(std::string const& path) { return ::unlink(path.c_str()) == 0; }

}  // namespace setclick::daemon
