#include "terminal_width.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

namespace setclick::cli {

std::size_t terminal_width() {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
    return std::clamp<std::size_t>(size.ws_col, 40, 120);
}

std::size_t terminal_height() {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0) return 24;
    return size.ws_row;
}

}  // namespace setclick::cli
