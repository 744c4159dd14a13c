#include "final_wait.hpp"

#include <algorithm>

namespace setclick::cli {
namespace {

constexpr milliseconds between_looks{500};
/// A clock may be put right meanwhile. No file is removed from done/ so soon that its inode could
/// have gone to another one of the same name by then.
constexpr milliseconds clock_slack{60'000};

bool is_final(ledger::file_info const& file) noexcept {
    return file.state == ledger::file_state::complete || file.state == ledger::file_state::done;
}

}  // namespace

void final_counts::add(ledger::file_info const& file) noexcept {
    delivered += file.delivered;
    duplicates += file.duplicate;
    not_delivered += file.rejected + file.refused + file.discarded;
    if (!is_final(file)) ++files_left;
}

result<final_counts> wait_until_final(std::vector<dropped_file> const& files, milliseconds at_most,
                                      wait_hooks const& hooks) {
    std::uint64_t reported = 0;
    for (milliseconds waited{0};; waited += between_looks) {
        final_counts counts;
        for (auto const& file : files) {
            auto const named = hooks.files_named(file.name);
            if (!named) return named.error();
            auto const found = std::ranges::find_if(*named, [&](ledger::file_info const& known) {
                return known.claimed.inode == file.inode &&
                       known.claimed_at + clock_slack >= file.dropped_at;
            });
            if (found == named->end())
                ++counts.files_left;  // not taken yet
            else
                counts.add(*found);
        }
        auto const settled = counts.delivered + counts.not_delivered + counts.duplicates;
        if (settled != reported && hooks.on_change) hooks.on_change(counts);
        reported = settled;
        if (counts.files_left == 0) return counts;
        if (at_most > milliseconds{0} && waited >= at_most) return counts;
        if (!hooks.sleep(between_looks)) return counts;
    }
}

}  // namespace setclick::cli
