#include "setclickd/net/http_answer.hpp"

#include <string_view>

#include "answer_parser.hpp"

namespace setclick::net {

http_answer http_answer::head_of(api::answer_view const& answer) {
    http_answer out;
    out.status = answer.status;
    out.content_type = answer.content_type;
    out.location = answer.location;
    out.retry_after = answer.retry_after;
    out.limit = answer.limit;
    out.remaining = answer.remaining;
    out.reset = answer.reset;
    out.rate_limit = answer.rate_limit;
    out.rate_policy = answer.rate_policy;
    out.wall = answer.wall;
    out.http_1_0 = answer.http_1_0;
    out.ended_by_close = answer.ended_by_close;
    return out;
}

api::answer_view http_answer::view() const noexcept {
    api::answer_view out;
    out.status = status;
    out.content_type = content_type;
    out.location = location;
    out.retry_after = retry_after;
    out.limit = limit;
    out.remaining = remaining;
    out.reset = reset;
    out.rate_limit = rate_limit;
    out.rate_policy = rate_policy;
    out.wall = wall;
    out.http_1_0 = http_1_0;
    out.body = std::string_view(body).substr(0, answer_parser::kept_body);
    out.body_size = body.size();
    out.ended_by_close = ended_by_close;
    return out;
}

}  // namespace setclick::net
