// What the loops of dispatch share: the parts, each with a class of its own, and nothing else.
#pragma once

#include <boost/asio/io_context.hpp>

#include <functional>
#include <string>

#include "account.hpp"
#include "delivery_log.hpp"
#include "figures.hpp"
#include "paired_clock.hpp"
#include "setclickd/delivery/dispatch_control.hpp"
#include "setclickd/dispatch/dispatcher.hpp"
#include "setclickd/ledger/resume.hpp"
#include "setclickd/ledger/writer.hpp"
#include "setclickd/net/pool.hpp"
#include "settle_group.hpp"
#include "settlements.hpp"

namespace setclick::dispatch {

using ledger::endpoint_account;

struct shared_state {
    shared_state(boost::asio::io_context& c, ledger::writer& w, dispatch_hooks h)
        : context(c), writer(w), hooks(std::move(h)) {}

    boost::asio::io_context& context;
    ledger::writer& writer;
    dispatch_hooks hooks;
    net::pool* pool = nullptr;
    paired_clock clock;
    delivery::dispatch_control control;
    account_registry accounts;
    delivery::delivery_totals totals;
    figures counted;
    settle_group group{control, totals};
    delivery_log log;
    /// Of this machine's steady clock, where several nodes share the ledger; empty where it has one.
    std::string clock_id;
    /// Whether a call may begin, where several nodes share the ledger.
    std::function<bool()> send_gate;

    bool may_send() const { return !send_gate || send_gate(); }
    /// What of the account is to be made durable.
    ledger::account_note note_of(account const& a, steady_time now, int reserved) const {
        auto state = a.flow.control.save(now, clock.wall(now), reserved);
        state.clock = clock_id;
        return {a.setup.no, delivery::to_text(state)};
    }

    delivery::connection_view connections() const {
        auto const c = pool->counts();
        return {c.opening, c.idle, c.busy};
    }
    /// What is claimed and not begun goes back to the ledger, unharmed.
    void give_back(account& a) {
        auto const now = paired_clock::now();
        control.give_back(a.flow);
        while (!a.queue.empty()) {
            auto const event = a.queue.pop();
            control.group().answered(now);
            group.add(a, event, settlement_unbegun(event, clock.wall(now)));
        }
    }
    void give_back_all() {
        for (auto* const a : accounts.all())
            give_back(*a);
    }
    void know_depths(std::vector<ledger::queue_depth> const& depths) {
        auto const wall = clock.wall(paired_clock::now());
        for (auto const& d : depths)
            if (auto* const a = accounts.find(d.account); a != nullptr && !a->is_elsewhere())
                control.know_queue(a->flow, {d.waiting, d.deferred, d.next_due, d.last_due}, wall);
    }
};

}  // namespace setclick::dispatch
