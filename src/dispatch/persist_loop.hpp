// The loop that makes a person's commands durable: gates and parks of accounts and of the endpoint,
// also where no event comes along with whose transaction they could travel.
//
// Waits   for a command; for the ledger's answer; a second where a resume could not be written.
// Woken   by pause, resume and whoever wants to know that they are durable.
// Keeps   true: in order; who asked is answered after what was commanded before is durable, or with
//         why it is not. The events that a resume returns come first, then the note that no longer
//         names them: a kill or a full disk in between leaves the account as it was.
// Never   ends a park or a pause itself.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "setclickd/async/notification.hpp"
#include "shared_state.hpp"

namespace setclick::dispatch {

class claim_loop;
class wake_loop;

class persist_loop {
public:
    persist_loop(shared_state& s, claim_loop& claims, wake_loop& wake)
        : s_(s), claims_(claims), wake_(wake), place_(s.context) {}

    boost::asio::awaitable<void> run();
    /// As it is when its turn comes; `endpoint_account` for the endpoint.
    void persist(account_no no);
    /// `then` is called after what was to be persisted before is durable, or with why it is not.
    void answer(std::function<void(result<void>)> then);
    bool is_idle() const noexcept { return commands_.empty() && !is_writing_; }

private:
    struct command {
        account_no what{};
        std::function<void(result<void>)> then;
    };
    boost::asio::awaitable<void> write(account_no no);
    boost::asio::awaitable<void> return_events(account& a);
    void have_returned(account& a, std::size_t count, ledger::returned_events const& done);
    void not_written(error why);
    ledger::cycle_request notes_of(account_no no) const;
    void push(command c);

    shared_state& s_;
    claim_loop& claims_;
    wake_loop& wake_;
    async::notification place_;
    std::deque<command> commands_;
    std::vector<account_no> again_;  // resumes that could not be written
    std::optional<error> why_;       // since the last answer
    bool is_writing_ = false;
};

}  // namespace setclick::dispatch
