#include "operation_rules.hpp"

namespace setclick::ledger {

bool applies(operator_verb verb, event_state from) noexcept {
    switch (verb) {
        case operator_verb::hold:
            return from == event_state::waiting || from == event_state::deferred;
        case operator_verb::release:
        case operator_verb::confirm:
            return from == event_state::held;
        case operator_verb::retry:
            return from == event_state::rejected || from == event_state::discarded ||
                   from == event_state::deferred || from == event_state::held ||
                   from == event_state::delivered;
        case operator_verb::discard:
            return from == event_state::waiting || from == event_state::deferred ||
                   from == event_state::held || from == event_state::rejected;
    }
    return false;
}

span_state target_of(operator_verb verb, std::int64_t now) {
    span_state to;
    switch (verb) {
        case operator_verb::hold:
            to.state = event_state::held;
            to.reason = "person";
            to.at = now / 1000 * 1000;
            break;
        case operator_verb::release:
        case operator_verb::retry:
            break;
        case operator_verb::discard:
            to.state = event_state::discarded;
            to.at = now / 1000 * 1000;
            return to;  // final: `failed` means nothing any more
        case operator_verb::confirm:
            return delivered_at(now);
    }
    to.failed = true;  // the command itself is a row among its attempts
    return to;
}

}  // namespace setclick::ledger
