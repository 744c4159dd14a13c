#include "presence.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstddef>

namespace setclick::ledger {

std::optional<std::string> presence::missing() {
    constexpr std::array<char const*, 3> suffixes{"", "-wal", "-shm"};
    for (std::size_t i = 0; i < suffixes.size(); ++i) {
        auto file = path_ + suffixes[i];
        struct stat found {};
        bool const is_there = ::stat(file.c_str(), &found) == 0;
        // What cannot be looked at now is not known to be gone.
        if (!is_there && errno != ENOENT && errno != ENOTDIR) continue;
        auto& seen = seen_[i];
        if (!seen) {
            if (is_there) seen = {found.st_dev, found.st_ino};
            continue;
        }
        if (!is_there || found.st_dev != seen->device || found.st_ino != seen->inode) return file;
    }
    return std::nullopt;
}

}  // namespace setclick::ledger
