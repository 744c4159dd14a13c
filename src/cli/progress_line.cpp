#include "progress_line.hpp"

#include <algorithm>

namespace setclick::cli {

void progress_line::show(char const* what, std::uint64_t done) {
    constexpr std::uint64_t worth_it = 4U << 20U;
    if (!io_.err_is_terminal || size_ < worth_it) return;
    auto const now = std::chrono::steady_clock::now();
    if (has_line_ && now - last_ < std::chrono::milliseconds{200}) return;
    last_ = now;
    has_line_ = true;
    io_.err << "\r" << what << " " << std::min(done, size_) * 100 / size_ << " % \x1b[K"
            << std::flush;
}

void progress_line::clear() {
    if (has_line_) io_.err << "\r\x1b[K" << std::flush;
    has_line_ = false;
}

}  // namespace setclick::cli
