// Room on the disk that is kept back: PATH.reserve is allocated while there is room, and given up
// when the disk is full, so that what has been sent can still be settled.
#pragma once

#include <cstdint>
#include <string>

#include "setclickd/base/error.hpp"

namespace setclick::ledger {

class reserve {
public:
    reserve(std::string ledger_path, std::uint64_t bytes);

    /// Allocates what is missing. False when there is no room for it (and a little more).
    bool restore() noexcept;
    /// After the disk was full: true when the reserve is whole and there is room beside it.
    bool has_room_again() noexcept;
    /// Gives the room back to the file system.
    void release() noexcept;
    bool is_whole() const noexcept { return whole_; }

    /// Free for unprivileged users on the ledger's file system.
    result<std::uint64_t> free_bytes() const;

private:
    std::string path_;
    std::uint64_t bytes_;
    bool whole_ = false;
};

}  // namespace setclick::ledger
