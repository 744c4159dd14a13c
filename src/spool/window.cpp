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
        // A short read proves nothing: it may end at a page that cannot be read; the next read
        // shows it.
        if (got == 0) return view{std::string_view(buffer_.get(), filled), true};
        filled += static_cast<std::size_t>(got);
    }
    return view{std::string_view(buffer_.get(), filled), false};
}

}  // namespace setclick::spool
