// auth/login: e-mail and password → a token and its end.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "setclickd/api/request.hpp"
#include "setclickd/base/error.hpp"
#include "setclickd/base/secret.hpp"
#include "setclickd/base/time.hpp"

namespace setclick::api {

struct login_answer {
    secret<std::string> token;
    std::optional<wall_time>
        expires_at;  ///< nothing where the answer has none, or one that nobody can read
};

/// The JSON body of the request. Holds the password.
secret<std::string> login_body(std::string_view email, secret<std::string> const& password);

/// The whole request, for a connection of its own. Holds the password.
secret<std::string> login_request(target const& to, std::string_view email,
                                  secret<std::string> const& password);

/// What the server made of it: anything but a 200 is an error that names what to mend.
result<login_answer> read_login(int status, std::string_view body);

/// Reads a 200's body. Errors (`errc::invalid_data`) name what is missing and never quote the body.
result<login_answer> parse_login(std::string_view body);

/// "2025-07-09T18:14:44.000000Z", "2024-12-31T23:59:59Z" and "2025-07-15 15:14:38" (taken as UTC).
std::optional<wall_time> parse_expires_at(std::string_view text) noexcept;

}  // namespace setclick::api
