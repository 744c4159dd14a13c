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

char const* name_of(disposition what) noexcept {
    switch (what) {
        case disposition::delivered:
            return "delivered";
        case disposition::rejected:
            return "rejected";
        case disposition::wait_again:
            return "wait-again";
        case disposition::defer:
            return "defer";
        case disposition::resend:
            return "resend";
        case disposition::hold:
            return "hold";
    }
    return "unknown";
}

}  // namespace setclick::delivery
