// The group that is settled and the events that are claimed: one transaction of the ledger for
// both.
#include <algorithm>

#include <boost/asio/post.hpp>

#include "account_entry.hpp"
#include "setclickd/telemetry/log.hpp"
#include "settlements.hpp"

namespace setclick::pipeline {
namespace asio = boost::asio;
using telemetry::level;
using telemetry::log_line;

void deliver::add_deviation(ledger::settlement s, std::uint64_t connection) {
    if (s.in_doubt) ++totals_.in_doubt;
    if (s.state == ledger::event_state::held) ++totals_.held;
    deviations_.push_back({std::move(s), connection});
}

void deliver::settle(flight const& f, net::exchange_end const& end,
                     delivery::attempt_outcome const& outcome, delivery::decision const& d,
                     wall_time now, std::string excerpt) {
    // The first of a minute is said; the minute's line counts them all.
    if (d.in_doubt && totals_.in_doubt == last_minute_.in_doubt)
        log_line(level::warn, "an event may have been received without our knowing",
                 {{"account", f.account->setup.id},
                  {"reason", delivery::reason_text(d, outcome)},
                  {"then", d.what == delivery::fate::hold ? "held" : "sent again"},
                  {"list", "setclickd list --in-doubt"}});
    switch (d.what) {
        case delivery::fate::delivered:
            ++totals_.delivered;
            ++f.account->delivered;
            break;
        case delivery::fate::rejected:
            ++totals_.rejected;
            break;
        case delivery::fate::defer:
        case delivery::fate::resend:
            ++totals_.deferred;
            break;
        case delivery::fate::wait_again:
        case delivery::fate::hold:
            break;
    }
    add_deviation(settlement_of(f.event, end, outcome, d, now, std::move(excerpt)),
                  end.answer ? end.connection : no_connection);
}

void deliver::give_back(account_entry& a) {
    auto const now = wall(std::chrono::steady_clock::now());
    while (!a.queue.empty()) {
        auto const event = a.queue.pop();
        --ready_;
        add_deviation(settlement_unbegun(event, now));
        a.queue.settled(event.batch);
        claims_.ended(a.setup.no);
    }
}

void deliver::give_back_all() {
    for (auto const& a : accounts_)
        if (a) give_back(*a);
}

// ---- what the ledger holds for each account ----

void deliver::know_depth(account_entry& a, ledger::queue_depth const& depth) {
    a.waiting = depth.waiting;
    a.deferred = depth.deferred;
    a.next_due = depth.next_due;
    a.last_due = depth.last_due;
    refresh_wants(a, std::chrono::steady_clock::now());
}

void deliver::refresh_wants(account_entry& a, steady_time now) {
    auto const wall_now = wall(now);
    auto wants = a.waiting;
    if (a.is_due(wall_now))
        wants += a.deferred;
    else if (a.deferred > 0)
        schedule(now + std::min<milliseconds>(a.next_due - wall_now, std::chrono::hours{1}));
    claims_.set_wants(a.setup.no, a.can_send() ? wants : 0);
}

delivery::chance deliver::chance_of(account_entry& a, steady_time now) {
    // While a resume returns events its note waits for them, and with it what the gate lets pass: a
    // claim without it could be forgotten by a kill.
    if (!a.can_send() || !a.to_return.empty()) return {};
    if (endpoint_.parked().is_on()) {
        // The one event that is claimed goes to an account that may try the endpoint.
        auto const chance = begin_chance(a, now);
        if (chance.room <= 0) return chance;
    }
    auto const ready = static_cast<int>(a.queue.size());
    auto const room = a.control.claim_room(now, ready);
    return {room, room > 0 ? now : a.control.next_chance(now)};
}

/// A batch is worth its commit when there is little left to send, which slow answers may put off
/// for long. So accounts that have nothing at all do not wait for it: a few go at once; many, as
/// there always are where hundreds have much, are gathered.
bool deliver::may_claim(steady_time now) const {
    constexpr int few = 16;
    if (stopping_ || unreached_ > 0 || !claims_.is_due(now)) return false;
    if (ready_ < low_water) return true;
    return claims_.newcomers() > 0 &&
           (claims_.newcomers() <= few || now >= claimed_at_ + newcomers_gather);
}

std::vector<ledger::claim_wish> deliver::wishes(steady_time now) {
    std::vector<ledger::claim_wish> out;
    if (!may_claim(now)) return out;
    claimed_at_ = now;
    claims_.set_capacity(delivery::most_claimed(static_cast<int>(claim_size + low_water),
                                                static_cast<int>(pool_->most_connections())));
    if (disk_full_ && now < retry_disk_at_) {
        schedule(retry_disk_at_);
        return out;
    }
    if (auto const next = endpoint_.next_chance(now); next > now + 1s) {
        schedule(next);
        return out;
    }
    constexpr int batch = 64;
    // A parked endpoint gets one event for its probe, not one of each account.
    bool const probe = endpoint_.parked().is_on();
    if (probe && ready_ > 0) return out;
    claims_.plan(
        now, probe ? 1 : static_cast<int>(claim_size + low_water - ready_), batch,
        [&](account_no no) { return chance_of(*entry(no), now); }, grants_,
        ready_ < low_water ? delivery::fair_turn::whom::all : delivery::fair_turn::whom::newcomers);
    for (auto const& g : grants_) {
        auto const& control = entry(g.account)->control;
        auto const policy = control.of_doubt() == doubt_policy::hold
                                ? doubt_policy::hold
                                : doubt_policy::resend;
        auto const known = std::ranges::find(out, g.account, &ledger::claim_wish::account);
        if (known != out.end())
            known->count += static_cast<std::uint32_t>(g.count);
        else
            out.push_back({g.account, static_cast<std::uint32_t>(g.count), policy,
                           control.longest_deferral()});
    }
    schedule(claims_.next_wake());
    return out;
}

// ---- cycles ----

void deliver::maybe_cycle(steady_time now) {
    if (cycle_running_) return;
    if (unwritten_) {
        if (now >= retry_disk_at_)
            return post_again(std::move(*std::exchange(unwritten_, nullptr)), now);
        return schedule(retry_disk_at_);
    }
    claims_.wake(now);
    for (auto const& a : accounts_) {
        if (a && a->deferred > 0) refresh_wants(*a, now);
        if (!a || a->to_return.empty()) continue;
        if (now >= retry_disk_at_)
            keep_word(*a, now);
        else
            schedule(retry_disk_at_);
    }
    auto const waiting = delivered_.size() + deviations_.size();
    if (waiting > 0 && group_since_ == never)
        group_since_ = now;  // given back or put off: no answer began the group
    bool const settle_now = waiting >= group_size ||
                            (waiting > 0 && (now >= group_since_ + group_age || in_flight_ == 0));
    bool const claim_now = may_claim(now);
    bool const note_now = notes_due_ && now >= retry_disk_at_;
    if (notes_due_ && !note_now) schedule(retry_disk_at_);
    // One timer serves all waits and keeps the earliest: what is still ahead is said anew each
    // time.
    if (waiting > 0) schedule(group_since_ + group_age);
    schedule(claims_.next_wake());
    if (claims_.newcomers() > 0 && now < claimed_at_ + newcomers_gather)
        schedule(claimed_at_ + newcomers_gather);
    if (settle_now || claim_now || note_now)
        run_cycle(now);
    else
        maybe_drained();
}

void deliver::run_cycle(steady_time now) {
    take_time();
    notes_due_ = false;
    ledger::cycle_request request;
    request.now = wall(now);
    request.wishes = wishes(now);
    for (auto const& w : request.wishes)
        claiming_ += w.count;
    add_notes(request.notes, request.wishes, now);
    if (delivered_.empty() && deviations_.empty() && request.wishes.empty() &&
        request.notes.empty())
        return maybe_drained();
    request.delivered.reserve(delivered_.size());
    for (auto const& e : delivered_) {
        request.delivered.push_back(e.no);
        e.account->queue.settled(e.event.batch);
        claims_.ended(e.account->setup.no);
        e.account->lately.add(now, 1);
    }
    request.settlements.reserve(deviations_.size());
    for (auto& d : deviations_)
        request.settlements.push_back(std::move(d.settlement));
    deviations_.clear();
    delivered_.clear();
    group_since_ = never;
    post_cycle(std::move(request));
}

void deliver::post_cycle(ledger::cycle_request request) {
    settling_ = request.delivered.size() + request.settlements.size();
    cycle_running_ = true;
    auto const shared = std::make_shared<ledger::cycle_request>(std::move(request));
    writer_.post(ledger::writer::priority::delivery, [this, shared](ledger::store& store) {
        auto const done = std::make_shared<result<ledger::cycle_result>>(store.cycle(*shared));
        asio::post(context_,
                   [this, shared, done] { cycle_done(std::move(*done), std::move(*shared)); });
    });
}

void deliver::cycle_done(result<ledger::cycle_result> done, ledger::cycle_request request) {
    cycle_running_ = false;
    claiming_ = 0;
    auto const now = std::chrono::steady_clock::now();
    if (done.has_error()) {
        if (done.error().code != errc::disk_full) return hooks_.fatal(done.error());
        return no_room(done.error(), std::move(request), now);
    }
    ++cycles_;
    settling_ = 0;
    if (disk_full_ && !request.wishes.empty()) {
        disk_full_ = false;
        if (auto const n = disk_log_.ended(now))
            log_line(level::info, "the ledger has room again; delivery goes on",
                     {{"after", duration_text(n->lasted)}});
    }
    for (auto& batch : done->batches) {
        auto& a = *entry(batch.account);
        auto const wish =
            std::ranges::find(request.wishes, batch.account, &ledger::claim_wish::account);
        wish->count -= static_cast<std::uint32_t>(batch.events.size());
        ready_ += batch.events.size();
        a.queue.add(std::move(batch));
        if (waits_in_ledger(a, now))  // since the claim began
            give_back(a);
        else
            enter_turn(a);
    }
    for (auto const& w : request.wishes)
        if (w.count > 0)
            claims_.ended(w.account,
                          static_cast<int>(w.count));  // there were fewer than wished for
    for (auto const& d : done->depths)
        if (auto* const a = entry(d.account)) know_depth(*a, d);
    if (!done->complete_files.empty()) hooks_.complete(std::move(done->complete_files));
    if (stopping_ || (unreached_ > 0 && pool_->counts().idle + pool_->counts().busy == 0))
        give_back_all();
    pool_->wake();
    maybe_cycle(now);
}

void deliver::drain(std::function<void()> done) {
    stopping_ = true;
    drained_ = std::move(done);
    give_back_all();
    maybe_cycle(std::chrono::steady_clock::now());
}

void deliver::maybe_drained() {
    if (!stopping_ || !drained_) return;
    if (in_flight_ > 0 || ready_ > 0 || cycle_running_ || unwritten_ || !delivered_.empty() ||
        !deviations_.empty())
        return;
    say_held();
    auto const done = std::move(drained_);
    drained_ = nullptr;
    done();
}

}  // namespace setclick::pipeline
