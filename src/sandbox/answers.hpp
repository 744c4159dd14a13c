// What the vendor answers, byte for byte as the vendor's pages document it, and how an answer
// becomes HTTP.
//
// Promises: a documented body is exactly the documented text; a response is one contiguous piece of
// text. What no page documents (403, 404, 405, 500) follows the same shape:
// {"status":"error","message":"…"}.
#pragma once

#include <string>
#include <string_view>

#include "setclickd/base/time.hpp"

namespace setclick::sandbox {

struct answer {
    int status = 200;
    std::string body;
    std::string content_type;  ///< "" sends none
    std::string headers;       ///< whole lines, each with its CRLF
    bool chunked = false;
};

/// 200 with no body: what set-click answers to every accepted event.
answer accepted();
/// 401 of set-click and of the report.
answer unauthenticated();
/// 401 of the login.
answer invalid_credentials();
/// 400 that names the first missing parameter.
answer missing_parameter(std::string_view name);
/// {"status":"error","message":…} under any status.
answer error_answer(int status, std::string_view message);
/// 200 with a JSON body.
answer json_answer(std::string body);
/// What this vendor would answer with that status, for answers asked for by number alone: 2xx empty,
/// 401 as documented, others as an error with the status' usual name.
answer default_answer(int status);

/// The three bodies that a 429 was seen with on the vendor's pages.
enum class throttle_shape { message, details, code };
struct throttle_facts {
    int limit = 60;        ///< requests a minute
    int retry_after = 60;  ///< seconds
};
answer throttled(throttle_shape shape, throttle_facts facts);

/// "OK" for 200; "Status" for one without a name.
std::string_view reason_of(int status) noexcept;
/// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string http_date(wall_time t);

/// Appends the whole response. `date` is the value of the Date header. A 204, 304 or 1xx gets no
/// body.
void append_response(std::string& out, answer const& a, std::string_view date, bool keep_alive);
/// Appends the `number`-th interim response of a series: 100 and 103 by turns.
void append_interim(std::string& out, int number);

}  // namespace setclick::sandbox
