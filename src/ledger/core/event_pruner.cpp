#include "event_pruner.hpp"

#include <algorithm>
#include <vector>

namespace setclick::ledger {
namespace {

constexpr std::size_t packs_a_slice = 12;
/// Looked at for contents that are still there; only their heads are read.
constexpr std::size_t packs_looked_at = 400;

}  // namespace

std::optional<event_pruner::stretch> event_pruner::next_stretch(std::uint32_t days,
                                                                age_bounds& ages) {
    auto account = std::max(event_no{next_event_}.account(), account_no{1});
    auto const is_known = [&] {
        return static_cast<std::size_t>(account) <= t_.accounts.all().size();
    };
    // What is another node's is pruned there.
    while (is_known() && !t_.accounts.at(account).is_owned)
        account = account_no{static_cast<std::uint32_t>(account) + 1};
    if (days == 0 || !is_known()) return std::nullopt;
    next_event_ = std::max(next_event_, event_no::of(account, 1).value);
    return stretch{next_event_, ages.of(account, days)};
}

void event_pruner::next_account() noexcept {
    auto const account = static_cast<std::uint32_t>(event_no{next_event_}.account());
    next_event_ = event_no::of(account_no{account + 1}, 0).value;
}

bool event_pruner::receipts(std::uint32_t days, std::int64_t now, age_bounds& ages,
                            prune_slice& out) {
    auto const part = next_stretch(days, ages);
    if (!part) return true;
    auto const [from, end] = *part;
    struct pack {
        std::uint64_t first;
        std::uint64_t last;
    };
    std::vector<pack> old;
    std::size_t seen = 0;
    auto const look = [&, before = end](origin const& head, bool is_file_done) {
        ++seen;
        next_event_ = head.last + 1;
        if (head.last < before && is_file_done && all_final(head.first, head.last))
            old.push_back({head.first, head.last});
        return true;
    };
    t_.packs.rows().each_head(from, end, packs_a_slice, look);
    for (auto const& p : old) {
        forget_times(p.first, p.last, now);
        t_.packs.erase(p.first);
        t_.attempts.erase(p.first, p.last);
        out.events += p.last - p.first + 1;
    }
    if (seen < packs_a_slice) next_account();
    return false;
}

/// What was delivered is not needed again: its personal data goes, everything else about it stays.
bool event_pruner::bodies(std::uint32_t days, age_bounds& ages, prune_slice& out) {
    auto const part = next_stretch(days, ages);
    if (!part) return true;
    auto const [from, end] = *part;
    std::vector<std::uint64_t> with_contents;
    std::size_t seen = 0;
    auto const look = [&](origin const& head, bool has_contents) {
        ++seen;
        next_event_ = head.last + 1;
        if (has_contents) with_contents.push_back(head.first);
        return with_contents.size() < packs_a_slice;
    };
    t_.packs.rows().each_content(from, end, packs_looked_at, look);
    if (with_contents.size() == packs_a_slice) seen = packs_looked_at;
    for (auto const first : with_contents)
        out.bodies += t_.packs.drop_records(first, [&, last = end](std::uint64_t id) {
            return id < last && t_.spans.find(id).state_of(id) == event_state::delivered;
        });
    if (seen < packs_looked_at) next_account();
    return false;
}

bool event_pruner::all_final(std::uint64_t first, std::uint64_t last) {
    for (auto id = first; id <= last;) {
        auto const& span = t_.spans.find(id);
        if (!is_final(span.is.state)) return false;
        id = span.last + 1;
    }
    return true;
}

/// States stay for ever, in spans without times and reasons, which merge.
void event_pruner::forget_times(std::uint64_t first, std::uint64_t last, std::int64_t now) {
    for (auto id = first; id <= last;) {
        auto const& span = t_.spans.find(id);
        auto const end = std::min(last, span.last);
        span_state bare;
        bare.state = span.is.state;
        if (span.is != bare) t_.spans.carve(id, end, bare.state, bare, now);
        id = end + 1;
    }
}

}  // namespace setclick::ledger
