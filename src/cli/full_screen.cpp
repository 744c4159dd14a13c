#include "full_screen.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>

namespace setclick::cli {
namespace {

// Alternate screen, no cursor, no wrapping at the margin; and the way back.
constexpr std::string_view taking = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[H\x1b[2J";
constexpr std::string_view giving_back = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l";

constexpr std::chrono::milliseconds patience{200};

}  // namespace

result<std::unique_ptr<full_screen>> full_screen::open() {
    std::array<char, 256> name{};
    char const* path = "/dev/tty";
    if (::ttyname_r(STDOUT_FILENO, name.data(), name.size()) == 0) path = name.data();
    unique_fd fd{::open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)};
    if (!fd && path == name.data())
        fd = unique_fd{::open("/dev/tty", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)};
    if (!fd) return errno_error(errno, "open", path);
    auto made = std::unique_ptr<full_screen>(new full_screen(std::move(fd)));
    if (::tcgetattr(made->fd(), &made->before_) != 0)
        return errno_error(errno, "ask for the modes of", path);
    made->take();
    return made;
}

full_screen::~full_screen() {
    give_back();
}

void full_screen::take() {
    auto modes = before_;
    modes.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    modes.c_iflag &= ~static_cast<tcflag_t>(IXON);  // Ctrl-S is a key like any other
    modes.c_cc[VMIN] = 1;
    modes.c_cc[VTIME] = 0;
    is_taken_ = true;
    ::tcsetattr(fd(), TCSANOW, &modes);
    writing_.clear();
    next_.clear();
    write_all_soon(taking);
}

void full_screen::give_back() {
    if (!is_taken_) return;
    // The rest of a sequence that was begun would swallow what follows: a terminal drops it at ESC.
    writing_.clear();
    next_.clear();
    write_all_soon(giving_back);
    ::tcsetattr(fd(), TCSANOW, &before_);
    is_taken_ = false;
}

screen_size full_screen::size() const {
    winsize at{};
    if (::ioctl(fd(), TIOCGWINSZ, &at) != 0 || at.ws_col == 0 || at.ws_row == 0) return {};
    return {at.ws_col, at.ws_row};
}

void full_screen::show(std::string_view bytes) {
    next_ = bytes;
    write_on();
}

void full_screen::write_on() {
    for (;;) {
        if (writing_.empty()) writing_.swap(next_);
        if (writing_.empty()) return;
        auto const n = ::write(fd(), writing_.data(), writing_.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return;
        writing_.erase(0, static_cast<std::size_t>(n));
    }
}

void full_screen::write_all_soon(std::string_view bytes) {
    auto const until = std::chrono::steady_clock::now() + patience;
    while (!bytes.empty()) {
        auto const n = ::write(fd(), bytes.data(), bytes.size());
        if (n > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(n));
            continue;
        }
        if (n < 0 && errno == EINTR) continue;
        if (n == 0 || errno != EAGAIN || std::chrono::steady_clock::now() >= until) return;
        pollfd one{fd(), POLLOUT, 0};
        static_cast<void>(::poll(&one, 1, 20));
    }
}

result<std::string> full_screen::typed() {
    std::array<char, 256> bytes{};
    auto const n = ::read(fd(), bytes.data(), bytes.size());
    if (n > 0) return std::string(bytes.data(), static_cast<std::size_t>(n));
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return std::string();
    return fail(errc::io, "the terminal is gone");
}

}  // namespace setclick::cli
