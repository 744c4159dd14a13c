#include "claim_loop.hpp"

#include <algorithm>

#include "setclickd/async/ledger_call.hpp"
#include "wake_loop.hpp"

namespace setclick::dispatch {
namespace asio = boost::asio;

asio::awaitable<void> claim_loop::run() {
    for (;;) {
        co_await place_.wait();
        while (s_.control.is_cycle_due(paired_clock::now())) {
            auto asked = next_request(paired_clock::now());
            if (!asked) break;
            s_.control.cycle_began();
            auto task = [asked](ledger::store& store) { return store.cycle(*asked); };
            auto done = co_await async::ledger_call(s_.writer, ledger::writer::priority::delivery,
                                                    std::move(task));
            s_.control.cycle_ended();
            claiming_ = 0;
            auto const now = paired_clock::now();
            if (done.has_value()) {
                committed(std::move(*done), *asked, now);
            } else if (ledger::may_be_given_again(done.error().code)) {
                not_now(done.error(), std::move(asked), now);
            } else {
                s_.hooks.fatal(done.error());
                co_return;
            }
            wake_.news();
        }
    }
}

/// Null when there is nothing to write.
claim_loop::request claim_loop::next_request(steady_time now) {
    s_.clock.take();
    if (auto again = std::exchange(unwritten_, nullptr)) {
        // Notes as they are now: a pause that was given meanwhile is not undone by an older one.
        add_notes(*again, now);
        return again;
    }
    auto asked = std::make_shared<ledger::cycle_request>();
    asked->now = s_.clock.wall(now);
    // First: what is settled makes room for what is claimed by the same transaction.
    bool const has_answers = !s_.group.empty();
    if (has_answers) s_.group.take(*asked, now);
    add_wishes(*asked, has_answers, now);
    add_notes(*asked, now);
    if (has_answers || !asked->wishes.empty() || !asked->notes.empty()) return asked;
    s_.control.no_note_due();
    return nullptr;
}

void claim_loop::add_wishes(ledger::cycle_request& to, bool has_answers, steady_time now) {
    s_.control.plan_claims(now, has_answers, grants_);
    for (auto const& g : grants_) {
        auto const count = static_cast<std::uint32_t>(g.count);
        claiming_ += count;
        auto const known = std::ranges::find(to.wishes, g.account, &ledger::claim_wish::account);
        if (known != to.wishes.end()) {
            known->count += count;
            continue;
        }
        auto const& control = s_.accounts.find(g.account)->flow.control;
        to.wishes.push_back({g.account, count, control.of_doubt(), control.longest_deferral()});
    }
}

/// What a gate has let pass, claims included, is durable before the first byte leaves. An account
/// whose note still names events to be returned keeps it until they are.
void claim_loop::add_notes(ledger::cycle_request& to, steady_time now) {
    auto const note = [&](account& a, std::uint32_t claiming) {
        auto const reserved = static_cast<int>(a.queue.size() + claiming);
        auto& control = a.flow.control;
        to.notes.push_back(s_.note_of(a, now, reserved));
        control.saved();
    };
    for (auto const& w : to.wishes)
        if (auto& a = *s_.accounts.find(w.account);
            a.to_return.empty() && (!a.flow.control.gate().is_free() || a.flow.control.dirty()))
            note(a, w.count);
    for (auto* const a : s_.accounts.all())
        if (a->to_return.empty() && a->flow.control.dirty() && !a->is_elsewhere()) note(*a, 0);
    auto& endpoint = s_.control.endpoint();
    if (endpoint.dirty() || (!to.wishes.empty() && !endpoint.gate().is_free())) {
        to.notes.push_back(endpoint_note(now));
        endpoint.saved();
    }
}

ledger::account_note claim_loop::endpoint_note(steady_time now) const {
    auto const reserved = s_.control.turn().ready() + static_cast<int>(claiming_);
    auto state = s_.control.endpoint().save(now, s_.clock.wall(now), reserved);
    state.clock = s_.clock_id;
    return {endpoint_account, delivery::to_text(state)};
}

void claim_loop::committed(ledger::cycle_result done, ledger::cycle_request& asked,
                           steady_time now) {
    s_.control.group().settled();
    auto& disk = s_.control.disk();
    if (disk.wrote() || (!asked.wishes.empty() && disk.claimed())) s_.log.ledger_is_written(now);
    auto const wall = s_.clock.wall(now);
    for (auto const& d : done.delivered)
        s_.counted.delivery_time.add(wall - d.imported_at, d.count);
    for (auto& batch : done.batches) {
        auto& a = *s_.accounts.find(batch.account);
        auto const count = batch.events.size();
        s_.counted.claim.add(static_cast<double>(count));
        std::ranges::find(asked.wishes, batch.account, &ledger::claim_wish::account)->count -=
            static_cast<std::uint32_t>(count);
        a.queue.add(std::move(batch));
        if (s_.control.claimed(a.flow, static_cast<int>(count), now) ==
            delivery::claimed_events::give_back)
            s_.give_back(a);
    }
    for (auto const& w : asked.wishes)
        if (w.count > 0)  // there were fewer than wished for
            s_.control.not_claimed(s_.accounts.find(w.account)->flow, static_cast<int>(w.count));
    s_.know_depths(done.depths);
    if (!done.complete_files.empty()) s_.hooks.complete(std::move(done.complete_files));
    if (s_.control.reach().is_unreached() && s_.connections().open() == 0) s_.give_back_all();
    s_.pool->wake();
}

/// On a full disk what was answered is written from the reserve at once, and where even that is full,
/// once a second. Claims are tried again once a second, and so is everything while another program
/// locks the ledger, or its server is away.
void claim_loop::not_now(error const& why, request asked, steady_time now) {
    bool const is_locked = why.code == errc::busy || why.code == errc::unreachable;
    s_.log.ledger_is_not_written(now, why);
    bool const tried_to_claim = !asked->wishes.empty();
    for (auto const& w : asked->wishes)
        s_.control.not_claimed(s_.accounts.find(w.account)->flow, static_cast<int>(w.count));
    asked->wishes.clear();
    not_written(std::exchange(asked->notes, {}));
    bool const has_answers = !asked->delivered.empty() || !asked->settlements.empty();
    if (is_locked)
        // What is away has a place of its own in the status: it is not only delivery that meets it.
        s_.control.disk().locked(now, why.code == errc::busy ? why.message : std::string());
    else
        s_.control.disk().failed(now, has_answers && tried_to_claim);
    if (has_answers)
        unwritten_ = std::move(asked);
    else
        s_.control.group().settled();
}

void claim_loop::not_written(std::vector<ledger::account_note> const& notes) {
    for (auto const& note : notes)
        if (auto* const a = s_.accounts.find(note.account))
            a->flow.control.unsaved();
        else if (note.account == endpoint_account)
            s_.control.endpoint().unsaved();
    if (!notes.empty()) s_.control.note_due();
}

}  // namespace setclick::dispatch
