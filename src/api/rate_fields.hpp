// The fields of an answer that speak of rates and waits: Retry-After, X-RateLimit-*, and RateLimit
// with RateLimit-Policy in the forms of the drafts (6: three fields; 7: limit, remaining, reset in
// one; 8 and later: a list of named policies with r, t, q and w).
#pragma once

#include "setclickd/api/verdict.hpp"

namespace setclick::api {

/// Fills retry_after, limit_per_minute, remaining, reset_in and unread_wait of `out`. Of repeated
/// fields the more careful one counts: the longest wait, the smallest allowance.
void read_rate_fields(answer_view const& answer, wall_time now, answer_facts& out);

/// The number at the front, not negative: vendors append policies ("120, 120;w=60").
std::optional<double> leading_number(std::string_view text) noexcept;

}  // namespace setclick::api
