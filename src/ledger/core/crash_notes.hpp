// What the daemon was reading when it broke off by a fault of its own, over several starts. Pure;
// kept as one text in `meta`.
//
// A place counts up with each abort that met it, for as long as aborts follow one another: any
// other end (an orderly one, a kill, a power cut) forgets the suspects. Two lines that break the
// daemon by turns thus both get there. What has been set aside stays until its file was read past
// it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "setclickd/ledger/types.hpp"

namespace setclick::ledger {

class crash_notes {
public:
    /// A text that `text` did not make is no notes at all.
    explicit crash_notes(std::string_view text);
    std::string text() const;

    void add(last_end const& end);
    void forget_passed(std::span<file_info const> unfinished);
    bool is_empty() const noexcept { return notes_.empty(); }

    /// Those that were met often enough.
    std::vector<reading_place> set_aside() const;

    /// The oldest go first.
    static constexpr std::size_t most = 64;

private:
    struct note {
        std::uint32_t aborts = 0;
        reading_place place;
    };
    std::vector<note> notes_;
};

/// An event in flight, or a line being read, at this many aborts may be their cause.
inline constexpr std::uint32_t aborts_to_hold = 3;

}  // namespace setclick::ledger
