// JSON text of one event → a checked event, or everything that is wrong with it.
//
// One pass, no tree: compact text and content hash grow while Boost.JSON's SAX parser runs. A good
// line costs no allocation once the buffers have their size.
//
// Promises: all findings of a line at once, each with the field's path; never a crash and never a
// guess (duplicate keys, invalid UTF-8, NUL, lone surrogates, numbers that no double can hold,
// nesting too deep: findings). No finding quotes a value of `settings` or `lead`, nor an e-mail
// address.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "setclickd/base/time.hpp"
#include "setclickd/event/event.hpp"

namespace setclick::event {

struct finding {
    std::string path;     ///< "url_parameters.utm_source"; empty = the line as a whole
    std::string message;  ///< "must be a string, is a number"

    friend bool operator==(finding const&, finding const&) = default;
};

/// What events are checked against. `account_id` may be left out of an event where `accounts` names
/// exactly one.
struct rules {
    std::vector<std::string> accounts;  ///< configured ids, in any order, then those of others
    std::uint32_t max_depth = 16;       ///< of nested objects and arrays, the event itself included
    lead_mode lead = lead_mode::lead;
    milliseconds warn_older{0};  ///< for file_remarks; 0 = never
    std::size_t others = 0;      ///< of `accounts`, the last: other nodes send for them, and an
                                 ///< event has to name them
};

/// 6 bytes click time (ms, big endian), then 10 bytes of the content's hash; identical for every
/// spelling of the same event.
using content_key = std::array<std::byte, 16>;

struct outcome {
    static constexpr std::size_t no_account = static_cast<std::size_t>(-1);

    bool accepted = false;
    view value;  ///< complete when accepted; else only account_id may be set (for the refused
                 ///< line's record)
    content_key content{};  ///< when accepted
    std::size_t account =
        no_account;  ///< index into rules::accounts, where the account is known (refused lines too)
    std::vector<finding> findings;  ///< empty exactly when accepted
    std::vector<finding> warnings;  ///< worth a log line, not a refusal
};

class reader {
public:
    explicit reader(rules r);
    ~reader();
    reader(reader&&) noexcept;
    reader& operator=(reader&&) noexcept;

    /// The outcome and its texts last until the next call. `now` only feeds the warning about
    /// clicks in the future.
    outcome const& read(std::string_view text, wall_time now);

    rules const& active_rules() const noexcept;

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

/// All findings in one line: "click_time: is missing; settings.email: appears twice". At most
/// `limit` bytes, then the number of those left out.
std::string findings_text(std::vector<finding> const& findings, std::size_t limit = 2000);

}  // namespace setclick::event
