// A complete answer, its body decoded, that owns its memory: for what is read whole (reports, logins).
#pragma once

#include <string>

#include "setclickd/api/verdict.hpp"

namespace setclick::net {

struct http_answer {
    int status = 0;
    std::string content_type, location, retry_after, limit, remaining, reset;
    std::string rate_limit, rate_policy, wall;
    std::string date;  ///< the server's clock, as it stood
    bool http_1_0 = false;
    std::string body;
    bool ended_by_close = false;

    /// A copy, without the body.
    static http_answer head_of(api::answer_view const& answer);
    /// Views into this object; of the body as much as a verdict needs.
    api::answer_view view() const noexcept;
};

}  // namespace setclick::net
