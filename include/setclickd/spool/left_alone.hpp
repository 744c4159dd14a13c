// Why a file in incoming/ is left where it is, and which ones were reported already.
#pragma once

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
};

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

    static constexpr std::size_t most = 8'192;

private:
    std::unordered_map<std::uint64_t, std::uint32_t>
        reported_;  ///< hash of name, inode, reason → pass
    std::uint32_t pass_ = 1;
    std::uint64_t beyond_ = 0;
    std::uint64_t beyond_before_ = 0;
};

/// "chmod o+r 'PATH'"; for a name that a shell cannot show as it is, a find by inode.
std::string cure_command(std::string_view command, std::string_view incoming, std::string_view name,
                         std::uint64_t inode);

}  // namespace setclick::spool
