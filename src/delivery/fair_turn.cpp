#include "setclickd/delivery/fair_turn.hpp"

#include <algorithm>

namespace setclick::delivery {

namespace {

int equal_share(int capacity, int active) noexcept {
    return std::max(1, capacity / std::max(1, active));
}

/// For those that come next.
int reserve_of(int capacity, int active) noexcept {
    return active <= 1 ? 0 : std::max(1, capacity / 8);
}

}  // namespace

int fair_room(int capacity, int active, int out, int total_out) noexcept {
    auto const free = capacity - total_out;
    auto const first = out == 0 ? equal_share(capacity, active) : 0;
    return std::max(0, std::min(free, std::max(first, free - reserve_of(capacity, active))));
}

int most_claimed(int usual, int connections) noexcept {
    constexpr int usual_connections = 64;
    constexpr int ready_for_further = 128;
    auto const further = std::max(0, connections - usual_connections);
    return usual + further + std::min(further / 4, ready_for_further);
}

int fair_turn::share() const noexcept {
    return equal_share(capacity_, active_);
}

fair_turn::seat& fair_turn::seat_of(account_no account) {
    auto const index = static_cast<std::size_t>(account);
    if (index >= seats_.size()) seats_.resize(index + 1);
    return seats_[index];
}

int fair_turn::out(account_no account) const noexcept {
    auto const index = static_cast<std::size_t>(account);
    return index < seats_.size() ? seats_[index].out : 0;
}

void fair_turn::count(seat const& s, int sign) noexcept {
    if (is_active(s)) active_ += sign;
    if (is_newcomer(s)) newcomers_ += sign;
}

void fair_turn::leave(std::uint32_t index) {
    auto& s = seats_[index];
    count(s, -1);
    if (s.where == place::ring) {
        seats_[s.previous].next = s.next;
        seats_[s.next].previous = s.previous;
        --ring_size_;
    } else if (s.where == place::asleep) {
        sleepers_.erase({s.until, index});
    }
    s.where = place::nowhere;
    count(s, 1);
}

// At the end of the ring: before the anchor.
void fair_turn::enter_ring(std::uint32_t index) {
    leave(index);
    auto& s = seats_[index];
    count(s, -1);
    auto& anchor = seats_[0];
    s.previous = anchor.previous;
    s.next = 0;
    seats_[s.previous].next = index;
    anchor.previous = index;
    s.where = place::ring;
    ++ring_size_;
    count(s, 1);
}

void fair_turn::enter_sleep(std::uint32_t index, steady_time until) {
    leave(index);
    auto& s = seats_[index];
    s.until = until;
    s.where = until == never ? place::stuck : place::asleep;
    if (until != never) sleepers_.insert({until, index});
}

void fair_turn::set_wants(account_no account, std::uint64_t waiting) {
    auto& s = seat_of(account);
    auto const index = static_cast<std::uint32_t>(account);
    s.wants = waiting;
    if (waiting == 0) return leave(index);
    // New events never wake an account that waits for something else.
    if (s.where == place::nowhere) enter_ring(index);
}

void fair_turn::ready(account_no account) {
    auto& s = seat_of(account);
    if (s.wants > 0 && s.where != place::ring) enter_ring(static_cast<std::uint32_t>(account));
}

void fair_turn::ended(account_no account, int ended) {
    auto& s = seat_of(account);
    ended = std::min(ended, s.out);
    count(s, -1);
    s.out -= ended;
    count(s, 1);
    total_out_ -= ended;
    ready(account);
}

int fair_turn::grant_for(seat const& s, int room, int budget, int batch) const noexcept {
    auto count = std::min({room, budget, batch});
    if (count <= 0) return 0;
    if (s.wants < static_cast<std::uint64_t>(count)) count = static_cast<int>(s.wants);
    auto const free = capacity_ - total_out_;
    auto const allowed = std::max(share() - s.out, free - reserve_of(capacity_, active_));
    return std::max(0, std::min({count, allowed, free}));
}

void fair_turn::wake(steady_time now) {
    while (!sleepers_.empty() && sleepers_.begin()->first <= now)
        enter_ring(sleepers_.begin()->second);
}

void fair_turn::plan(steady_time now, int budget, int batch, chance_of const& room_of,
                     std::vector<claim_grant>& out, whom for_whom) {
    out.clear();
    ++plan_;
    if (seats_.empty()) seats_.resize(1);
    wake(now);
    // Ends when nobody was granted anything for a whole round.
    auto idle_turns = std::uint32_t{0};
    while (budget > 0 && ring_size_ > 0 && idle_turns < ring_size_ && total_out_ < capacity_) {
        auto const index = seats_[0].next;
        auto const account = static_cast<account_no>(index);
        if (for_whom == whom::newcomers && seats_[index].out > 0) {
            enter_ring(index);
            ++idle_turns;
            continue;
        }
        auto const said = room_of(account);
        if (said.room <= 0) {
            // A time in the past would come back at once, for ever.
            enter_sleep(index, said.next <= now ? now + 1ms : said.next);
            continue;
        }
        auto& s = seats_[index];
        if (s.plan != plan_) {
            s.plan = plan_;
            s.granted = 0;
        }
        auto const granted = grant_for(s, said.room - s.granted, budget, batch);
        enter_ring(index);
        if (granted == 0) {
            ++idle_turns;
            continue;
        }
        idle_turns = 0;
        count(s, -1);
        s.out += granted;
        count(s, 1);
        s.wants -= static_cast<std::uint64_t>(granted);
        s.granted += granted;
        total_out_ += granted;
        budget -= granted;
        if (s.wants == 0) leave(index);
        out.push_back({account, granted});
    }
}

}  // namespace setclick::delivery
