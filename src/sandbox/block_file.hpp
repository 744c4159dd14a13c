// A file that is only appended to, through one buffer written in large blocks.
//
// Promise: what was appended reaches the file in its order and whole; a write that failed is
// remembered and given to everyone who flushes from then on, since a record with a hole proves
// nothing. One thread at a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "setclickd/base/error.hpp"

namespace setclick::sandbox {

class block_file {
public:
    block_file() = default;
    block_file(block_file&& other) noexcept;
    block_file& operator=(block_file&& other) noexcept;
    ~block_file();

    static result<block_file> open(std::string path, unsigned mode);

    bool is_open() const noexcept { return fd_ >= 0; }
    std::string const& path() const noexcept { return path_; }
    /// Append here, then call `appended`.
    std::string& buffer() noexcept { return buffer_; }
    /// Writes once a block is full.
    void appended() {
        if (buffer_.size() >= block_size) static_cast<void>(flush());
    }
    result<void> flush();

private:
    static constexpr std::size_t block_size = 256 * 1024;

    int fd_ = -1;
    std::string path_;
    std::string buffer_;
    std::optional<error> failure_;
};

}  // namespace setclick::sandbox
