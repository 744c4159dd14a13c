#include "tables.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "failure.hpp"

namespace setclick::ledger {

tables::tables(stored_rows const& in)
    : meta(in.meta),
      accounts(in.accounts),
      files(in.files),
      packs(in.packs),
      span_rows(in.spans),
      spans(in.spans),
      identities(in.identities),
      attempts(in.attempts),
      age(in.meta),
      adopted(meta.text(adopted_key)),
      notes(in.notes),
      lines(in.lines),
      marks(in.marks),
      history(in.history),
      scan(in.scan) {}

void tables::flush() {
    spans.flush();
    accounts.flush();
}

void tables::forget() {
    spans.forget();
    packs.forget();
    files.forget();
    accounts.reload();
    age.reload(meta);
    history.reload();
    adopted = adopted_files(meta.text(adopted_key));
}

void tables::trim() noexcept {
    spans.trim();
    packs.trim();
}

std::uint64_t tables::older_than(account_no account, std::int64_t days) {
    if (days <= 0 || age.today() - days < 0) return 0;
    auto const first = marks.first_after(account, age.today() - days);
    return first ? *first : accounts.at(account).next_id();
}

event_state tables::state_of(std::uint64_t event) {
    if (accounts.at(event_no{event}.account()).is_owned) return spans.find(event).state_of(event);
    auto const stored = span_rows.at_or_before(event);
    if (!stored || stored->last < event)
        throw failure(fail(errc::invalid_data, "there is no event " + std::to_string(event)));
    return stored->state_of(event);
}

namespace {

template <class To>
void add_due_times(span_rows& rows, account_no no, To& out) {
    auto const due = rows.due_times(no);
    if (!due) return;
    out.next_due = from_ms(due->first);
    out.last_due = from_ms(due->last);
}

}  // namespace

queue_depth tables::depth_of(account_row const& a) {
    queue_depth out;
    out.account = a.no;
    out.waiting = a.counts[static_cast<std::size_t>(event_state::waiting)];
    out.deferred = a.counts[static_cast<std::size_t>(event_state::deferred)];
    if (out.deferred > 0) add_due_times(span_rows, a.no, out);
    return out;
}

account_info tables::info_of(account_row const& a) {
    account_info out;
    out.no = a.no;
    out.id = a.id;
    auto note = notes.of(a.no);
    out.state = std::move(note.text);
    out.state_age = note.age;
    out.counts = a.counts;
    out.duplicate = a.duplicate;
    out.refused = a.refused;
    out.in_doubt_ever = a.in_doubt_ever;
    out.last_delivered = from_ms(a.last_delivered);
    out.taken_back = a.taken_back;
    out.owned = a.is_owned;
    if (a.counts[static_cast<std::size_t>(event_state::deferred)] > 0)
        add_due_times(span_rows, a.no, out);
    std::uint64_t oldest = 0;
    // What is held waits for a person, not for us: a stall is something else.
    for (auto const state : {event_state::waiting, event_state::in_flight, event_state::deferred}) {
        if (a.counts[static_cast<std::size_t>(state)] == 0) continue;
        auto const first = span_rows.first_in(a.no, state);
        if (first) oldest = oldest == 0 ? *first : std::min(oldest, *first);
    }
    if (oldest != 0) out.oldest_waiting = from_ms(packs.find(oldest).imported_at);
    return out;
}

}  // namespace setclick::ledger
