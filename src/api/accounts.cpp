#include "setclickd/api/accounts.hpp"

#include <algorithm>
#include <array>

#include "json_walk.hpp"
#include "setclickd/api/excerpt.hpp"
#include "setclickd/base/ascii.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/base/version.hpp"

namespace setclick::api {
namespace {

namespace json = boost::json;

/// More than any agency has; a list beyond it is something else.
constexpr std::size_t most_accounts = 10'000;

error foreign(std::string what) {
    return fail(errc::invalid_data,
                "the list of accounts " + std::move(what) +
                    "; something other than the API answers: look for a proxy, a captive portal or "
                    "a maintenance page between this machine and the endpoint, and at "
                    "endpoint.base_url and endpoint.accounts_path");
}

bool is_documented_id(std::string_view id) noexcept {
    return id.size() == 24 &&
           std::ranges::all_of(id, [](char c) { return is_letter(c) || is_digit(c); });
}

result<std::vector<named_account>> from_map(json::object const& map, bool is_bare) {
    if (map.size() > most_accounts) return foreign("has more entries than any user has accounts");
    std::vector<named_account> out;
    out.reserve(map.size());
    for (auto const& m : map) {
        named_account one;
        one.id = std::string(m.key().data(), m.key().size());
        if (one.id.empty() || (is_bare && !is_documented_id(one.id)))
            return foreign("has a member that is no account id");
        if (m.value().is_string())
            one.name = view_of(m.value().get_string());
        else if (!m.value().is_null())
            return foreign("has a name that is no text");
        out.push_back(std::move(one));
    }
    return out;
}

}  // namespace

result<secret<std::string>> accounts_request(target const& to, secret<std::string> const& token) {
    if (auto const usable = check_head(to, token); !usable) return usable.error();
    return secret<std::string>("GET " + to.path + " HTTP/1.1\r\nHost: " + to.host +
                               "\r\nAuthorization: Bearer " + token.reveal() +
                               "\r\nAccept: application/json\r\nConnection: keep-alive"
                               "\r\nAccept-Encoding: gzip, deflate, br\r\nUser-Agent: setclickd/" +
                               std::string(version()) + "\r\n\r\n");
}

result<std::vector<named_account>> read_accounts(answer_view const& head, std::string_view body,
                                                 secret<std::string> const& token) {
    auto const status = head.status;
    if (status == 200) return parse_accounts(body);
    std::array<std::string_view, 1> const secrets{token.reveal()};
    auto const words = excerpt(head, secrets);
    auto const said = "list of accounts: the server answered " + std::to_string(status) +
                      (words.empty() ? "" : " (" + words + ")");
    switch (status) {
        case 401:
            return fail(errc::config, said +
                                          "; it does not accept the token: copy it again in "
                                          "SealMetrics (Tags & Connectors, Connectors), and give "
                                          "it with setclickd token");
        case 403:
            return fail(errc::config, said +
                                          "; the user of this token may not list accounts: ask "
                                          "SealMetrics to allow it, or for the account's id");
        case 404:
        case 405:
        case 410:
            return fail(errc::config, said + "; does endpoint.accounts_path lead to the list?");
        default:
            break;
    }
    if (status >= 300 && status < 400)
        return fail(errc::config, said + "; redirects are not followed: mend endpoint.base_url");
    bool const may_help = status == 408 || status == 425 || status == 429 || status >= 500;
    return may_help ? fail(errc::unreachable, said + "; try again in some minutes")
                    : fail(errc::refused, said);
}

result<std::vector<named_account>> parse_accounts(std::string_view body) {
    auto const tree = parse_json(body);
    if (!tree) return foreign("is not JSON");
    if (auto const* const list = tree->if_array(); list != nullptr && list->empty())
        return std::vector<named_account>{};
    auto const* const top = tree->if_object();
    if (top == nullptr) return foreign("is no map of ids to names");
    if (auto const* const status = member(&*tree, "status");
        status != nullptr && status->is_string() && view_of(status->get_string()) == "error") {
        auto const* const message = member(&*tree, "message");
        return fail(errc::refused, "the list of accounts was refused: " +
                                       (message != nullptr && message->is_string()
                                            ? printable(view_of(message->get_string()), 200)
                                            : std::string("without a message")));
    }
    auto const* const data = member(&*tree, "data");
    if (data == nullptr) return from_map(*top, true);
    if (auto const* const map = data->if_object()) return from_map(*map, false);
    if (auto const* const list = data->if_array(); list != nullptr && list->empty())
        return std::vector<named_account>{};
    return foreign("has data that is no map of ids to names");
}

}  // namespace setclick::api
