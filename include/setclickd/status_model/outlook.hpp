// The answer to "is it delivering?": for people who look at a page, in a sentence with its cure; and how
// each account stands. Pure: the status model in, words out. Numbers that change all the time are not in
// the sentences, so that a screen reader speaks only when something has changed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "setclickd/status_model/status.hpp"

namespace setclick::status_model {

/// How an account stands, the worst first: the order in which a person wants to see them.
enum class standing : std::uint8_t {
    parked,
    no_token,        ///< its token cannot be read
    failing,         ///< deliveries fail and are tried again
    not_configured,  ///< its events wait, and no [[account]] names it
    paused,          ///< by a person
    held,            ///< some of its events wait for a person's decision; the others go on
    asked_to_wait,   ///< the server wants no call until a time
    delivering,
    idle,  ///< nothing of it waits
};

std::string_view name_of(standing s) noexcept;
standing standing_of(account_report const& account) noexcept;

enum class delivering : std::uint8_t { yes, idle, waits, in_part, no };

std::string_view name_of(delivering d) noexcept;

struct outlook {
    delivering is_delivering = delivering::idle;
    std::string headline;  ///< answers the question: "No: the disk is full"
    std::string sentence;
    std::string cure;                   ///< empty: nothing to do
    std::vector<std::string> commands;  ///< to be copied, in this order
};

outlook outlook_of(status_report const& report);

struct account_outlook {
    standing stands = standing::idle;
    std::string why;   ///< without a capital and a full stop; empty: it needs no reason
    std::string cure;  ///< empty: nothing to do
    std::vector<std::string> commands;
};

account_outlook outlook_of(account_report const& account);

}  // namespace setclick::status_model
