#include "doubt.hpp"

#include <algorithm>

namespace setclick::delivery {

bool may_follow_booking(api::answer_facts const& facts,
                        std::optional<std::vector<int>> const& listed) noexcept {
    bool const may_be_listed = facts.verdict == api::verdict::unavailable ||
                               facts.verdict == api::verdict::foreign_content ||
                               facts.verdict == api::verdict::blocked;
    if (listed && facts.status >= 400 && may_be_listed)
        return std::find(listed->begin(), listed->end(), facts.status) != listed->end();
    return facts.may_be_booked;
}

disposition settle_doubt(decision const& made, doubt_policy policy) noexcept {
    if (!made.in_doubt || made.what == disposition::hold) return made.what;
    return policy == doubt_policy::hold ? disposition::hold : disposition::resend;
}

}  // namespace setclick::delivery
