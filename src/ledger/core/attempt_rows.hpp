// Attempts that were not simply "one attempt, delivered", and what restarts and people did to an
// event: where they are kept. A store implements this over its table.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>

#include "setclickd/ledger/reader.hpp"
#include "setclickd/ledger/types.hpp"

namespace setclick::ledger {

struct attempt_row {
    attempt_kind kind = attempt_kind::attempt;
    std::int64_t at = 0;
    event_state state = event_state::waiting;  ///< that it led to
    bool counted = true;
    bool in_doubt = false;
    std::int32_t status = 0;
    std::uint8_t phase = 0;
    std::string_view reason;
    std::string_view excerpt;
};

/// What an event's earlier attempts mean for its next one.
struct attempt_history {
    std::uint32_t counted = 0;
    std::int64_t first_failed = 0;  ///< since a person last touched it; 0 for none
};

/// Why sending an event once more may book its conversion twice.
struct attempt_marks {
    bool in_doubt = false;    ///< ever
    bool superseded = false;  ///< a newer event has its identity, and is sent in its place

    bool any() const noexcept { return in_doubt || superseded; }
};

class attempt_rows {
public:
    virtual ~attempt_rows() = default;

    /// `has_earlier`: there may be rows of this event already.
    virtual void add(std::uint64_t event, attempt_row const& row, bool has_earlier) = 0;
    virtual attempt_history history(std::uint64_t event) = 0;
    /// Of all events from the first to the last, those that have any.
    virtual std::map<std::uint64_t, attempt_marks> marks(std::uint64_t first,
                                                         std::uint64_t last) = 0;
    /// How often in a row, up to its latest attempt, a restart for this reason ended it.
    virtual std::uint32_t restarts_in_a_row(std::uint64_t event, std::string_view reason) = 0;
    /// Of all events from the first to the last.
    virtual void erase(std::uint64_t first, std::uint64_t last) = 0;
};

}  // namespace setclick::ledger
