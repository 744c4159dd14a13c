#include "scan_table.hpp"

#include <algorithm>

#include "pack_table.hpp"

namespace setclick::ledger::postgres {
namespace {

constexpr std::int64_t packs_a_page = 256;

}  // namespace

scan_table::scan_table(session& db, account_table& accounts, span_table& spans)
    : accounts_(accounts),
      spans_(spans),
      packs_(db,
             "SELECT first, count, file, imported_at FROM pack WHERE first <= $2 AND first > $1 - "
             "64 ORDER BY first LIMIT $3"),
      packs_of_file_(db,
                     "SELECT first, count, file, imported_at FROM pack WHERE file = $1 AND first > "
                     "$2 - 64 AND first <= $3 ORDER BY first LIMIT $4") {}

void scan_table::each_span(std::uint64_t first, std::uint64_t last,
                           std::optional<event_state> state, span_visit const& visit) {
    auto const most = static_cast<std::uint32_t>(accounts_.count());
    auto account = std::max(event_no{first}.account(), account_no{1});
    auto const until = std::min(event_no{last}.account(), account_no{most});
    for (; account <= until; account = account_no{static_cast<std::uint32_t>(account) + 1}) {
        if (only_owned_ && !accounts_.is_owned(account)) continue;
        auto from = std::max(first, event_no::of(account, 1).value);
        for (;;) {
            auto const page = spans_.page(from, state);
            if (page.empty()) break;
            for (auto const& span : page) {
                if (span.first > last) return;
                if (state && span.is.state != *state) continue;
                if (!visit(span)) return;
            }
            from = page.back().last + 1;
        }
    }
}

void scan_table::each_pack(std::uint64_t first, std::uint64_t last, pack_visit const& visit) {
    for (auto from = first; from <= last;) {
        auto found = packs_.read(from, last, packs_a_page);
        auto const before = from;
        while (found.next()) {
            auto const pack = origin_of(found);
            if (pack.last < from) continue;
            from = pack.last + 1;
            if (!visit(pack)) return;
        }
        if (from == before || found.count() < packs_a_page) return;
    }
}

void scan_table::each_pack_of(file_no file, std::uint64_t first, std::uint64_t last,
                              pack_visit const& visit) {
    for (auto from = first; from <= last;) {
        auto found = packs_of_file_.read(file, from, last, packs_a_page);
        auto const before = from;
        while (found.next()) {
            auto const pack = origin_of(found);
            if (pack.last < from) continue;
            from = pack.last + 1;
            if (!visit(pack)) return;
        }
        if (from == before || found.count() < packs_a_page) return;
    }
}

}  // namespace setclick::ledger::postgres
