// Whether an answer may follow a booking, and what becomes of an event that is in doubt.
#pragma once

#include <optional>
#include <vector>

#include "setclickd/api/verdict.hpp"
#include "setclickd/base/doubt_policy.hpp"
#include "setclickd/delivery/decision.hpp"

namespace setclick::delivery {

/// `listed`: the account's own statuses (`in_doubt_statuses`), instead of the table of answers.
/// They count from 400 on, and only where the answer says nothing of the event: what accepts or
/// refuses it, or asks for less (429), is no doubt, whatever is listed.
bool may_follow_booking(api::answer_facts const& facts,
                        std::optional<std::vector<int>> const& listed) noexcept;

/// In doubt, the policy decides; an event that expired is held in any case.
disposition settle_doubt(decision const& made, doubt_policy policy) noexcept;

}  // namespace setclick::delivery
