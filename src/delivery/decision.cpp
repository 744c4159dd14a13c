#include "setclickd/delivery/decision.hpp"

namespace setclick::delivery {

char const* name_of(cause why) noexcept {
    switch (why) {
        case cause::accepted:
            return "accepted";
        case cause::refused:
            return "refused";
        case cause::throttled:
            return "throttled";
        case cause::unavailable:
            return "unavailable";
        case cause::broken:
            return "broken";
        case cause::credential:
            return "credential";
        case cause::parked:
            return "parked";
        case cause::suspect:
            return "suspect";
        case cause::expired:
            return "expired";
        case cause::cancelled:
            return "cancelled";
    }
    return "unknown";
}

std::string reason_text(decision const& made, attempt_outcome const& outcome) {
    switch (made.why) {
        case cause::accepted:
            return {};
        case cause::suspect:
        case cause::expired:
            return name_of(made.why);
        case cause::refused:
        case cause::throttled:
        case cause::unavailable:
        case cause::broken:
        case cause::credential:
        case cause::parked:
        case cause::cancelled:
            break;
    }
    if (auto const* facts = outcome.answer()) return "http-" + std::to_string(facts->status);
    return name_of(outcome.fault()->failure);
}

char const* name_of(fate what) noexcept {
    switch (what) {
        case fate::delivered:
            return "delivered";
        case fate::rejected:
            return "rejected";
        case fate::wait_again:
            return "wait-again";
        case fate::defer:
            return "defer";
        case fate::resend:
            return "resend";
        case fate::hold:
            return "hold";
    }
    return "unknown";
}

}  // namespace setclick::delivery
