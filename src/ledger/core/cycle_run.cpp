#include "cycle_run.hpp"

#include <algorithm>
#include <vector>

#include "attempt_end.hpp"
#include "claimer.hpp"

namespace setclick::ledger {

cycle_result cycle_run::run() {
    cycle_result out;
    std::vector<account_no> touched;
    for (auto const& wish : request_.wishes)
        touched.push_back(wish.account);
    for (auto const no : request_.delivered)
        if (touched.empty() || touched.back() != no.account()) touched.push_back(no.account());
    for (auto const& s : request_.settlements)
        touched.push_back(s.no.account());

    settle_delivered(out.delivered);
    for (auto const& s : request_.settlements)
        settle(s, out.delivered);
    for (auto const& n : request_.notes)
        t_.notes.replace(n.account, n.state);
    out.complete_files = t_.files.flush(now_).complete;

    // The claims look for spans in the table.
    if (!request_.wishes.empty()) t_.spans.flush();
    claimer claims(t_);
    for (auto const& wish : request_.wishes) {
        auto claimed = claims.claim(wish, run_, request_.now);
        if (!claimed.events.empty()) out.batches.push_back(std::move(claimed));
    }

    t_.history.count(t_.accounts.take_news(), request_.now);
    t_.spans.flush();
    std::sort(touched.begin(), touched.end());
    touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
    for (auto const no : touched)
        out.depths.push_back(t_.depth_of(t_.accounts.at(no)));
    return out;
}

void cycle_run::settle_delivered(std::vector<delivered_events>& out) {
    std::vector<std::uint64_t> ids;
    ids.reserve(request_.delivered.size());
    for (auto const no : request_.delivered)
        ids.push_back(no.value);
    std::sort(ids.begin(), ids.end());

    auto const delivered = delivered_at(now_);
    for (std::size_t i = 0; i < ids.size();) {
        // Everything out of one pack is of one account and of one file.
        auto const pack = t_.packs.find(ids[i]);
        auto const begin = i;
        for (; i < ids.size() && ids[i] <= pack.last; ++i)
            t_.spans.settle(ids[i], delivered);
        auto const count = i - begin;
        out.push_back({from_ms(pack.imported_at), count});
        t_.files.change(pack.file).move(event_state::in_flight, event_state::delivered,
                                        static_cast<std::int64_t>(count));
        auto& account = t_.accounts.at(event_no{pack.first}.account());
        account.last_delivered = std::max(account.last_delivered, now_);
        t_.accounts.move(account, event_state::in_flight, event_state::delivered, count);
    }
}

void cycle_run::count_move(std::uint64_t id, event_state from, event_state to) {
    t_.accounts.move(t_.accounts.at(event_no{id}.account()), from, to, 1);
    file_delta d;
    d.move(from, to, 1);
    if (d != file_delta{}) t_.files.change(t_.packs.find(id).file).move(from, to, 1);
}

void cycle_run::settle(settlement const& s, std::vector<delivered_events>& out) {
    auto const id = s.no.value;
    auto& account = t_.accounts.at(s.no.account());
    bool const had_rows = t_.spans.find(id).is.failed;
    if (s.attempted) {
        attempt_row row;
        row.at = to_ms(s.at);
        row.state = s.state;
        row.counted = s.counted;
        row.in_doubt = s.in_doubt;
        row.status = s.status;
        row.phase = s.phase;
        row.reason = s.reason;
        row.excerpt = s.excerpt;
        t_.attempts.add(id, row, had_rows);
        if (s.in_doubt) t_.accounts.doubt(account, 1);
    }

    if (s.state == event_state::delivered) {
        account.last_delivered = std::max(account.last_delivered, now_);
        out.push_back({from_ms(t_.packs.find(id).imported_at), 1});
        t_.spans.settle(id, delivered_at(now_));
        count_move(id, event_state::in_flight, event_state::delivered);
        return;
    }
    auto const to = ended_by(s, had_rows || s.attempted, now_);
    t_.spans.carve(id, id, event_state::in_flight, to, now_);
    count_move(id, event_state::in_flight, s.state);
}

}  // namespace setclick::ledger
