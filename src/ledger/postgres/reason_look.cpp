#include "reason_look.hpp"

#include <algorithm>
#include <string>

#include "../core/pack.hpp"
#include "setclickd/ledger/reasons.hpp"

namespace setclick::ledger::postgres {
namespace {

/// Where the ids of the next account begin.
std::uint64_t end_of_account(std::uint64_t id) {
    return ((id >> event_no::sequence_bits) + 1) << event_no::sequence_bits;
}

}  // namespace

reason_look::reason_look(session& db)
    : next_pack_(db, "SELECT min(first) FROM pack WHERE file = $1 AND first >= $2"),
      last_pack_(db, "SELECT max(first) FROM pack WHERE file = $1 AND first < $2"),
      // Rejected spans have no due time, so that the index goes on by number. The first one may begin
      // before the range.
      rejected_(db,
                "SELECT first, last, reason FROM span WHERE state = 5 AND state <> 4 AND account = "
                "$1 AND due = 0 AND first >= coalesce((SELECT max(first) FROM span WHERE first <= "
                "$2), $2) AND first <= $3 ORDER BY first LIMIT $4"),
      packs_(db,
             "SELECT first, count, file FROM pack WHERE first > $1 - $3 AND first <= $2 ORDER BY "
             "first LIMIT $4"),
      held_(db,
            "SELECT last - first + 1, reason, at FROM span WHERE state = 3 AND state <> 4 AND "
            "account = $1 ORDER BY due, first LIMIT $2") {}

std::uint32_t reason_look::look_at_rejected(file_no file, std::uint32_t limit, reason_counts& to) {
    std::uint32_t looked_at = 0;
    std::uint64_t after = 0;
    while (looked_at < limit) {
        range in;
        {
            auto rows = next_pack_.read(file, after);
            if (!rows.next() || rows.is_null(0)) break;
            in.first = rows.number(0);
        }
        after = end_of_account(in.first);
        {
            auto rows = last_pack_.read(file, after);
            if (!rows.next() || rows.is_null(0)) break;
            in.last = rows.number(0) + pack_events - 1;
        }
        ++looked_at;
        look_at_range(file, in, limit, looked_at, to);
    }
    return looked_at;
}

void reason_look::look_at_range(file_no file, range in, std::uint32_t limit,
                                std::uint32_t& looked_at, reason_counts& to) {
    auto spans = rejected_.read(event_no{in.first}.account(), in.first, in.last, limit);
    while (looked_at < limit && spans.next()) {
        auto const first = std::max(spans.number(0), in.first);
        auto const last = std::min(spans.number(1), in.last);
        auto packs = packs_.read(first, last, pack_events, limit);
        // Other files may lie between this one's packs.
        for (++looked_at; looked_at <= limit && packs.next(); ++looked_at) {
            if (static_cast<file_no>(packs.number(2)) != file) continue;
            auto const from = std::max(first, packs.number(0));
            auto const until = std::min(last, packs.number(0) + packs.number(1) - 1);
            if (from <= until) to.add(spans.text(2), until - from + 1);
        }
    }
}

held_look reason_look::held(account_no account, std::uint32_t limit) {
    held_look out;
    auto rows = held_.read(account, limit);
    for (; rows.next(); ++out.looked_at) {
        auto const since = from_ms(rows.integer(2));
        // Reasons are of a closed list.
        auto known = std::find_if(out.reasons.begin(), out.reasons.end(),
                                  [&](auto const& r) { return r.text == rows.text(1); });
        if (known == out.reasons.end())
            known = out.reasons.insert(known, {std::string(rows.text(1)), 0, since});
        known->events += rows.number(0);
        known->oldest = std::min(known->oldest, since);
    }
    out.is_whole = out.looked_at < limit;
    std::stable_sort(out.reasons.begin(), out.reasons.end(),
                     [](auto const& a, auto const& b) { return a.events > b.events; });
    return out;
}

}  // namespace setclick::ledger::postgres
