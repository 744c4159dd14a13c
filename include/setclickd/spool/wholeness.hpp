// Whether a file in incoming/ is whole, so that it may be taken. Pure: one decision with all its
// reasons; whoever asks gathers the evidence, one piece at a time, as far as it is asked for.
//
//     renamed in                          whole: that is what a rename says
//     written in place, closed            whole when it ends well and nobody else has it open
//                                         (a read lease); where no lease can be had, when quiet
//     written in place, found             whole when quiet for `settle`, ends well, and nobody has
//                                         it open
//     ends inside a line or a JSON text   the same, but quiet for `patience`
//     open for writing                    waits; after `patience` that is reported
//     empty                               is left until something is written to it
//
// A close says nothing of another descriptor, and the kernel merges equal events: so a close alone
// decides nothing. `quiet_for` is measured on our own monotonic clock from what was seen to change:
// a file server's time stamps are another clock. With `settle` 0 whatever lies there is taken.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>

#include "setclickd/base/time.hpp"
#include "setclickd/spool/file_end.hpp"

namespace setclick::spool {

struct file_look {
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
    std::int64_t ctime_ns = 0;  ///< since 1970, by whoever keeps the file
    std::int64_t mtime_ns = 0;

    friend bool operator==(file_look const&, file_look const&) = default;
};

/// How it is known that a file is there.
enum class arrival : std::uint8_t { found, renamed_in, closed };
/// What the kernel says to a read lease.
enum class lease : std::uint8_t {
    granted,      ///< nobody has it open for writing
    refused,      ///< somebody has
    unavailable,  ///< not ours, or not on this file system: nothing is known
};

struct evidence {
    arrival how = arrival::found;
    std::uint64_t size = 0;
    milliseconds quiet_for{0};
    std::optional<file_end> end;
    std::optional<lease> open;
};

struct wholeness_limits {
    milliseconds settle{2000};
    milliseconds patience{120'000};  ///< at least `settle`
};

enum class decision : std::uint8_t {
    take,
    wait,
    wait_open,    ///< the same, and a person should know: somebody keeps it open
    leave_empty,  ///< until something is written to it
    look_at_end,  ///< not yet: `evidence::end` is missing
    try_lease,    ///< not yet: `evidence::open` is missing
};

decision decide(evidence const& seen, wholeness_limits const& limits) noexcept;

/// Since when each file has not changed, as far as was seen.
class quiet_clock {
public:
    /// At most this many files are timed at once; the others wait for their turn.
    static constexpr std::size_t most_watched = 65'536;

    /// `forget_after`: a file that was not asked about for so long gives up its place.
    explicit quiet_clock(milliseconds forget_after) : forget_after_(forget_after) {}

    /// For how long `look` has been what is seen of the file; zero at the first look.
    milliseconds quiet_for(file_look const& look, steady_time now);
    /// The file is gone or taken.
    void forget(std::uint64_t inode) { watched_.erase(inode); }

private:
    struct watched {
        file_look look;
        steady_time since;
        steady_time asked;
    };
    milliseconds forget_after_;
    std::unordered_map<std::uint64_t, watched> watched_;
};

}  // namespace setclick::spool
