// The loop that makes deferred events due at once: what was put off while the account was in trouble
// or parked need not wait for its time when somebody has mended it.
//
// Waits   for an account; for the ledger's answer, slice by slice, so that delivery goes on between.
// Woken   by resume, a new token, another endpoint.
// Keeps   true: each account once, in the order in which it was asked for.
// Never   sends anything: that an event may have been received changes nothing, it would be sent
//         again anyway.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <deque>
#include <string>

#include "setclickd/async/notification.hpp"
#include "shared_state.hpp"

namespace setclick::dispatch {

class wake_loop;

class retry_loop {
public:
    retry_loop(shared_state& s, wake_loop& wake) : s_(s), wake_(wake), place_(s.context) {}

    boost::asio::awaitable<void> run();
    /// `who`: for the receipts.
    void retry(account const& a, std::string who);

private:
    struct wish {
        account_no account{};
        std::string who;
    };

    shared_state& s_;
    wake_loop& wake_;
    async::notification place_;
    std::deque<wish> wishes_;
};

}  // namespace setclick::dispatch
