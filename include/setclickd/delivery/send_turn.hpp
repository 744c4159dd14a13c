// Which account's event goes on the wire next, and the count of what each has ready and in flight.
//
// Accounts that may have something to send stand in a queue and send one event each by turns, so
// that an account with a hundred thousand events delays another by one. An account that may send
// nothing now leaves the queue; `enter` puts it back. The last eighth of the connections is for
// accounts that have nothing on the wire (`fair_room`).
//
// Keeps true: `ready` is the sum of what was claimed and neither begun nor returned, `in_flight` the
// sum of what was begun and has not ended; an account in the queue stands there once.
// Never: whether the account's rate or park allows an event; that is the caller's answer. Pure; not
// thread-safe. Nothing is allocated but for an account number never seen.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "setclickd/base/ids.hpp"
#include "setclickd/delivery/fair_turn.hpp"

namespace setclick::delivery {

class send_turn {
public:
    /// No account: numbers begin with 1.
    static constexpr account_no nobody{0};

    /// How many connections there may be at most, from 1.
    void set_connections(int most) noexcept { connections_ = std::max(1, most); }

    /// `n` events of the account are claimed and may be sent.
    void claimed(account_no account, int n);
    /// So many of them went back to the ledger unsent.
    void returned(account_no account, int n = 1) noexcept;
    /// The account may have something to send now. Without effect where it has nothing ready or
    /// stands in the queue already.
    void enter(account_no account);

    /// Whose event begins now, or `nobody`. `may_begin(account_no)` is asked at most once for each
    /// account that is looked at; those that may not leave the queue. The one that is returned has
    /// left it, too: `begun`, `returned` or `enter` follows.
    template <class MayBegin>
    account_no next(MayBegin const& may_begin) {
        account_no has_its_share = nobody;
        while (first_ != 0 && account_no{first_} != has_its_share) {
            auto const account = account_no{first_};
            leave_first();
            if (seat_of(account).ready == 0 || !may_begin(account)) continue;
            if (may_take_another(account)) return account;
            if (has_its_share == nobody) has_its_share = account;
            enter(account);
        }
        return nobody;
    }
    /// An event of it is on the wire; it stands at the queue's end where it has more.
    void begun(account_no account);
    /// An attempt of it has ended; with `again` the event had not begun and is ready once more.
    void ended(account_no account, bool again);

    /// How many requests could begin with connections enough, at most `most`, of those in the queue;
    /// `room_of(account_no)` attempts may begin of one.
    template <class RoomOf>
    std::size_t wanted(std::size_t most, RoomOf const& room_of) const {
        std::size_t total = 0;
        for (auto at = first_; at != 0 && total < most; at = seats_[at].next) {
            auto const room = std::max(0, room_of(account_no{at}));
            total += static_cast<std::size_t>(std::min(room, seats_[at].ready));
        }
        return std::min(total, most);
    }

    int ready() const noexcept { return ready_; }
    int ready(account_no account) const noexcept { return known(account).ready; }
    int in_flight() const noexcept { return in_flight_; }
    int in_flight(account_no account) const noexcept { return known(account).in_flight; }
    bool is_in_turn(account_no account) const noexcept { return known(account).in_turn; }

private:
    struct seat {
        int ready = 0;
        int in_flight = 0;
        std::uint32_t next = 0;
        bool in_turn = false;
    };

    seat& seat_of(account_no account);
    seat known(account_no account) const noexcept;
    bool may_take_another(account_no account) const noexcept;
    void leave_first() noexcept;

    std::vector<seat> seats_;  // by account number
    std::uint32_t first_ = 0;
    std::uint32_t last_ = 0;
    int connections_ = 64;
    int ready_ = 0;
    int in_flight_ = 0;
    int sending_ = 0;  // accounts with something in flight
};

}  // namespace setclick::delivery
