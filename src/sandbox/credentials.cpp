#include "credentials.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <optional>

#include "form.hpp"
#include "json_text.hpp"
#include "setclickd/base/ascii.hpp"

namespace setclick::sandbox {
namespace {

namespace json = boost::json;

/// Tokens seen while every one is good are numbered up to here, so that a guesser cannot fill the
/// memory.
constexpr std::size_t most_tokens = 100'000;

struct token_text {
    std::string_view token;
    std::string_view account;
};

token_text split_token(std::string_view text) {
    auto const colon = text.rfind(':');
    if (colon == std::string_view::npos) return {text, {}};
    return {text.substr(0, colon), text.substr(colon + 1)};
}

struct login_fields {
    std::optional<std::string> email;
    std::optional<std::string> password;
};

std::optional<std::string> member(json::object const& object, std::string_view name) {
    auto const* value = object.if_contains(name);
    if (value == nullptr || !value->is_string() || value->get_string().empty()) return std::nullopt;
    return std::string(value->get_string());
}

std::optional<std::string> member(form const& fields, std::string_view name) {
    auto const value = fields.find(name);
    if (!value || value->empty()) return std::nullopt;
    return std::string(*value);
}

/// By the look of the body: one of the vendor's own examples sends form-data under a JSON content
/// type.
login_fields read_login(std::string_view body) {
    if (body.starts_with('{')) {
        boost::system::error_code ec;
        auto const parsed = json::parse(body, ec);
        if (ec || !parsed.is_object()) return {};
        return {member(parsed.get_object(), "email"), member(parsed.get_object(), "password")};
    }
    form fields;
    if (body.starts_with("--"))
        fields.decode_multipart(body, body.substr(2, body.find("\r\n") - 2));
    else
        fields.decode(body);
    return {member(fields, "email"), member(fields, "password")};
}

}  // namespace

std::string expiry_text(wall_time t, expiry_format format) {
    auto text = wall_text(std::chrono::floor<std::chrono::seconds>(t));
    switch (format) {
        case expiry_format::iso:
            break;
        case expiry_format::iso_us:
            text.insert(text.size() - 1, ".000000");
            break;
        case expiry_format::sql:
            text.pop_back();
            text[text.find('T')] = ' ';
            break;
    }
    return text;
}

credentials::entry& credentials::put(std::string_view token, origin from) {
    auto const number = static_cast<int>(tokens_.size());
    auto const [it, is_new] = tokens_.try_emplace(std::string(token));
    if (is_new) it->second.number = number;
    it->second.from = from;
    it->second.is_valid = true;
    it->second.expires = wall_time::max();
    return it->second;
}

void credentials::add_token(std::string_view text) {
    is_configured_ = true;
    auto const [token, account] = split_token(text);
    if (!token.empty()) put(token, origin::flag).account = account;
}

result<void> credentials::add_login(std::string_view text) {
    auto const colon = text.find(':');
    if (colon == 0 || colon == std::string_view::npos || colon + 1 == text.size())
        return fail(errc::usage, "--login: EMAIL:PASSWORD is needed");
    is_configured_ = true;
    passwords_.emplace_back(text.substr(0, colon), text.substr(colon + 1));
    return {};
}

void credentials::replace_file_tokens(std::string_view content) {
    is_configured_ = true;
    // Kept as invalid, not erased: a token that comes back has its old number.
    for (auto& [token, e] : tokens_)
        if (e.from == origin::file) e.is_valid = false;
    while (!content.empty()) {
        auto const end = content.find('\n');
        auto line = trimmed(content.substr(0, end));
        content = end == std::string_view::npos ? std::string_view{} : content.substr(end + 1);
        if (line.ends_with('\r')) line = trimmed(line.substr(0, line.size() - 1));
        if (line.empty() || line.front() == '#') continue;
        auto const [token, account] = split_token(line);
        if (token.empty()) continue;
        // One that a flag gave stays a flag's: no reload takes it away.
        auto const known = tokens_.find(token);
        if (known != tokens_.end() && known->second.from == origin::flag) continue;
        put(token, origin::file).account = account;
    }
}

caller credentials::find(std::string_view authorization, wall_time now) {
    constexpr std::string_view scheme = "Bearer ";
    if (!starts_with_ignoring_case(authorization, scheme)) return {};
    auto const token = trimmed(authorization.substr(scheme.size()));
    if (token.empty()) return {};
    if (auto const it = tokens_.find(token); it != tokens_.end()) {
        auto const& e = it->second;
        return {e.is_valid && now < e.expires, e.number, e.account};
    }
    if (!is_open()) return {};
    if (tokens_.size() >= most_tokens) return {true, -1, {}};
    return {true, put(token, origin::seen).number, {}};
}

answer credentials::login(std::string_view body, wall_time now, std::string const& fresh_token) {
    auto const fields = read_login(body);
    if (!fields.email) return missing_parameter("email");
    if (!fields.password) return missing_parameter("password");
    if (std::find(passwords_.begin(), passwords_.end(),
                  std::pair(*fields.email, *fields.password)) == passwords_.end())
        return invalid_credentials();
    auto const expires = now + logins_.ttl;
    put(fresh_token, origin::issued).expires = expires;
    std::string text = R"({"access_token":)";
    append_json_string(text, fresh_token);
    text += R"(,"token_type":"Bearer","expires_at":)";
    append_json_string(text, expiry_text(expires, logins_.format));
    text += '}';
    return json_answer(std::move(text));
}

}  // namespace setclick::sandbox
