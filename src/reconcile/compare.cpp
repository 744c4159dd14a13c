#include "setclickd/reconcile/compare.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "setclickd/base/text.hpp"

namespace setclick::reconcile {

/// A cell with what it means by itself; pairing then moves parts of it to `ambiguous`.
struct comparison::judged_cell {
    cell const* from = nullptr;
    std::uint64_t missing = 0;
    std::uint64_t surplus = 0;
    std::uint64_t unseen = 0;  ///< doubts and pending receipts that no row stands for
    std::uint64_t shifted = 0;
    std::uint64_t extra = 0;   ///< rows that no delivered event stands for
    bool stands_alone = true;  ///< no neighbouring day has what may be its own
};

comparison::comparison(day_range judged, std::vector<std::string> labels)
    : range_(judged),
      labels_(std::move(labels)),
      all_labels_(std::ranges::find(labels_, "*") != labels_.end()) {}

bool comparison::is_judged(std::string const& label) const {
    return all_labels_ || std::ranges::find(labels_, label) != labels_.end();
}

comparison::cell* comparison::cell_at(day on, series_key key) {
    if (!range_.widened(1).holds(on)) return nullptr;
    return &series_[std::move(key)][on];
}

void comparison::add(day on, series_key key, receipt const& r) {
    auto* const c = cell_at(on, std::move(key));
    if (c == nullptr) return;
    if (r.kind == receipt_kind::delivered) ++c->delivered;
    if (r.kind == receipt_kind::pending) ++c->pending;
    c->doubts += r.doubts;
    if (r.kind != receipt_kind::held || r.doubts == 0) return;
    c->held.push_back(r.no);
    c->held_doubts += r.doubts;
    if (r.doubts > 1) c->is_held_once = false;
}

result<void> comparison::add(api::report_row const& row) {
    auto const on = day_from(row.date);
    if (!on)
        return fail(errc::invalid_data,
                    fmt::format("the report's row {} has the date \"{}\", which is none",
                                printable(row.id, 40), printable(row.date, 40)));
    series_key key{row.label,        row.utm_source, row.utm_medium,
                   row.utm_campaign, row.utm_term,   row.utm_matchtype};
    if (auto* const c = cell_at(*on, std::move(key))) ++c->recorded;
    return {};
}

comparison::judged_cell comparison::judged(cell const& c) {
    judged_cell out;
    out.from = &c;
    auto const most = c.delivered + c.pending + c.doubts;
    if (c.recorded < c.delivered) out.missing = c.delivered - c.recorded;
    if (c.recorded > most) out.surplus = c.recorded - most;
    out.extra = c.recorded - std::min(c.recorded, c.delivered);
    out.unseen = std::min(c.pending + c.doubts, most - std::min(most, c.recorded));
    return out;
}

/// A row that a doubt of its own day explains may be what the day before or after it lacks: then the counts
/// of both decide nothing. Asked of all days before anything is paired, which hides it.
void comparison::lean(judged_cell& one, judged_cell& other) {
    for (auto const& [lacks, has] : {std::pair{&one, &other}, std::pair{&other, &one}})
        if (lacks->missing + lacks->unseen > 0 && has->extra > 0)
            lacks->stands_alone = has->stands_alone = false;
}

/// What one day has too much of, the day before or after it may lack: then it is ambiguous.
void comparison::pair(judged_cell& one, judged_cell& other) {
    for (auto const& [lacks, has] : {std::pair{&one, &other}, std::pair{&other, &one}}) {
        auto const moved = std::min(lacks->missing, has->surplus);
        lacks->missing -= moved;
        has->surplus -= moved;
        lacks->shifted += moved;
        auto const perhaps = std::min(lacks->unseen, has->surplus);
        lacks->unseen -= perhaps;
        has->surplus -= perhaps;
        lacks->shifted += perhaps;
    }
}

tuple_finding comparison::finding_of(day on, series_key const& key, judged_cell const& j) {
    auto const& c = *j.from;
    tuple_finding f;
    f.on = on;
    f.what = key;
    f.delivered = c.delivered;
    f.recorded = c.recorded;
    f.pending = c.pending;
    f.doubts = c.doubts;
    f.confirmed = std::min(c.delivered, c.recorded);
    f.missing = j.missing;
    f.surplus = j.surplus;
    f.ambiguous = j.shifted;
    f.held = c.held;
    std::ranges::sort(f.held);
    if (c.doubts == 0) return f;
    bool const counts_are_clear = j.stands_alone && c.pending == 0;
    if (counts_are_clear && c.recorded == c.delivered) {
        if (!f.held.empty()) f.decided = decision::release;
    } else if (counts_are_clear && c.recorded == c.delivered + c.doubts &&
               c.doubts == c.held_doubts && c.is_held_once) {
        f.decided = decision::confirm;
    } else if (c.pending == 0) {
        // While others are pending it is too early to decide that the counts do not decide.
        auto const beyond = c.recorded - std::min(c.recorded, c.delivered);
        f.ambiguous = std::max(f.ambiguous, f.held.empty() ? std::min(beyond, c.doubts) : c.doubts);
    }
    return f;
}

verdict comparison::judge() const {
    verdict out;
    for (auto const& [key, days] : series_) {
        if (!is_judged(key.label)) {
            for (auto const& [on, c] : days)
                if (range_.holds(on)) {
                    out.shared_delivered += c.delivered + c.pending;
                    out.shared_recorded += c.recorded;
                }
            continue;
        }
        std::map<day, judged_cell> cells;
        for (auto const& [on, c] : days)
            cells.emplace(on, judged(c));
        for (auto* const step : {&comparison::lean, &comparison::pair})
            for (auto at = cells.begin(); at != cells.end() && std::next(at) != cells.end(); ++at)
                if (auto const next = std::next(at);
                    next->first - at->first == std::chrono::days{1})
                    step(at->second, next->second);
        for (auto const& [on, j] : cells) {
            if (!range_.holds(on)) continue;
            auto f = finding_of(on, key, j);
            out.delivered += f.delivered;
            out.recorded += f.recorded;
            out.pending += f.pending;
            out.confirmed += f.confirmed;
            out.missing += f.missing;
            out.surplus += f.surplus;
            out.ambiguous += f.ambiguous;
            out.day_shifted += j.shifted;
            if (f.decided == decision::release) out.to_release += f.held.size();
            if (f.decided == decision::confirm) out.to_confirm += f.held.size();
            out.tuples.push_back(std::move(f));
        }
    }
    std::ranges::stable_sort(out.tuples, {}, &tuple_finding::on);
    return out;
}

}  // namespace setclick::reconcile
