#include "history.hpp"

#include <array>
#include <charconv>

namespace setclick::ledger {
namespace {

bool take_number(std::string_view& text, auto& to) noexcept {
    auto const* const end = text.data() + text.size();
    auto const got = std::from_chars(text.data(), end, to);
    if (got.ec != std::errc{}) return false;
    text.remove_prefix(static_cast<std::size_t>(got.ptr - text.data()));
    if (text.starts_with(' ')) text.remove_prefix(1);
    return true;
}

}  // namespace

history_counts& history_counts::operator+=(history_counts const& more) noexcept {
    for (auto const member : history_members)
        this->*member += more.*member;
    return *this;
}

std::int64_t slot_of(wall_time at) noexcept {
    auto const length = history_slot::length.count();
    auto const ms = to_ms(at);
    return ms / length - (ms % length < 0 ? 1 : 0);
}

std::string text_of(history_counts const& counts) {
    // Once a transaction: in one piece.
    std::array<char, 6 * 21> text;
    auto* at = text.data();
    for (auto const member : history_members) {
        if (at != text.data()) *at++ = ' ';
        at = std::to_chars(at, text.data() + text.size(), counts.*member).ptr;
    }
    return {text.data(), at};
}

std::optional<history_counts> history_counts_from(std::string_view text) noexcept {
    history_counts out;
    for (auto const member : history_members)
        if (!take_number(text, out.*member)) return std::nullopt;
    return text.empty() ? std::optional(out) : std::nullopt;
}

std::optional<open_slot> open_slot::from(std::string_view text) noexcept {
    open_slot out;
    if (!take_number(text, out.slot_.number)) return std::nullopt;
    auto const counts = history_counts_from(text);
    if (!counts) return std::nullopt;
    out.slot_.counts = *counts;
    return out;
}

std::string open_slot::text() const {
    return std::to_string(slot_.number) + " " + text_of(slot_.counts);
}

std::optional<history_slot> open_slot::add(history_counts const& more, wall_time now) {
    std::optional<history_slot> over;
    if (auto const number = slot_of(now); number != slot_.number) {
        if (!slot_.counts.empty()) over = slot_;
        slot_ = {number, {}};
    }
    slot_.counts += more;
    return over;
}

}  // namespace setclick::ledger
