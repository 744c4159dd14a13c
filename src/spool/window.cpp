#include "setclickd/spool/window.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "setclickd/base/text.hpp"

namespace setclick::spool {

window::window(std::size_t capacity) : buffer_(new char[capacity]), capacity_(capacity) {}

result<window::view> window::fill(int fd, std::uint64_t offset, std::string_view name,
                                  std::size_t limit) {
    auto const most = std::min(limit, capacity_);
    std::size_t filled = 0;
    while (filled < most) {
        auto const got =
            ::pread(fd, buffer_.get() + filled, most - filled, static_cast<off_t>(offset + filled));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0)
            return errno_error(errno, "read",
                               printable(name) + " at offset " + std::to_string(offset + filled));
        auto const asked = most - filled;
        filled += static_cast<std::size_t>(got);
        // A regular file is read short at its end alone; what is appended behind it is noticed when
        // the file is finished.
        if (static_cast<std::size_t>(got) < asked)
            return view{std::string_view(buffer_.get(), filled), true};
    }
    return view{std::string_view(buffer_.get(), filled), false};
}

}  // namespace setclick::spool
