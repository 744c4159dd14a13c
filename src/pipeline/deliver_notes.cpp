// What must be durable of the accounts and the endpoint (gates, parks, a person's word), also where
// the disk has no room for it at first.
#include <algorithm>

#include <boost/asio/post.hpp>

#include "account_entry.hpp"
#include "setclickd/ledger/resume.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::pipeline {
namespace asio = boost::asio;
using telemetry::level;
using telemetry::log_line;

void deliver::add_notes(std::vector<ledger::account_note>& notes,
                        std::vector<ledger::claim_wish> const& wished, steady_time now) {
    // What a gate has let pass, claims included, is durable before the first byte leaves.
    auto const note = [&](account_entry& a, std::uint32_t claiming) {
        auto const reserved = static_cast<int>(a.queue.size() + claiming);
        notes.push_back({a.setup.no, delivery::to_text(a.control.save(now, wall(now), reserved))});
        a.control.saved();
    };
    // One that still names events to be returned stays as it is until they are.
    for (auto const& w : wished)
        if (auto& a = *entry(w.account);
            a.to_return.empty() && (!a.control.gate().is_free() || a.control.dirty()))
            note(a, w.count);
    for (auto const& a : accounts_)
        if (a && a->to_return.empty() && a->control.dirty()) note(*a, 0);
    if (endpoint_.dirty() || (!wished.empty() && !endpoint_.gate().is_free())) {
        notes.push_back(endpoint_note(now));
        endpoint_.saved();
    }
}

/// A person's word is durable even where no event comes along with whose cycle it could travel.
void deliver::keep_notes(std::vector<ledger::account_note> notes) {
    ledger::cycle_request request;
    request.now = wall(std::chrono::steady_clock::now());
    request.notes = std::move(notes);
    writer_.post(ledger::writer::priority::delivery,
                 [this, request = std::move(request)](ledger::store& store) mutable {
                     auto const kept = store.cycle(request);
                     if (!kept.has_error()) return;
                     asio::post(context_, [this, why = kept.error(),
                                           notes = std::move(request.notes)]() mutable {
                         note_again(notes);
                         not_kept(std::move(why));
                     });
                 });
}

void deliver::not_kept(error why) {
    unkept_ = std::move(why);
    retry_disk_at_ = std::chrono::steady_clock::now() + 1s;
    schedule(retry_disk_at_);
}

/// The events that a resume returns first, then the note that no longer names them: a kill or a
/// full disk in between leaves the account as it was, and the person says it again.
void deliver::keep_word(account_entry& a, steady_time now) {
    if (a.to_return.empty()) return keep_notes(notes(a.setup.no, now));
    if (a.returning) return;
    a.returning = true;
    settle_as_waiting(a.to_return);
    ledger::cycle_request request;
    request.now = wall(now);
    request.notes = notes(a.setup.no, now);
    writer_.post(
        ledger::writer::priority::delivery, [this, no = a.setup.no, events = a.to_return,
                                             request = std::move(request)](ledger::store& store) {
            auto done = std::make_shared<result<ledger::returned_events>>(
                ledger::return_rejected(store, events, "resume", request));
            asio::post(context_, [this, no, done, count = events.size()] {
                word_kept(no, count, std::move(*done));
            });
        });
}

void deliver::word_kept(account_no no, std::size_t count, result<ledger::returned_events> done) {
    auto& a = *entry(no);
    a.returning = false;
    if (done.has_error()) return not_kept(done.error());
    unkept_.reset();  // of an earlier try
    a.to_return.erase(a.to_return.begin(),
                      a.to_return.begin() + static_cast<std::ptrdiff_t>(count));
    log_line(level::info, "what was rejected before the account was parked waits again",
             {{"account", a.setup.id}, {"returned_to_waiting", done->touched}});
    if (done->superseded > 0)
        log_line(level::info,
                 "of the account's rejected events those that were dropped again since stay so",
                 {{"account", a.setup.id}, {"count", done->superseded}});
    depths_changed(done->depths);
    // What a person said meanwhile.
    if (!a.to_return.empty() || a.control.dirty()) keep_word(a, std::chrono::steady_clock::now());
    reconsider(a);
}

/// Their refusals came before the person's word, and are not in the ledger yet.
void deliver::settle_as_waiting(std::vector<event_no> const& events) {
    auto const change = [&](ledger::settlement& s) {
        if (s.state == ledger::event_state::rejected &&
            std::find(events.begin(), events.end(), s.no) != events.end())
            s.state = ledger::event_state::waiting;
    };
    for (auto& d : deviations_)
        change(d.settlement);
    if (unwritten_)
        for (auto& s : unwritten_->settlements)
            change(s);
}

void deliver::when_kept(std::function<void(result<void>)> then) {
    // What is said while a resume returns events is written behind that.
    bool const again =
        std::ranges::any_of(accounts_, [](auto const& a) { return a != nullptr && a->returning; });
    writer_.post(ledger::writer::priority::delivery,
                 [this, again, then = std::move(then)](ledger::store&) mutable {
                     asio::post(context_, [this, again, then = std::move(then)]() mutable {
                         auto const why = std::exchange(unkept_, std::nullopt);
                         if (why) return then(*why);
                         if (again) return when_kept(std::move(then));
                         then({});
                     });
                 });
}

// ---- a full disk ----

/// What was answered is written from the reserve at once, and where even that is full, once a
/// second. Claims are tried again once a second.
void deliver::no_room(error const& why, ledger::cycle_request request, steady_time now) {
    disk_full_ = true;
    if (auto const n = disk_log_.trouble(now))
        log_line(
            level::error, "the ledger has no room; no event is claimed until there is some",
            {{"error", why.message},
             {"cure", "make room on the ledger's file system; delivery then goes on by itself"}});
    for (auto const& w : request.wishes) {
        claims_.ended(w.account, static_cast<int>(w.count));
        // One whose whole queue was wished for has left the turn.
        refresh_wants(*entry(w.account), now);
    }
    bool const tried_to_claim = !request.wishes.empty();
    retry_disk_at_ = now + 1s;
    request.wishes.clear();
    note_again(std::exchange(request.notes, {}));
    if (request.delivered.empty() && request.settlements.empty()) {
        schedule(retry_disk_at_);
        return maybe_drained();
    }
    if (tried_to_claim) return post_again(std::move(request), now);
    unwritten_ = std::make_unique<ledger::cycle_request>(std::move(request));
    schedule(retry_disk_at_);
}

/// Notes as they are now: a pause that was given meanwhile is not undone by an older one.
void deliver::post_again(ledger::cycle_request request, steady_time now) {
    add_notes(request.notes, {}, now);
    post_cycle(std::move(request));
}

void deliver::note_again(std::vector<ledger::account_note> const& unwritten) {
    if (unwritten.empty()) return;
    for (auto const& note : unwritten)
        if (auto* const a = entry(note.account))
            a->control.unsaved();
        else if (note.account == endpoint_account)
            endpoint_.unsaved();
    notes_due_ = true;
}

}  // namespace setclick::pipeline
