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

}  // namespace setclick::delivery
