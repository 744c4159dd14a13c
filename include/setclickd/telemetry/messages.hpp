// Every message of the log: its key, what it means and what to do about it.
//
// Promises: a key never changes its meaning and is never used again for another one; scripts and
// alerts may rely on it. The page docs/messages.md and `setclickd explain` say what stands here.
// Never: depends on the log itself.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "setclickd/telemetry/log.hpp"

namespace setclick::telemetry {

struct message {
    std::string_view key;  ///< of `event=`
    level severity;        ///< the highest with which it is written
    std::string_view text;
    std::string_view meaning;  ///< empty only where the text says all (debug and info)
    std::string_view action;   ///< what to do; for warnings and errors always
};

/// By key.
std::span<message const> messages() noexcept;
/// Null where there is none.
message const* message_with_key(std::string_view key) noexcept;
message const* message_with_text(std::string_view text) noexcept;

/// What `setclickd explain KEY` prints.
std::string explanation(message const& m);
/// The table of docs/messages.md.
std::string messages_page();

}  // namespace setclick::telemetry
