// Strong numbers, so that two ids cannot be swapped.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace setclick {

/// The ledger's own number of an account, from 1; stable for the life of a ledger.
enum class account_no : std::uint32_t {};
/// The ledger's own number of a spool file, from 1.
enum class file_no : std::uint64_t {};

/// One event in the ledger: the account's number and a sequence, dense per account, from 1.
/// As one integer (`value`) it is what people see: `setclickd show 1099511627777`.
struct event_no {
    static constexpr int sequence_bits = 40;

    std::uint64_t value = 0;

    static constexpr event_no of(account_no account, std::uint64_t sequence) noexcept {
        return {(static_cast<std::uint64_t>(account) << sequence_bits) | sequence};
    }
    constexpr account_no account() const noexcept {
        return static_cast<account_no>(value >> sequence_bits);
    }
    constexpr std::uint64_t sequence() const noexcept {
        return value & ((std::uint64_t{1} << sequence_bits) - 1);
    }
    friend constexpr auto operator<=>(event_no, event_no) = default;
};

}  // namespace setclick

template <>
struct std::hash<setclick::event_no> {
    std::size_t operator()(setclick::event_no no) const noexcept {
        return std::hash<std::uint64_t>{}(no.value);
    }
};
