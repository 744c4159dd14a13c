#include "block_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace setclick::sandbox {

block_file::block_file(block_file&& other) noexcept {
    *this = std::move(other);
}

block_file& block_file::operator=(block_file&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(path_, other.path_);
    std::swap(buffer_, other.buffer_);
    std::swap(failure_, other.failure_);
    return *this;
}

block_file::~block_file() {
    if (!is_open()) return;
    static_cast<void>(flush());
    ::close(fd_);
}

result<block_file> block_file::open(std::string path, unsigned mode) {
    block_file file;
    file.fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, mode);
    if (file.fd_ < 0) return errno_error(errno, "open", path);
    file.path_ = std::move(path);
    file.buffer_.reserve(2 * block_size);
    return file;
}

result<void> block_file::flush() {
    std::string_view rest = buffer_;
    while (!failure_ && !rest.empty()) {
        auto const written = ::write(fd_, rest.data(), rest.size());
        if (written >= 0)
            rest.remove_prefix(static_cast<std::size_t>(written));
        else if (errno != EINTR)
            failure_ = errno_error(errno, "write to", path_);
    }
    buffer_.clear();
    if (failure_) return *failure_;
    return {};
}

}  // namespace setclick::sandbox
