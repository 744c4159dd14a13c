// A stretch of a file in a reused buffer: memory does not depend on the file's size.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "setclickd/base/error.hpp"

namespace setclick::spool {

class window {
public:
    /// `capacity`: bytes held at most. The pages are only touched as far as files fill them.
    explicit window(std::size_t capacity);

    struct view {
        std::string_view bytes;  ///< until the next call
        bool at_end = false;     ///< the file ends (ended a moment ago) after these bytes
    };
    /// The file's bytes from `offset` on. Reads until the buffer is full or a read reports that there
    /// is no more, so `at_end` is a second look: a file that grew meanwhile goes on. `name` for the
    /// error. At most `limit` bytes.
    result<view> fill(int fd, std::uint64_t offset, std::string_view name,
                      std::size_t limit = static_cast<std::size_t>(-1));

private:
    std::unique_ptr<char[]> buffer_;
    std::size_t capacity_;
};

}  // namespace setclick::spool
