// A file that a command reads; twice, where it is a table: its first pass decides what the second goes by.
#pragma once

#include <cstdint>
#include <string>

#include "setclickd/base/error.hpp"
#include "setclickd/base/unique_fd.hpp"

namespace setclick::cli {

struct input_file {
    unique_fd fd;  ///< at its start
    std::uint64_t size = 0;
};

/// Opens `path` ("-" is standard input) so that it can be read again from its start. What comes through a
/// pipe is copied to a file without a name, at most `most` bytes of it, which is gone with the descriptor.
/// Directories and devices are refused.
result<input_file> open_again(std::string const& path, std::uint64_t most);

}  // namespace setclick::cli
