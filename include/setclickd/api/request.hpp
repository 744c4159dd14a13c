// An event → the bytes of its set-click request.
//
// Body: account_id, url_parameters, click_time, settings, referrer, current_url, lead, in the order
// of the vendor's Python example; absent ones are left out. `"microconversion":true` is sent as
// `lead={"microconversion":"1"}`, after the lead's own members.
#pragma once

#include <string>
#include <string_view>

#include "setclickd/api/dialect.hpp"
#include "setclickd/base/error.hpp"
#include "setclickd/base/secret.hpp"
#include "setclickd/event/event.hpp"

namespace setclick::api {

/// Appends the form body alone (for `submit --show-request` and the tests).
void append_body(std::string& out, dialect const& d, std::string_view account_id,
                 event::view const& value);

/// Where requests go. `host` is the Host header's value: with ":port" unless it is the scheme's
/// own.
struct target {
    std::string host;
    std::string path;  ///< absolute, "/api/auth/v1.0/set-click"
};

/// Whether host, path and token may stand in a request's head. `errc::config` when one is empty or
/// holds what a head must not (control characters, spaces, non-ASCII): such a value could add
/// headers of its own. The message never quotes the token.
result<void> check_head(target const& to, secret<std::string> const& token);

/// What all requests of one account have in common, written once. Holds the token: never print one.
/// Immutable, so several threads may render from it at once.
class request_template {
public:
    /// Errors as check_head.
    static result<request_template> make(target const& to, secret<std::string> const& token,
                                         std::string_view account_id);

    /// Replaces `out` by the whole HTTP/1.1 request, head and body contiguous. Allocates only when
    /// `out` must grow.
    void render(std::string& out, dialect const& d, event::view const& value) const;

private:
    request_template() = default;

    secret<std::string> head_;  ///< up to "Content-Length: "
    std::string body_start_;    ///< "account_id=…&url_parameters="
};

}  // namespace setclick::api
