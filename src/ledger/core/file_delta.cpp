#include "file_delta.hpp"

#include "span.hpp"

namespace setclick::ledger {

void file_delta::move(event_state from, event_state to, std::int64_t count) {
    auto const add = [&](event_state s, std::int64_t n) {
        if (!is_final(s)) pending += n;
        if (s == event_state::delivered) delivered += n;
        if (s == event_state::rejected) rejected += n;
        if (s == event_state::discarded) discarded += n;
        if (s == event_state::held) held += n;
    };
    add(from, -count);
    add(to, count);
}

}  // namespace setclick::ledger
