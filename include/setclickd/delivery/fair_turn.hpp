// Whose turn it is: the fair choice of what is claimed (or begun) next, among many accounts.
//
// Words: an account *wants* what waits for it; its *room* is what its control and gate allow now;
// *out* is what it was granted and has not ended. The accounts that can go stand in a ring and get
// a batch each by turns, so that a parked, slow or enormous account never delays another by more
// than one batch. Those that cannot go are not in the ring: they sleep until their time, or until
// somebody calls `ready`. So a turn costs the accounts that can go, not all of them.
//
// No account takes all: over its equal share of `capacity` (at least 1) an account is granted more
// only while an eighth of the capacity stays free for others; an account alone gets everything. Not
// preemptive: others get what ends next.
//
// Pure, not thread-safe. For claims: capacity = events claimed and not ended.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <utility>
#include <vector>

#include "setclickd/base/ids.hpp"
#include "setclickd/base/time.hpp"

namespace setclick::delivery {

/// The same for connections, which slow answers hold for long: how many more of `capacity` an
/// account may take that has `out` of them, while `active` accounts together have `total_out`. An
/// eighth stays free for those that have none, who may take their equal share of whatever is free.
int fair_room(int capacity, int active, int out, int total_out) noexcept;

/// How many events may be out of the ledger's hands at once: on the wire, ready before it, answered
/// after it. `usual` does for 64 connections; each further one has an event on the wire, and a
/// few more have one ready. Never more than connections + 512: so many are in doubt after a crash
/// at most, whatever the number of connections.
int most_claimed(int usual, int connections) noexcept;

/// What `fair_turn` lets an account claim next.
struct claim_grant {
    account_no account{};
    int count = 0;

    friend bool operator==(claim_grant const&, claim_grant const&) = default;
};

/// What an account's control says now: `room` beside what was granted by earlier plans, and when
/// that is 0, when it may change by itself (`never`: it will not).
struct chance {
    int room = 0;
    steady_time next = never;
};

class fair_turn {
public:
    using chance_of = std::function<chance(account_no)>;
    /// Newcomers have nothing out: they need not wait until the others' batches are worth it.
    enum class whom : std::uint8_t { all, newcomers };

    explicit fair_turn(int capacity = 64) : capacity_(capacity > 0 ? capacity : 1) {}

    void set_capacity(int capacity) noexcept { capacity_ = capacity > 0 ? capacity : 1; }
    /// How many events wait for an account; 0 takes it out of the turn. Any time the number is
    /// known better.
    void set_wants(account_no account, std::uint64_t waiting);
    std::uint64_t wants(account_no account) const noexcept {
        auto const index = static_cast<std::size_t>(account);
        return index < seats_.size() ? seats_[index].wants : 0;
    }
    /// Something happened that may have made room: an attempt ended, a park was lifted, a setting
    /// changed.
    void ready(account_no account);
    bool stands_in_ring(account_no account) const noexcept {
        auto const index = static_cast<std::size_t>(account);
        return index < seats_.size() && seats_[index].where == place::ring;
    }
    /// So many of what was granted have ended (or were given back unused).
    void ended(account_no account, int ended = 1);

    /// Those whose time has come stand in the ring again, where they count as newcomers. `plan` does
    /// it too; this is for a caller that may not plan now, whose next wake would lie in the past.
    void wake(steady_time now);

    /// The next grants, at most `budget` together and `batch` a turn; they count as out, and as no
    /// longer wanted. An account may appear more than once. Calls `room_of` once for each turn.
    /// `out` is cleared first.
    void plan(steady_time now, int budget, int batch, chance_of const& room_of,
              std::vector<claim_grant>& out, whom for_whom = whom::all);

    /// When `plan` should be called again although nothing happened; `never` = not needed.
    steady_time next_wake() const noexcept {
        return sleepers_.empty() ? never : sleepers_.begin()->first;
    }
    /// Whether an account stands in the ring or should wake: `plan` is worth calling.
    bool is_due(steady_time now) const noexcept { return ring_size_ > 0 || next_wake() <= now; }
    bool has_turns() const noexcept { return ring_size_ > 0; }
    /// How many of those in the ring have nothing out.
    int newcomers() const noexcept { return newcomers_; }
    int out() const noexcept { return total_out_; }
    int out(account_no account) const noexcept;
    /// An equal share of the capacity among those that take part now.
    int share() const noexcept;

private:
    enum class place : std::uint8_t { nowhere, ring, asleep, stuck };

    struct seat {
        std::uint64_t wants = 0;
        int out = 0;
        int granted = 0;  ///< by the plan with this number
        std::uint64_t plan = 0;
        place where = place::nowhere;
        std::uint32_t next = 0;  ///< in the ring
        std::uint32_t previous = 0;
        steady_time until = never;
    };

    seat& seat_of(account_no account);
    int grant_for(seat const& s, int room, int budget, int batch) const noexcept;
    void leave(std::uint32_t index);
    void enter_ring(std::uint32_t index);
    void enter_sleep(std::uint32_t index, steady_time until);
    /// Before and after whatever changes a seat: it leaves the counts, and enters them anew.
    void count(seat const& s, int sign) noexcept;
    static bool is_active(seat const& s) noexcept { return s.out > 0 || s.where == place::ring; }
    static bool is_newcomer(seat const& s) noexcept { return s.out == 0 && s.where == place::ring; }

    int capacity_;
    int total_out_ = 0;
    std::uint64_t plan_ = 0;
    int active_ = 0;           ///< accounts in the ring or with something out
    int newcomers_ = 0;        ///< accounts in the ring with nothing out
    std::vector<seat> seats_;  ///< by account number; seat 0 is the ring's anchor
    std::uint32_t ring_size_ = 0;
    std::set<std::pair<steady_time, std::uint32_t>> sleepers_;
};

}  // namespace setclick::delivery
