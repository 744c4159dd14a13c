// The parts of a dispatcher, wired to each other.
#pragma once

#include "claim_loop.hpp"
#include "persist_loop.hpp"
#include "retry_loop.hpp"
#include "send_source.hpp"
#include "setclickd/async/loop_group.hpp"
#include "shared_state.hpp"
#include "wake_loop.hpp"
#include "watch_loop.hpp"

namespace setclick::dispatch {

struct dispatcher::loops {
    loops(boost::asio::io_context& context, ledger::writer& writer, dispatch_hooks hooks);

    shared_state s;
    wake_loop wake{s, claim};
    claim_loop claim{s, wake};
    persist_loop persist{s, claim, wake};
    retry_loop retry{s, wake};
    watch_loop watch{s, wake};
    send_source source{s, wake, claim};
    async::loop_group group;
    std::function<void()> drained;
    /// Somebody who is no attempt waits for the endpoint's common rate.
    steady_time permit_wanted_until = steady_time::min();

    account* find(account_no no) const noexcept { return s.accounts.find(no); }
    /// Null for one that another node owns, too.
    account* find_own(account_no no) const noexcept {
        auto* const a = find(no);
        return a != nullptr && !a->is_elsewhere() ? a : nullptr;
    }
    /// A call that is no attempt may begin.
    bool may_call(account const& a) const { return a.flow.is_here() && s.may_send(); }
    wall_time wall(steady_time now) const noexcept { return s.clock.wall(now); }
    bool is_settled() const;
    void maybe_drained();
    /// A person gave it a token: a parked account is asked at once.
    void go_on_with_token(account& a, steady_time now);
    void add_account(account_setup setup, ledger::account_info const& known,
                     std::uint64_t in_flight_at_crash, steady_time now);
    /// What the ledger's note says of its rate and park; `in_flight_before`: calls that may just have been made.
    void load_account(account& a, ledger::account_info const& known, std::uint64_t in_flight_before,
                      steady_time now);
    void know(account& a, ledger::account_info const& known, steady_time now);
    void change_account(account& a, account_setup setup, steady_time now);
    void retry_all(char const* who, steady_time now);
};

}  // namespace setclick::dispatch
