// Why a file in incoming/ is left where it is, and which ones were reported already.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace setclick::spool {

enum class left_reason : std::uint8_t {
    other_name,   ///< ends in none of the known endings
    not_regular,  ///< a link, directory, FIFO, socket or device
    unreadable,
    too_large,
    several_links,  ///< waits until it has one
    cannot_move,
    empty,             ///< until something is written to it
    open_for_writing,  ///< for long, and nothing is written
    temporary_name,    ///< of an uploader, an editor or a desktop: left without a line in the log
};
inline constexpr std::size_t left_reason_count = 9;

/// "other_name": for scripts.
std::string_view name_of(left_reason reason) noexcept;
/// "larger than spool.max_file": after a count, for a person.
std::string_view text_of(left_reason reason) noexcept;

/// Files that are left alone, by the reason.
using left_counts = std::array<std::uint64_t, left_reason_count>;

struct left_file {
    std::string name;
    left_reason reason = left_reason::other_name;
    std::uint64_t inode = 0;  ///< 0: unknown
    std::string why;  ///< a sentence for a person, with the cure where there is one; printable
};

/// Remembers what was reported, so that a file costs one log line and not one a scan; files whose
/// names are not ours, one line for each kind of name. Bounded: past
/// `most` files it only counts.
class reported_names {
public:
    /// True: report it now.
    bool report(left_file const& file);

    /// A pass over incoming/ has ended: what it did not meet is forgotten. The number of files left
    /// alone beyond the memory's bound in this pass, when it is another than after the last one;
    /// else 0.
    std::uint64_t pass_ended();

    /// Those that were met in the last whole pass, and since then for the first time; of names that are
    /// not ours their kinds.
    left_counts const& counts() const noexcept { return counts_; }

    static constexpr std::size_t most = 8'192;

private:
    struct met {
        std::uint32_t pass = 0;
        left_reason reason{};
    };
    std::unordered_map<std::uint64_t, met> reported_;  ///< by the hash of name, inode and reason
    left_counts counts_{};
    std::uint32_t pass_ = 1;
    std::uint64_t beyond_ = 0;
    std::uint64_t beyond_before_ = 0;
};

/// "chmod o+r 'PATH'"; for a name that a shell cannot show as it is, a find by inode.
std::string cure_command(std::string_view command, std::string_view incoming, std::string_view name,
                         std::uint64_t inode);

}  // namespace setclick::spool
