// When a file that nobody announced is complete: after `settle` without a change. Pure.
//
// The rule compares the file's change time with the wall clock. A change time in the future (the
// clock was set back) would make it wait for ever, so such a file is remembered and timed by the
// steady clock instead. mtime decides nothing: the producer may set it as it likes, and no write
// leaves ctime alone.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "setclickd/base/time.hpp"

namespace setclick::spool {

struct file_look {
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
    std::int64_t ctime_ns = 0;  ///< since 1970
    std::int64_t mtime_ns = 0;

    friend bool operator==(file_look const&, file_look const&) = default;
};

class quiet_rule {
public:
    explicit quiet_rule(milliseconds settle) : settle_(settle) {}

    bool is_quiet(file_look const& look, wall_time now, steady_time steady_now);

    /// The file is gone or taken.
    void forget(std::uint64_t inode) { watched_.erase(inode); }

    /// At most this many files with a future change time are timed at once; the others wait for
    /// their turn.
    static constexpr std::size_t most_watched = 16'384;

private:
    struct watched {
        file_look look;
        steady_time since;
    };
    milliseconds settle_;
    std::unordered_map<std::uint64_t, watched> watched_;
};

}  // namespace setclick::spool
