#include "setclickd/delivery/fair_turn.hpp"

#include <algorithm>

namespace setclick::delivery {

fair_turn::seat& fair_turn::seat_of(account_no account) {
    auto const index = static_cast<std::size_t>(account);
    if (index >= seats_.size()) seats_.resize(index + 1);
    return seats_[index];
}

int fair_turn::out(account_no account) const noexcept {
    auto const index = static_cast<std::size_t>(account);
    return index < seats_.size() ? seats_[index].out : 0;
}

int fair_turn::share() const noexcept {
    return std::max(1, capacity_ / std::max(1, active_));
}

void fair_turn::count_active(seat const& s, int before) noexcept {
    active_ += is_active(s) - before;
}

void fair_turn::leave(std::uint32_t index) {
    auto& s = seats_[index];
    auto const before = is_active(s);
    if (s.where == place::ring) {
        seats_[s.previous].next = s.next;
        seats_[s.next].previous = s.previous;
        --ring_size_;
    } else if (s.where == place::asleep) {
        sleepers_.erase({s.until, index});
    }
    s.where = place::nowhere;
    count_active(s, before);
}

// At the end of the ring: before the anchor.
void fair_turn::enter_ring(std::uint32_t index) {
    leave(index);
    auto& s = seats_[index];
    auto const before = is_active(s);
    auto& anchor = seats_[0];
    s.previous = anchor.previous;
    s.next = 0;
    seats_[s.previous].next = index;
    anchor.previous = index;
    s.where = place::ring;
    ++ring_size_;
    count_active(s, before);
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

void fair_turn::ended(account_no account, int count) {
    auto& s = seat_of(account);
    auto const before = is_active(s);
    count = std::min(count, s.out);
    s.out -= count;
    total_out_ -= count;
    count_active(s, before);
    ready(account);
}

int fair_turn::grant_for(seat const& s, int room, int budget, int batch) const noexcept {
    auto count = std::min({room, budget, batch});
    if (count <= 0) return 0;
    if (s.wants < static_cast<std::uint64_t>(count)) count = static_cast<int>(s.wants);
    auto const free = capacity_ - total_out_;
    auto const alone = active_ <= 1;
    auto const reserve = alone ? 0 : std::max(1, capacity_ / 8);
    auto const allowed = std::max(share() - s.out, free - reserve);
    return std::max(0, std::min({count, allowed, free}));
}

void fair_turn::plan(steady_time now, int budget, int batch, chance_of const& room_of,
                     std::vector<claim_wish>& out) {
    out.clear();
    ++plan_;
    if (seats_.empty()) seats_.resize(1);
    while (!sleepers_.empty() && sleepers_.begin()->first <= now)
        enter_ring(sleepers_.begin()->second);
    // Ends when nobody was granted anything for a whole round.
    auto idle_turns = std::uint32_t{0};
    while (budget > 0 && ring_size_ > 0 && idle_turns < ring_size_ && total_out_ < capacity_) {
        auto const index = seats_[0].next;
        auto const account = static_cast<account_no>(index);
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
        auto const count = grant_for(s, said.room - s.granted, budget, batch);
        enter_ring(index);
        if (count == 0) {
            ++idle_turns;
            continue;
        }
        idle_turns = 0;
        s.wants -= static_cast<std::uint64_t>(count);
        s.out += count;
        s.granted += count;
        total_out_ += count;
        budget -= count;
        if (s.wants == 0) leave(index);
        out.push_back({account, count});
    }
}

}  // namespace setclick::delivery
