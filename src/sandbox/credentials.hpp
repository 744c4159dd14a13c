// Who may call: the tokens given at the start, those that a login issued, and the logins
// themselves.
//
// Promises: a token keeps its number for the life of the sandbox, also through a reload; an issued
// one is good until its expiry. With no token and no login configured every bearer token that is
// not empty is good. Never: gives a token or a password back, in an error neither.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "answers.hpp"
#include "setclickd/base/error.hpp"
#include "setclickd/base/time.hpp"

namespace setclick::sandbox {

/// How the login writes `expires_at`; the vendor's pages show all three.
enum class expiry_format {
    iso_us,  ///< 2025-07-09T18:14:44.000000Z
    iso,     ///< 2024-12-31T23:59:59Z
    sql,     ///< 2025-07-15 15:14:38
};
std::string expiry_text(wall_time t, expiry_format format);

struct caller {
    bool is_known = false;
    int token = -1;            ///< its number, from 0; -1 for an unknown one
    std::string_view account;  ///< the one it is good for; empty: any
};

struct login_settings {
    milliseconds ttl = 1h;
    expiry_format format = expiry_format::iso_us;
};

class credentials {
public:
    explicit credentials(login_settings logins = {}) : logins_(logins) {}

    /// "TOKEN" or "TOKEN:ACCOUNT".
    void add_token(std::string_view text);
    /// "EMAIL:PASSWORD"; the error names only the missing colon.
    result<void> add_login(std::string_view text);
    /// In place of all that an earlier call gave; one "TOKEN[:ACCOUNT]" a line, blank ones and #
    /// are skipped.
    void replace_file_tokens(std::string_view content);

    /// The caller that an Authorization header names.
    caller find(std::string_view authorization, wall_time now);
    /// The answer to `auth/login`; the body may be JSON, a form, or form-data.
    answer login(std::string_view body, wall_time now, std::string const& fresh_token);

private:
    enum class origin { flag, file, issued, seen };
    struct entry {
        int number = 0;
        origin from = origin::flag;
        bool is_valid = true;
        wall_time expires = wall_time::max();
        std::string account;
    };
    struct hash : std::hash<std::string_view> {
        using is_transparent = void;
    };

    entry& put(std::string_view token, origin from);
    bool is_open() const noexcept { return !is_configured_; }

    login_settings logins_;
    bool is_configured_ = false;
    std::unordered_map<std::string, entry, hash, std::equal_to<>> tokens_;
    std::vector<std::pair<std::string, std::string>> passwords_;
};

}  // namespace setclick::sandbox
