// How far a large file was read: one line that changes, where a person looks.
#pragma once

#include <chrono>
#include <cstdint>

#include "console.hpp"

namespace setclick::cli {

class progress_line {
public:
    /// `size`: bytes; of a small file nothing is shown.
    progress_line(console const& io, std::uint64_t size) : io_(io), size_(size) {}
    ~progress_line() { clear(); }
    progress_line(progress_line const&) = delete;
    progress_line& operator=(progress_line const&) = delete;

    void show(char const* what, std::uint64_t done);
    /// Before anything else is written to the terminal.
    void clear();

private:
    console const& io_;
    std::uint64_t size_;
    std::chrono::steady_clock::time_point last_{};
    bool has_line_ = false;
};

}  // namespace setclick::cli
