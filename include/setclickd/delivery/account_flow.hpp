// What delivery knows of one account: its control, what waits for it in the ledger, and the states
// that keep its events from being claimed.
#pragma once

#include <cstdint>

#include "setclickd/base/due_time.hpp"
#include "setclickd/base/ids.hpp"
#include "setclickd/delivery/account_control.hpp"

namespace setclick::delivery {

/// What the ledger holds of an account.
struct ledger_queue {
    std::uint64_t waiting = 0;  ///< claimable now
    std::uint64_t deferred = 0;
    wall_time next_due{};  ///< of the deferred ones; zero for none
    wall_time last_due{};  ///< the same

    /// As the ledger sees it when it is asked for the deferred ones. `longest`: the account's
    /// longest deferral.
    bool is_due(wall_time now, milliseconds longest) const noexcept {
        return deferred > 0 && (next_due <= now || last_due > latest_due(now, longest));
    }
    std::uint64_t claimable(wall_time now, milliseconds longest) const noexcept {
        return waiting + (is_due(now, longest) ? deferred : 0);
    }
    bool empty() const noexcept { return waiting + deferred == 0; }
};

/// Who sends for an account, where several nodes share the ledger.
enum class account_seat : std::uint8_t {
    here,       ///< this node
    leaving,    ///< this node, which gives it up: nothing begins any more
    elsewhere,  ///< another node, or none
};

struct account_flow {
    account_flow(account_no number, account_settings settings, std::uint64_t seed)
        : no(number), control(std::move(settings), seed) {}

    account_no no;
    account_control control;
    ledger_queue queue;
    account_seat seat = account_seat::here;
    bool is_configured = true;
    bool has_credential = false;
    /// A resume's rejected events are being returned by the ledger: until then the account's note
    /// there names them and must stay as it is, so nothing is claimed.
    bool is_returning = false;
    /// A read waits at the gate and is forgotten then; `never`: none does.
    steady_time read_until = never;

    bool is_here() const noexcept { return seat == account_seat::here; }
    bool can_send() const noexcept { return is_here() && is_configured && has_credential; }
    std::uint64_t claimable(wall_time now) const noexcept {
        return queue.claimable(now, control.longest_deferral());
    }
};

}  // namespace setclick::delivery
