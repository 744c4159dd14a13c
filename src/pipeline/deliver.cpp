#include "setclickd/pipeline/deliver.hpp"

#include <boost/asio/post.hpp>

#include "account_entry.hpp"
#include "setclickd/api/excerpt.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/event/record.hpp"
#include "setclickd/telemetry/log.hpp"
#include "settlements.hpp"

namespace setclick::pipeline {
namespace asio = boost::asio;
using telemetry::level;
using telemetry::log_line;

namespace {

/// For the rate, with events claimed: longer, and they go back.
constexpr milliseconds long_wait{3000};

}  // namespace

deliver::deliver(asio::io_context& context, ledger::writer& writer, deliver_hooks hooks)
    : context_(context),
      writer_(writer),
      hooks_(std::move(hooks)),
      claims_(static_cast<int>(claim_size + low_water)),
      wake_timer_(context),
      reach_backoff_({250ms, 30s, 2, 100ms}) {
    take_time();
}

deliver::~deliver() = default;

account_entry* deliver::entry(account_no no) const noexcept {
    auto const i = static_cast<std::size_t>(no);
    return i < accounts_.size() ? accounts_[i].get() : nullptr;
}

// ---- time ----

void deliver::take_time() {
    base_steady_ = std::chrono::steady_clock::now();
    base_wall_ = wall_now();
}

wall_time deliver::wall(steady_time now) const noexcept {
    return base_wall_ + std::chrono::duration_cast<milliseconds>(now - base_steady_);
}

void deliver::schedule(steady_time at) {
    if (at >= wake_at_) return;
    wake_at_ = at;
    wake_timer_.expires_at(at);
    wake_timer_.async_wait([this](boost::system::error_code ec) {
        if (ec) return;
        wake_at_ = never;
        auto const now = std::chrono::steady_clock::now();
        if (now < next_open_) schedule(next_open_);
        forget_reads(now);
        wake_accounts(now);
        say_who_is_well(now);
        maybe_cycle(now);
    });
}

void deliver::wake_accounts(steady_time now) {
    for (auto const& a : accounts_)
        if (a && !a->queue.empty() && !a->in_turn) {
            auto const chance = begin_chance(*a, now);
            if (chance.room > 0)
                enter_turn(*a);
            else
                schedule(chance.next);
        }
    pool_->wake();
}

// ---- whose turn it is ----

/// Told to wait: what was claimed ahead would be in doubt after a crash, for nothing.
bool deliver::waits_long(account_entry const& a, steady_time now) const {
    return std::max(a.control.gate().next(now), endpoint_.gate().next(now)) > now + long_wait;
}

/// Parked, paused, told to wait or gone: what cannot be a probe now waits in the ledger, where a
/// crash does not find it in flight.
bool deliver::waits_in_ledger(account_entry const& a, steady_time now) const {
    return !a.can_send() || waits_long(a, now) ||
           (a.control.is_parked() && a.control.room(now) <= 0) ||
           (endpoint_.parked().is_on() &&
            endpoint_.next_chance(now, a.control.standing()) > now + 1s);
}

/// The account and the endpoint together: may one of its events begin?
delivery::chance deliver::begin_chance(account_entry const& a, steady_time now) const {
    auto const who = a.control.standing();
    auto const room = std::min(a.control.room(now), endpoint_.room(now, who));
    if (room > 0) return {room, now};
    return {0, std::max(a.control.next_chance(now), endpoint_.next_chance(now, who))};
}

void deliver::enter_turn(account_entry& a) {
    if (a.in_turn) return;
    a.in_turn = true;
    a.next_in_turn = nullptr;
    (turn_last_ != nullptr ? turn_last_->next_in_turn : turn_first_) = &a;
    turn_last_ = &a;
}

/// Only the first leaves.
void deliver::leave_turn(account_entry& a) {
    turn_first_ = a.next_in_turn;
    if (turn_first_ == nullptr) turn_last_ = nullptr;
    a.in_turn = false;
    a.next_in_turn = nullptr;
}

/// Connections that are slow to answer are not all one account's, however many events it has.
bool deliver::may_take_another(account_entry const& a) const {
    auto const mine = a.control.in_flight();
    auto const active = static_cast<int>(sending_accounts_) + (mine == 0 ? 1 : 0);
    return delivery::fair_room(static_cast<int>(pool_->most_connections()), active, mine,
                               static_cast<int>(in_flight_)) > 0;
}

// ---- net::work_source ----

std::size_t deliver::wanted(steady_time now) {
    if (stopping_ || now < next_open_) return 0;
    if (unreached_ > 0) {
        // One connection is tried, when there is something to send.
        auto const wall_now = wall(now);
        for (auto const& a : accounts_)
            if (a && a->can_send() && !a->control.is_paused() &&
                (a->has_claimable(wall_now) || !a->queue.empty()))
                return 1;
        return 0;
    }
    std::size_t total = 0;
    auto const most = pool_->most_connections();
    for (auto const* a = turn_first_; a != nullptr && total < most; a = a->next_in_turn) {
        auto const room = static_cast<std::size_t>(a->control.room(now));
        total += std::min(a->queue.size(), room);
        // Without a connection nobody calls `take`, which would have found the wait.
        if (room == 0 && !a->queue.empty()) schedule(begin_chance(*a, now).next);
    }
    return total;
}

bool deliver::take(steady_time now, std::string& out, std::uint64_t& ticket) {
    if (stopping_ || delivered_.size() + deviations_.size() + settling_ >= unsettled_limit)
        return false;
    account_entry const* has_its_share = nullptr;
    while (turn_first_ != nullptr && turn_first_ != has_its_share) {
        auto& a = *turn_first_;
        leave_turn(a);
        if (a.queue.empty()) continue;
        if (auto const chance = begin_chance(a, now); chance.room <= 0) {
            schedule(chance.next);
            continue;
        }
        if (!may_take_another(a)) {
            if (has_its_share == nullptr) has_its_share = &a;
            enter_turn(a);
            continue;
        }
        auto const event = a.queue.pop();
        --ready_;
        auto const view = event::parse_record(event.record());
        if (!view) {
            // Written by a newer version, or damaged: not the event's fault, and nothing that
            // waiting would mend.
            add_deviation(settlement_unreadable(event, wall(now)));
            a.queue.settled(event.batch);
            claims_.ended(a.setup.no);
            enter_turn(a);
            schedule(now);  // no answer will bring the cycle that settles it
            continue;
        }
        a.setup.requests->render(out, dialect_, *view);
        endpoint_.begin(now, a.control.standing());
        if (a.control.in_flight() == 0) ++sending_accounts_;
        a.control.begin(now);
        if (free_flights_.empty()) {
            free_flights_.push_back(static_cast<std::uint32_t>(flights_.size()));
            flights_.emplace_back();
        }
        ticket = free_flights_.back();
        free_flights_.pop_back();
        flights_[ticket] = {&a, event, now};
        ++in_flight_;
        ++totals_.attempts;
        if (!a.queue.empty()) enter_turn(a);  // behind the others: one event each
        return true;
    }
    return false;
}

void deliver::ended(net::exchange_end const& end) {
    auto const f = flights_[end.ticket];
    free_flights_.push_back(static_cast<std::uint32_t>(end.ticket));
    --in_flight_;
    auto& a = *f.account;
    auto& claimed = f.event.event();

    delivery::attempt_outcome outcome;
    bool plain = false;
    if (end.answer) {
        auto const facts = api::classify(*end.answer, wall(end.now));
        plain = facts.verdict == api::verdict::accepted && a.control.gate().is_free();
        outcome.what = facts;
    } else {
        outcome.what = delivery::transport_fault{end.failure, end.phase, end.reused};
        outcome.detail = end.detail;
    }
    // The pool's clock is coarse: good enough for what went well, not for what begins a wait.
    auto const now = plain ? end.now : std::chrono::steady_clock::now();
    auto const wall_now = wall(now);
    std::string excerpt;
    if (!plain && end.answer && outcome.answer()->verdict != api::verdict::accepted) {
        excerpt = excerpt_of(*end.answer, a.setup.token, f.event.record());
        outcome.detail = excerpt;
    }
    delivery::attempt_info const info{claimed.no, static_cast<int>(claimed.attempt), f.begun};
    auto const before = a.control.standing();
    auto const d = a.control.end(now, wall_now, outcome, info);
    if (a.control.in_flight() == 0) --sending_accounts_;
    tell_endpoint(a, before, outcome, info, d, now);

    if (d.at_once) {
        not_begun(f, now);
    } else if (d.what == delivery::fate::delivered && claimed.attempt == 1) {
        delivered_.push_back({claimed.no, &a, end.connection, f.event});
        ++totals_.delivered;
        ++a.delivered;
    } else {
        settle(f, end, outcome, d, wall_now, excerpt);
        a.queue.settled(f.event.batch);
        claims_.ended(a.setup.no);
    }
    if (d.what == delivery::fate::delivered) totals_.last_success = wall_now;
    if (!plain || d.trouble_ended || d.park_changed) log_decision(a, d, outcome.detail, now);
    if (!plain && !a.queue.empty() && waits_long(a, now)) give_back(a);
    if (!a.queue.empty()) {
        // Also for an account in the turn: where this was the last connection, nobody calls `take`.
        if (auto const chance = begin_chance(a, now); chance.room > 0)
            enter_turn(a);
        else
            schedule(chance.next);
    }
    if (group_since_ == never && delivered_.size() + deviations_.size() > 0) {
        group_since_ = now;
        schedule(now + group_age);
    }
    if (delivered_.size() + deviations_.size() >= group_size || ready_ < low_water || stopping_)
        maybe_cycle(now);
}

/// A connection ended before the event's first byte: it goes on at once, or waits in the ledger
/// where nothing can be sent now.
void deliver::not_begun(flight const& f, steady_time now) {
    auto& a = *f.account;
    if (!stopping_ && unreached_ == 0 && !waits_in_ledger(a, now)) {
        a.queue.push_back_to_front(f.event);
        ++ready_;
        return;
    }
    add_deviation(settlement_unbegun(f.event, wall(now)));
    a.queue.settled(f.event.batch);
    claims_.ended(a.setup.no);
}

}  // namespace setclick::pipeline
