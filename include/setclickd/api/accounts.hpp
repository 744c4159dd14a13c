// auth/accounts: which accounts the user of a token may use.
//
// The vendor's pages show an envelope, {"status":"ok","data":{ID: NAME}}; recorded answers are the
// bare map. Both are read, strictly where a guess would take an error or somebody else's page for a
// list: a bare map holds ids of the documented shape and nothing else. Never quotes the token.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "setclickd/api/request.hpp"
#include "setclickd/api/verdict.hpp"
#include "setclickd/base/error.hpp"
#include "setclickd/base/secret.hpp"

namespace setclick::api {

struct named_account {
    std::string id;
    std::string name;  ///< empty where the vendor sent none
    friend bool operator==(named_account const&, named_account const&) = default;
};

/// The whole GET. Holds the token: never print it. `errc::config` as check_head.
result<secret<std::string>> accounts_request(target const& to, secret<std::string> const& token);

/// What the server made of it. An error names the cause, with the vendor's own words, and what to
/// do: `config` where the token or the configuration is to be mended, `unreachable` where another
/// try may help, `invalid_data` where something other than the API answered, `refused` else.
result<std::vector<named_account>> read_accounts(answer_view const& head, std::string_view body,
                                                 secret<std::string> const& token);

/// Reads a 200's body. A PHP server writes an empty map as [].
result<std::vector<named_account>> parse_accounts(std::string_view body);

}  // namespace setclick::api
