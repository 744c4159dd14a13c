#include "setclickd/delivery/send_turn.hpp"

namespace setclick::delivery {

send_turn::seat& send_turn::seat_of(account_no account) {
    auto const index = static_cast<std::size_t>(account);
    if (index >= seats_.size()) seats_.resize(index + 1);
    return seats_[index];
}

send_turn::seat send_turn::known(account_no account) const noexcept {
    auto const index = static_cast<std::size_t>(account);
    return index < seats_.size() ? seats_[index] : seat{};
}

void send_turn::claimed(account_no account, int n) {
    seat_of(account).ready += n;
    ready_ += n;
}

void send_turn::returned(account_no account, int n) noexcept {
    auto& s = seat_of(account);
    n = std::min(n, s.ready);
    s.ready -= n;
    ready_ -= n;
}

void send_turn::enter(account_no account) {
    auto& s = seat_of(account);
    if (s.in_turn || s.ready == 0) return;
    auto const index = static_cast<std::uint32_t>(account);
    s.in_turn = true;
    s.next = 0;
    (last_ != 0 ? seats_[last_].next : first_) = index;
    last_ = index;
}

void send_turn::leave_first() noexcept {
    auto& s = seats_[first_];
    first_ = s.next;
    if (first_ == 0) last_ = 0;
    s.in_turn = false;
    s.next = 0;
}

void send_turn::begun(account_no account) {
    auto& s = seat_of(account);
    --s.ready;
    --ready_;
    if (s.in_flight++ == 0) ++sending_;
    ++in_flight_;
    enter(account);
}

void send_turn::ended(account_no account, bool again) {
    auto& s = seat_of(account);
    if (--s.in_flight == 0) --sending_;
    --in_flight_;
    if (again) {
        ++s.ready;
        ++ready_;
    }
}

// Connections that are slow to answer are not all one account's, however many events it has.
bool send_turn::may_take_another(account_no account) const noexcept {
    auto const mine = seats_[static_cast<std::size_t>(account)].in_flight;
    return fair_room(connections_, sending_ + (mine == 0 ? 1 : 0), mine, in_flight_) > 0;
}

}  // namespace setclick::delivery
