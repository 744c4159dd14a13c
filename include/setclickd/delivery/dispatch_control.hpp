// All accounts, the endpoint and the order among them: what may be claimed, what is sent next, what
// goes back, what an attempt's end changes for the others.
//
// It joins the parts that decide (account and endpoint control, claim planner, send turn,
// reachability, settle timing, disk retry) and is driven by what happened; what is to be done comes
// back as a value. The same calls are made by the dispatch loops and by the tests' timelines.
//
//     claim   is_cycle_due → plan_claims → cycle_began → (the ledger) → cycle_ended, claimed
//     send    begin_next → (the wire) → ended, settled
//     time    next_wake (next_wake.hpp) → wake
//
// Keeps true: an attempt begins only where the account, the endpoint and the settle limit allow it;
// what cannot be sent now and would be in doubt after a crash for nothing goes back to the ledger.
// Never: a clock, a socket, the ledger; which event it is (it counts). Pure; not thread-safe. In the
// calm state nothing is allocated for an event.
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "setclickd/delivery/account_flow.hpp"
#include "setclickd/delivery/claim_planner.hpp"
#include "setclickd/delivery/disk_retry.hpp"
#include "setclickd/delivery/endpoint_control.hpp"
#include "setclickd/delivery/next_wake.hpp"
#include "setclickd/delivery/reachability.hpp"
#include "setclickd/delivery/send_turn.hpp"
#include "setclickd/delivery/settle_timing.hpp"

namespace setclick::delivery {

/// What becomes of an account's claimed events that have not begun.
enum class claimed_events : std::uint8_t {
    keep,
    give_back,  ///< to the ledger, as if they had not been claimed
};

/// What an attempt's end means.
struct attempt_end {
    decision made;
    endpoint_change endpoint = endpoint_change::none;
    /// The event never began and is ready again, unsettled.
    bool is_ready_again = false;
    /// Of this account; where the endpoint parks, of all.
    claimed_events others = claimed_events::keep;
    /// The event never began (its connection had ended before) and goes back to the ledger.
    bool is_unbegun = false;
    /// With it a group of answers begins to fill.
    bool begins_group = false;
};

class dispatch_control {
public:
    dispatch_control() = default;
    dispatch_control(dispatch_control const&) = delete;
    dispatch_control& operator=(dispatch_control const&) = delete;

    // ---- accounts ----
    account_flow& add(account_no no, account_settings settings, std::uint64_t seed);
    account_flow* find(account_no no) noexcept;
    account_flow const* find(account_no no) const noexcept;
    /// By number; empty where there is none.
    std::vector<std::unique_ptr<account_flow>> const& accounts() const noexcept {
        return accounts_;
    }
    /// The ledger told how much waits for it.
    void know_queue(account_flow& a, ledger_queue const& queue, wall_time wall_now);
    /// Something about the account has changed from outside that may let it send earlier than was
    /// thought: a credential, a command, a setting.
    void reconsider(account_flow& a, wall_time wall_now);
    /// All of them: the endpoint is another one, or open again.
    void reconsider_all(steady_time now, wall_time wall_now);

    // ---- claims ----
    /// A transaction is worth it now: a group to settle, claims, notes. Never while one runs.
    bool is_cycle_due(steady_time now) const noexcept;
    /// `has_answers`: this transaction settles some.
    void plan_claims(steady_time now, bool has_answers, std::vector<claim_grant>& out);
    /// The transaction is with the ledger.
    void cycle_began() noexcept {
        is_cycle_running_ = true;
        are_notes_due_ = false;
    }
    /// It is durable, or failed for want of room; claims that it did not carry out are taken back
    /// one by one with `not_claimed`.
    void cycle_ended() noexcept { is_cycle_running_ = false; }
    /// `n` events were claimed for it.
    claimed_events claimed(account_flow& a, int n, steady_time now);
    void not_claimed(account_flow& a, int n);
    /// An event's claim has ended: answered, or given back.
    void settled(account_no no) { claims_.ended(no); }
    /// All that is ready of the account goes back; so many.
    int give_back(account_flow& a);

    // ---- attempts ----
    /// Requests that could begin now, if there were connections for them.
    std::size_t wanted(steady_time now, wall_time wall_now) const noexcept;
    /// Whose event begins now; null for none. `begin` or `discard` follows.
    account_flow* next_to_send(steady_time now);
    /// When the first of those may go on that `next_to_send` has found to wait since this was asked.
    steady_time next_look() noexcept { return std::exchange(next_look_, never); }
    void begin(account_flow& a, steady_time now);
    /// The event that was to begin cannot be sent at all.
    void discard(account_flow& a);
    attempt_end ended(account_flow& a, steady_time now, wall_time wall_now,
                      attempt_outcome const& outcome, attempt_info const& info);
    /// May one of its events begin? The account and the endpoint together.
    chance begin_chance(account_flow const& a, steady_time now) const noexcept;
    /// May some of them be claimed?
    chance claim_chance(account_flow const& a, steady_time now) const noexcept;
    claimed_events hold_or_return(account_flow const& a, steady_time now) const noexcept;

    // ---- time ----
    /// Puts whoever may go on where it goes on. True: the pool should be told.
    bool wake(steady_time now, wall_time wall_now);
    /// The invariant is broken: everything is looked at anew, whatever was waited for.
    void wake_all(steady_time now, wall_time wall_now);

    // ---- parts ----
    endpoint_control& endpoint() noexcept { return endpoint_; }
    endpoint_control const& endpoint() const noexcept { return endpoint_; }
    reachability& reach() noexcept { return reach_; }
    reachability const& reach() const noexcept { return reach_; }
    settle_timing& group() noexcept { return group_; }
    settle_timing const& group() const noexcept { return group_; }
    disk_retry& disk() noexcept { return disk_; }
    disk_retry const& disk() const noexcept { return disk_; }
    send_turn const& turn() const noexcept { return turn_; }
    claim_planner const& claims() const noexcept { return claims_; }
    claim_situation situation(steady_time now) const noexcept;

    /// How many there may be at most.
    void set_connections(std::size_t most) noexcept {
        connections_ = most;
        turn_.set_connections(static_cast<int>(most));
    }
    void stop() noexcept { is_stopping_ = true; }
    bool is_stopping() const noexcept { return is_stopping_; }
    bool is_cycle_running() const noexcept { return is_cycle_running_; }
    /// A gate or a park must become durable although no event brings a transaction.
    void note_due() noexcept { are_notes_due_ = true; }
    void no_note_due() noexcept { are_notes_due_ = false; }
    bool are_notes_due() const noexcept { return are_notes_due_; }

private:
    void refresh_wants(account_flow& a, wall_time wall_now);
    bool others_may_tell(account_flow const& a, wall_time wall_now) const noexcept;
    endpoint_change end_at_endpoint(account_flow& a, standing before, steady_time now,
                                    wall_time wall_now, attempt_outcome const& outcome,
                                    attempt_info const& info, decision const& made);

    std::vector<std::unique_ptr<account_flow>> accounts_;
    endpoint_control endpoint_;
    claim_planner claims_;
    send_turn turn_;
    reachability reach_;
    settle_timing group_;
    disk_retry disk_;
    std::size_t connections_ = 64;
    steady_time next_look_ = never;
    bool is_stopping_ = false;
    bool is_cycle_running_ = false;
    bool are_notes_due_ = false;
};

}  // namespace setclick::delivery
