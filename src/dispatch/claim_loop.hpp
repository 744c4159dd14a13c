// The loop between dispatch and the ledger: settles the group that is due and claims the next
// events, one transaction for both.
//
// Waits   for `due`; for the ledger's answer.
// Woken   by the wake loop (a time has come, news), by an answer that fills a group.
// Keeps   true: one transaction at a time; what was answered is given to the ledger until it is
//         durable, also where there is no room at first; a gate's count is durable with the claim
//         that it allows.
// Never   decides who is claimed, and never waits for the network.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <vector>

#include "setclickd/async/notification.hpp"
#include "shared_state.hpp"

namespace setclick::dispatch {

class wake_loop;

class claim_loop {
public:
    claim_loop(shared_state& s, wake_loop& wake) : s_(s), wake_(wake), place_(s.context) {}

    boost::asio::awaitable<void> run();
    /// A transaction may be worth it.
    void due() noexcept { place_.notify(); }
    /// Answers that could not be written yet.
    ledger::cycle_request* unwritten() noexcept { return unwritten_.get(); }
    /// What the gates have let pass and the parks, as they are to be made durable.
    ledger::account_note endpoint_note(steady_time now) const;

private:
    using request = std::shared_ptr<ledger::cycle_request>;

    request next_request(steady_time now);
    void add_wishes(ledger::cycle_request& to, bool has_answers, steady_time now);
    void add_notes(ledger::cycle_request& to, steady_time now);
    void committed(ledger::cycle_result done, ledger::cycle_request& asked, steady_time now);
    void not_now(error const& why, request asked, steady_time now);
    void not_written(std::vector<ledger::account_note> const& notes);

    shared_state& s_;
    wake_loop& wake_;
    async::notification place_;
    request unwritten_;
    std::vector<delivery::claim_grant> grants_;
    std::size_t claiming_ = 0;  // wished for by the transaction that runs
};

}  // namespace setclick::dispatch
