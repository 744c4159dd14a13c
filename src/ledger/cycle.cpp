// Settle, then claim: the transaction that runs a hundred times a second.
#include <algorithm>

#include "sqlite_store.hpp"

namespace setclick::ledger {
namespace {

/// Due times are rounded up, the further away the coarser, so that neighbours merge.
std::int64_t rounded_due(std::int64_t due, std::int64_t now) noexcept {
    auto const ahead = due - now;
    std::int64_t grain = 100;
    if (ahead > 10'000) grain = 1000;
    if (ahead > 600'000) grain = 10'000;
    return (due + grain - 1) / grain * grain;
}

}  // namespace

result<cycle_result> sqlite_store::cycle(cycle_request const& request) {
    auto const why = request.wishes.empty() ? purpose::settle : purpose::grow;
    return change(why, "ledger.cycle", [&] { return run_cycle(request); });
}

cycle_result sqlite_store::run_cycle(cycle_request const& request) {
    cycle_result out;
    std::vector<account_no> touched;
    for (auto const& wish : request.wishes)
        touched.push_back(wish.account);
    for (auto const no : request.delivered)
        if (touched.empty() || touched.back() != no.account()) touched.push_back(no.account());
    for (auto const& s : request.settlements)
        touched.push_back(s.no.account());

    settle_delivered(request);
    for (auto const& s : request.settlements)
        settle_one(s, request.now);
    for (auto const& n : request.notes)
        t_->note.run(n.account, std::string_view(n.state));
    out.complete_files = t_->files.flush(to_ms(request.now)).complete;

    // The claims look for spans in the table.
    if (!request.wishes.empty()) t_->spans.flush();
    for (auto const& wish : request.wishes) {
        auto claimed = claim(wish, request.now);
        if (!claimed.events.empty()) out.batches.push_back(std::move(claimed));
    }

    t_->spans.flush();
    std::sort(touched.begin(), touched.end());
    touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
    for (auto const no : touched)
        out.depths.push_back(depth_of(t_->accounts.at(no)));
    return out;
}

void sqlite_store::settle_delivered(cycle_request const& request) {
    std::vector<std::uint64_t> ids;
    ids.reserve(request.delivered.size());
    for (auto const no : request.delivered)
        ids.push_back(no.value);
    std::sort(ids.begin(), ids.end());

    auto const now = to_ms(request.now);
    auto const delivered = delivered_at(now);
    for (std::size_t i = 0; i < ids.size();) {
        // Everything out of one pack is of one account and of one file.
        auto const pack = t_->packs.find(ids[i]);
        auto const begin = i;
        for (; i < ids.size() && ids[i] <= pack.last; ++i)
            t_->spans.settle(ids[i], delivered);
        auto const count = i - begin;
        t_->files.change(pack.file).move(event_state::in_flight, event_state::delivered,
                                         static_cast<std::int64_t>(count));
        auto& account = t_->accounts.at(event_no{pack.first}.account());
        account.last_delivered = std::max(account.last_delivered, now);
        t_->accounts.move(account, event_state::in_flight, event_state::delivered, count);
    }
}

/// Counters of account and file; the span is the caller's.
void sqlite_store::move_event(std::uint64_t id, event_state from, event_state to) {
    t_->accounts.move(t_->accounts.at(event_no{id}.account()), from, to, 1);
    file_delta d;
    d.move(from, to, 1);
    if (d != file_delta{}) t_->files.change(t_->packs.find(id).file).move(from, to, 1);
}

void sqlite_store::settle_one(settlement const& s, wall_time now) {
    auto const id = s.no.value;
    auto& account = t_->accounts.at(s.no.account());
    bool const had_rows = t_->spans.find(id).is.failed;
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
        t_->attempts.add(id, row, had_rows);
        if (s.in_doubt) {
            ++account.in_doubt_ever;
            t_->accounts.touch(account);
        }
    }

    span_state to;
    to.state = s.state;
    to.failed = had_rows || s.attempted;
    switch (s.state) {
        case event_state::waiting:
            break;
        case event_state::deferred:
            to.due = rounded_due(to_ms(s.due), to_ms(now));
            to.reason = s.reason;
            break;
        case event_state::held:
        case event_state::rejected:
            to.reason = s.reason;
            to.at = to_ms(now) / 1000 * 1000;
            break;
        case event_state::delivered: {
            auto const at = std::max(account.last_delivered, to_ms(now));
            account.last_delivered = at;
            t_->spans.settle(id, delivered_at(to_ms(now)));
            move_event(id, event_state::in_flight, event_state::delivered);
            return;
        }
        case event_state::in_flight:
        case event_state::discarded:
            throw failure(fail(errc::invalid_data,
                               "an attempt cannot end as " + std::string(name_of(s.state))));
    }
    t_->spans.carve(id, id, event_state::in_flight, to, to_ms(now));
    move_event(id, event_state::in_flight, s.state);
}

queue_depth sqlite_store::depth_of(account_row const& a) {
    queue_depth out;
    out.account = a.no;
    out.waiting = a.counts[static_cast<std::size_t>(event_state::waiting)];
    out.deferred = a.counts[static_cast<std::size_t>(event_state::deferred)];
    if (out.deferred > 0) tell_due(a.no, out);
    return out;
}

}  // namespace setclick::ledger
