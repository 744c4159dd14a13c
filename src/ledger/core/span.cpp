#include "span.hpp"

namespace setclick::ledger {

span_state delivered_at(std::int64_t ms) {
    span_state out;
    out.state = event_state::delivered;
    out.at = ms - ms % delivered_grain_ms;
    return out;
}

bool is_final(event_state s) noexcept {
    switch (s) {
        case event_state::waiting:
        case event_state::in_flight:
        case event_state::deferred:
        case event_state::held:
            return false;
        case event_state::delivered:
        case event_state::rejected:
        case event_state::discarded:
            return true;
    }
    return false;
}

}  // namespace setclick::ledger
