#include "persist_loop.hpp"

#include <algorithm>
#include <utility>

#include "claim_loop.hpp"
#include "setclickd/async/ledger_call.hpp"
#include "setclickd/telemetry/log.hpp"
#include "settlements.hpp"
#include "wake_loop.hpp"

namespace setclick::dispatch {
namespace asio = boost::asio;
using telemetry::level;
using telemetry::log_line;

asio::awaitable<void> persist_loop::run() {
    for (;;) {
        while (commands_.empty()) {
            auto const deadline = again_.empty() ? never : s_.control.disk().next();
            if (!co_await place_.wait_until(deadline))
                for (auto const no : std::exchange(again_, {}))
                    persist(no);
        }
        auto next = std::move(commands_.front());
        commands_.pop_front();
        if (next.then) {
            auto const why = std::exchange(why_, std::nullopt);
            next.then(why ? result<void>(*why) : result<void>());
            wake_.news();  // a drain waits for the last answer
            continue;
        }
        is_writing_ = true;
        co_await write(next.what);
        is_writing_ = false;
        wake_.news();
    }
}

void persist_loop::persist(account_no no) {
    bool const is_last =
        !commands_.empty() && !commands_.back().then && commands_.back().what == no;
    if (!is_last) push({no, nullptr});
}

void persist_loop::answer(std::function<void(result<void>)> then) {
    push({account_no{}, std::move(then)});
}

void persist_loop::push(command c) {
    commands_.push_back(std::move(c));
    place_.notify();
}

asio::awaitable<void> persist_loop::write(account_no no) {
    auto* const a = s_.accounts.find(no);
    if (a != nullptr && !a->to_return.empty()) {
        co_await return_events(*a);
        co_return;
    }
    auto const request = notes_of(no);
    auto task = [request](ledger::store& store) { return store.cycle(request); };
    auto const done =
        co_await async::ledger_call(s_.writer, ledger::writer::priority::delivery, std::move(task));
    if (done.has_value()) co_return;
    if (a != nullptr)
        a->flow.control.unsaved();
    else
        s_.control.endpoint().unsaved();
    s_.control.note_due();
    not_written(done.error());
}

asio::awaitable<void> persist_loop::return_events(account& a) {
    // Their refusals came before the command, and may not be in the ledger yet.
    s_.group.settle_as_waiting(a.to_return);
    if (auto* const unwritten = claims_.unwritten())
        for (auto& s : unwritten->settlements)
            return_if_rejected(s, a.to_return);
    auto const count = a.to_return.size();
    auto task = [events = a.to_return, request = notes_of(a.setup.no)](ledger::store& store) {
        return ledger::return_rejected(store, events, "resume", request);
    };
    auto const done =
        co_await async::ledger_call(s_.writer, ledger::writer::priority::delivery, std::move(task));
    if (done.has_value()) {
        have_returned(a, count, *done);
    } else {
        again_.push_back(a.setup.no);
        not_written(done.error());
    }
}

void persist_loop::have_returned(account& a, std::size_t count,
                                 ledger::returned_events const& done) {
    why_.reset();  // of an earlier try
    a.to_return.erase(a.to_return.begin(),
                      a.to_return.begin() + static_cast<std::ptrdiff_t>(count));
    a.flow.is_returning = !a.to_return.empty();
    log_line(level::info, "what was rejected before the account was parked waits again",
             {{"account", a.setup.id}, {"returned_to_waiting", done.touched}});
    if (done.superseded > 0)
        log_line(level::info,
                 "of the account's rejected events those that were dropped again since stay so",
                 {{"account", a.setup.id}, {"count", done.superseded}});
    s_.know_depths(done.depths);
    // What was commanded meanwhile.
    if (a.flow.is_returning || a.flow.control.dirty()) persist(a.setup.no);
    s_.control.reconsider(a.flow, s_.clock.wall(paired_clock::now()));
}

void persist_loop::not_written(error why) {
    why_ = std::move(why);
    s_.control.disk().put_off(paired_clock::now());
}

ledger::cycle_request persist_loop::notes_of(account_no no) const {
    auto const now = paired_clock::now();
    ledger::cycle_request request;
    request.now = s_.clock.wall(now);
    if (auto const* const a = s_.accounts.find(no); a != nullptr && !a->is_elsewhere())
        request.notes.push_back(s_.note_of(*a, now, static_cast<int>(a->queue.size())));
    if (no == endpoint_account || !s_.control.endpoint().gate().is_free())
        request.notes.push_back(claims_.endpoint_note(now));
    return request;
}

}  // namespace setclick::dispatch
