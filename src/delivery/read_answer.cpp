#include "setclickd/delivery/read_answer.hpp"

namespace setclick::delivery {

void learn_from_read(gate& g, steady_time now, api::answer_facts const& facts, steady_time begun,
                     int in_flight) noexcept {
    if (facts.limit_per_minute) g.learn_limit(now, *facts.limit_per_minute);
    if (facts.status == 429)
        g.throttled(now, begun, facts.retry_after);
    else
        g.answered(now, begun, facts.limit_per_minute.has_value());
    if (facts.status == 503 && facts.retry_after) g.hold(now, *facts.retry_after);
    if (facts.remaining) g.learn_remaining(now, begun, *facts.remaining, facts.reset_in, in_flight);
}

report_word report_word_of(api::answer_facts const& facts) noexcept {
    switch (facts.verdict) {
        case api::verdict::accepted:
        case api::verdict::rejected:
        case api::verdict::throttled:
        case api::verdict::unauthorised:
        case api::verdict::forbidden:
            return report_word::own;
        // An API without one, or without one for this account, may send to its first page.
        case api::verdict::not_found:
        case api::verdict::redirected:
            return report_word::missing;
        case api::verdict::unavailable:
        case api::verdict::foreign_content:
        case api::verdict::blocked:
        case api::verdict::misdirected:
            return report_word::none;
    }
    return report_word::none;
}

}  // namespace setclick::delivery
