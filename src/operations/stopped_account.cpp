#include "setclickd/operations/stopped_account.hpp"

#include <utility>

#include "setclickd/base/clock.hpp"
#include "setclickd/delivery/account_state.hpp"
#include "setclickd/ledger/operations.hpp"
#include "setclickd/ledger/resume.hpp"

namespace setclick::operations {
namespace {

ledger::cycle_request request_of(account_no no, delivery::account_state const& state) {
    ledger::cycle_request request;
    request.now = wall_now();
    request.notes.push_back({no, to_text(state)});
    return request;
}

result<bool> pause(ledger::store& store, account_no no, delivery::account_state state) {
    if (!delivery::pause(state, wall_now())) return false;
    if (auto done = store.cycle(request_of(no, state)); !done) return done.error();
    return true;
}

/// As the daemon does it, also for an account that was not stopped: what was deferred while it was
/// need not wait for its time.
result<bool> resume(ledger::store& store, account_no no, delivery::account_state state,
                    control::pause_request const& what, std::string const& who) {
    auto const resumed = delivery::resume(state, what.accept_rejections);
    bool const forgot = what.forget_rate && delivery::forget_rate(state.gate);
    auto const woken = ledger::operate_all(store, ledger::wake_deferred(no, who), wall_now());
    if (!woken) return woken.error();
    if (!resumed.was_stopped && !forgot) return false;
    auto const returned =
        ledger::return_rejected(store, resumed.refused, who, request_of(no, state));
    if (!returned) return returned.error();
    return true;
}

}  // namespace

result<bool> change_stopped_account(ledger::store& store, ledger::account_info const& account,
                                    control::pause_request const& what, std::string const& who) {
    auto state = delivery::account_state_from_text(account.state);
    if (!state) return state.error();
    return what.resume ? resume(store, account.no, std::move(*state), what, who)
                       : pause(store, account.no, std::move(*state));
}

}  // namespace setclick::operations
