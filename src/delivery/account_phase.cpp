#include "setclickd/delivery/account_phase.hpp"

namespace setclick::delivery {

char const* name_of(account_phase phase) noexcept {
    switch (phase) {
        case account_phase::paused:
            return "paused";
        case account_phase::parked:
            return "parked";
        case account_phase::refreshing:
            return "refreshing";
        case account_phase::trouble:
            return "trouble";
        case account_phase::half_open:
            return "half-open";
        case account_phase::calm:
            return "calm";
    }
    return "calm";
}

}  // namespace setclick::delivery
