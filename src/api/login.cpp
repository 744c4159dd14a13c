#include "setclickd/api/login.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>

#include "json_walk.hpp"
#include "setclickd/base/version.hpp"
#include "setclickd/event/iso_time.hpp"

namespace setclick::api {
namespace {

namespace json = boost::json;

error unreadable(std::string what) {
    return fail(errc::invalid_data, "the login's answer " + std::move(what) +
                                        "; is endpoint.login_path the API's own?");
}

bool is_sendable(std::string_view token) noexcept {
    return std::all_of(token.begin(), token.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

}  // namespace

secret<std::string> login_body(std::string_view email, secret<std::string> const& password) {
    json::object body;
    body["email"] = json::string_view{email.data(), email.size()};
    body["password"] = password.reveal();
    return secret<std::string>(json::serialize(body));
}

secret<std::string> login_request(target const& to, std::string_view email,
                                  secret<std::string> const& password) {
    auto const body = login_body(email, password);
    auto const& text = body.reveal();
    return secret<std::string>("POST " + to.path + " HTTP/1.1\r\nHost: " + to.host +
                               "\r\nContent-Type: application/json\r\nAccept: application/json"
                               "\r\nUser-Agent: setclickd/" +
                               std::string(version()) +
                               "\r\nConnection: close\r\nContent-Length: " +
                               std::to_string(text.size()) + "\r\n\r\n" + text);
}

result<login_answer> read_login(int status, std::string_view body) {
    if (status == 200) return parse_login(body);
    auto const what = "login: the server answered " + std::to_string(status);
    switch (status) {
        case 401:
            return fail(errc::config,
                        "login: the server does not accept e-mail and password (401); mend "
                        "login.email or the password file");
        case 403:
            return fail(errc::config, what + "; this user may not log in: ask SealMetrics");
        case 404:
        case 405:
        case 410:
            return fail(errc::config, what + "; does endpoint.login_path lead to the login?");
        default:
            break;
    }
    if (status >= 300 && status < 400)
        return fail(errc::config, what + "; redirects are not followed: mend endpoint.base_url");
    bool const may_help = status == 408 || status == 425 || status == 429 || status >= 500;
    return fail(may_help ? errc::unreachable : errc::config, what);
}

result<login_answer> parse_login(std::string_view body) {
    auto const tree = parse_json(body);
    if (!tree) return unreadable("is not JSON");
    if (!tree->is_object()) return unreadable("is not a JSON object");
    // Laravel-style servers like to wrap: {"status":"ok","data":{…}}.
    auto const* top = &*tree;
    if (member(top, "access_token") == nullptr && member(top, "data") != nullptr)
        top = member(top, "data");
    auto const* const token = member(top, "access_token");
    if (token == nullptr) return unreadable("has no access_token");
    if (!token->is_string() || token->get_string().empty())
        return unreadable("has an access_token that is not a text");
    std::string text{view_of(token->get_string())};
    if (!is_sendable(text)) return unreadable("has an access_token that no header can hold");
    if (auto const* const type = member(top, "token_type"); type != nullptr && type->is_string()) {
        auto const name = view_of(type->get_string());
        constexpr std::string_view bearer = "bearer";
        if (!std::equal(name.begin(), name.end(), bearer.begin(), bearer.end(),
                        [](char a, char b) { return (a | 0x20) == b; }))
            return unreadable("has a token_type other than Bearer");
    }
    login_answer out{secret<std::string>(std::move(text)), {}};
    if (auto const* const end = member(top, "expires_at"); end != nullptr && end->is_string())
        out.expires_at = parse_expires_at(view_of(end->get_string()));
    return out;
}

std::optional<wall_time> parse_expires_at(std::string_view text) noexcept {
    auto const parsed = event::parse_iso_time_utc(text);
    auto const* const time = std::get_if<wall_time>(&parsed);
    return time == nullptr ? std::nullopt : std::optional{*time};
}

}  // namespace setclick::api
