#include "setclickd/api/answers.hpp"

#include <array>
#include <cstddef>

namespace setclick::api {
namespace {

constexpr auto none = fault_scope::none;
constexpr auto event = fault_scope::event;
constexpr auto account = fault_scope::account;
constexpr auto endpoint = fault_scope::endpoint;
constexpr auto done = booking::done;
constexpr auto no = booking::no;
constexpr auto possible = booking::possible;
constexpr auto if_behind = booking::if_behind;
constexpr auto keep = connection_use::keep;
constexpr auto renew = connection_use::renew;
constexpr auto now = connection_use::now;

constexpr std::string_view wall_cure =
    "have who runs the endpoint, or the proxy on the way, let this machine's requests through";
constexpr std::string_view token_size_cure =
    "compare the token's length with the one that was issued; else ask who runs the endpoint";
constexpr std::string_view url_cure = "compare endpoint.base_url and endpoint.set_click_path";
constexpr std::string_view login_cure = "write a valid token, or correct the account's login";
constexpr std::string_view right_cure =
    "have SealMetrics enable the scope offline-leads for this account";
constexpr std::string_view location_cure = "set endpoint.base_url to where the API is now";
constexpr std::string_view ask_cure = "ask who runs the endpoint what it means";

// In ascending order, without a gap from 100 to 599.
// clang-format off
constexpr status_row rows[] = {
    {100, 199, verdict::foreign_content, endpoint, possible, renew, "an interim answer that was the last one", ask_cure},
    {200, 299, verdict::accepted, none, done, keep, "booked, where the body is empty or JSON that says no error; any other body is foreign content, and the event in doubt", {}},
    {300, 302, verdict::redirected, account, no, keep, "another place; never followed", location_cure},
    {303, 303, verdict::redirected, account, possible, keep, "\"see other\" is what a form answers once it has done its work", location_cure},
    {304, 399, verdict::redirected, account, no, keep, "another place; never followed", location_cure},
    {400, 400, verdict::rejected, event, no, keep, "refused as faulty", {}},
    {401, 401, verdict::unauthorised, account, no, keep, "the token is not accepted", login_cure},
    {402, 402, verdict::forbidden, account, no, keep, "payment required: the account's contract", "ask SealMetrics about the account's contract"},
    {403, 403, verdict::forbidden, account, no, keep, "forbidden to this account; with an HTML page a wall in front of the API, and then of the endpoint", right_cure},
    {404, 405, verdict::not_found, account, no, keep, "no such path, or not by POST", url_cure},
    {406, 406, verdict::blocked, endpoint, no, keep, "a firewall's rule refuses the request (mod_security's default)", wall_cure},
    {407, 407, verdict::blocked, endpoint, no, renew, "a proxy on the way wants credentials", "put user and password into endpoint.proxy"},
    {408, 408, verdict::unavailable, endpoint, no, renew, "the server did not get the whole request in time", {}},
    {409, 409, verdict::foreign_content, account, possible, keep, "a clash with what is there already, perhaps the same event of an earlier attempt", ask_cure},
    {410, 410, verdict::not_found, account, no, keep, "the path is gone", url_cure},
    {411, 412, verdict::foreign_content, endpoint, no, keep, "refused for the form of the request, before it was worked on", ask_cure},
    {413, 414, verdict::rejected, event, no, keep, "the event is too large for the server", {}},
    {415, 418, verdict::foreign_content, endpoint, no, keep, "refused for the form of the request, before it was worked on", ask_cure},
    {419, 419, verdict::blocked, endpoint, no, keep, "a page for browsers answers, not the API (its form has expired)", url_cure},
    {420, 420, verdict::throttled, account, no, keep, "an old form of 429", {}},
    {421, 421, verdict::misdirected, endpoint, no, now, "this connection leads to a server that is not the endpoint's", "nothing at first; if it stays, ask who runs the endpoint"},
    {422, 422, verdict::rejected, event, no, keep, "refused as faulty", {}},
    {423, 423, verdict::foreign_content, account, no, keep, "locked; refused before it was worked on", ask_cure},
    {424, 424, verdict::unavailable, endpoint, possible, keep, "something that the application needed has failed", {}},
    {425, 425, verdict::unavailable, endpoint, no, renew, "too early: refused before it was worked on, since it might be a replay", {}},
    {426, 426, verdict::blocked, endpoint, no, keep, "the server wants another protocol", wall_cure},
    {427, 427, verdict::foreign_content, account, possible, keep, "nobody documented it", ask_cure},
    {428, 428, verdict::foreign_content, endpoint, no, keep, "refused for the form of the request, before it was worked on", ask_cure},
    {429, 429, verdict::throttled, account, no, keep, "too many requests; the limit is looked at first", {}},
    {430, 430, verdict::blocked, endpoint, no, keep, "a wall's security rule refuses the request", wall_cure},
    {431, 431, verdict::blocked, account, no, renew, "the request's header is too large; the token is most of it", token_size_cure},
    {432, 439, verdict::foreign_content, account, possible, keep, "nobody documented it", ask_cure},
    {440, 440, verdict::unauthorised, account, no, keep, "the login has timed out (IIS)", login_cure},
    {441, 443, verdict::foreign_content, account, possible, keep, "nobody documented it", ask_cure},
    {444, 444, verdict::unavailable, endpoint, possible, renew, "nginx gave up the connection, perhaps after it had passed the request on", {}},
    {445, 449, verdict::foreign_content, account, possible, keep, "nobody documented it", ask_cure},
    {450, 451, verdict::blocked, endpoint, no, keep, "a filter, or the law, forbids the way to the endpoint", wall_cure},
    {452, 459, verdict::foreign_content, account, possible, keep, "nobody documented it", ask_cure},
    {460, 460, verdict::unavailable, endpoint, possible, renew, "a load balancer saw our end of the connection close; the application may have the request", {}},
    {461, 462, verdict::foreign_content, account, possible, keep, "nobody documented it", ask_cure},
    {463, 464, verdict::blocked, endpoint, no, renew, "a load balancer refuses the form of the request", wall_cure},
    {465, 493, verdict::foreign_content, account, possible, keep, "nobody documented it", ask_cure},
    {494, 494, verdict::blocked, account, no, renew, "the request's header is too large (nginx); the token is most of it", token_size_cure},
    {495, 497, verdict::blocked, endpoint, no, renew, "the server wants TLS with a client's certificate, or any TLS (nginx)", url_cure},
    {498, 498, verdict::unauthorised, account, no, keep, "the token is not accepted", login_cure},
    {499, 499, verdict::unavailable, endpoint, possible, renew, "nginx saw our end of the connection close; the application may have the request", {}},
    {500, 500, verdict::unavailable, endpoint, possible, keep, "the application failed, perhaps after the insert", {}},
    {501, 501, verdict::unavailable, endpoint, no, keep, "the server does not know the method; nothing was worked on", {}},
    {502, 502, verdict::unavailable, endpoint, possible, renew, "a proxy could not use the application's answer, which had the request", {}},
    {503, 503, verdict::unavailable, endpoint, if_behind, keep, "overloaded or in maintenance: refused at the front, unless the answer is the application's own (JSON, or with its rate fields)", {}},
    {504, 504, verdict::unavailable, endpoint, possible, renew, "a proxy waited in vain for the application, which had the request", {}},
    {505, 506, verdict::unavailable, endpoint, no, keep, "refused for the form of the request, before it was worked on", ask_cure},
    {507, 508, verdict::unavailable, endpoint, possible, keep, "the application ran out of room or of resources while it worked", {}},
    {509, 510, verdict::unavailable, endpoint, no, keep, "refused at the front: the site's allowance is used up", {}},
    {511, 511, verdict::blocked, endpoint, no, renew, "a captive portal: the network wants a login", "log this machine in to its network"},
    {512, 519, verdict::unavailable, endpoint, possible, keep, "nobody documented it; an application may have failed", {}},
    {520, 520, verdict::unavailable, endpoint, possible, renew, "Cloudflare could not use the origin's answer, which had the request", {}},
    {521, 523, verdict::unavailable, endpoint, no, renew, "Cloudflare found no way to the origin (down, no connection, no route)", {}},
    {524, 524, verdict::unavailable, endpoint, possible, renew, "Cloudflare's origin had the request and did not answer in time", {}},
    {525, 526, verdict::unavailable, endpoint, no, renew, "Cloudflare and the origin agreed on no TLS; the request did not leave", {}},
    {527, 527, verdict::unavailable, endpoint, possible, renew, "Cloudflare lost the connection to the origin, which may have had the request", {}},
    {528, 528, verdict::unavailable, endpoint, possible, keep, "nobody documented it; an application may have failed", {}},
    {529, 529, verdict::unavailable, endpoint, if_behind, keep, "overloaded, as 503", {}},
    {530, 530, verdict::unavailable, endpoint, no, renew, "Cloudflare could not resolve the origin, or does not serve it", {}},
    {531, 560, verdict::unavailable, endpoint, possible, keep, "nobody documented it; an application may have failed", {}},
    {561, 561, verdict::blocked, endpoint, no, keep, "a load balancer's own login was refused", wall_cure},
    {562, 597, verdict::unavailable, endpoint, possible, keep, "nobody documented it; an application may have failed", {}},
    {598, 599, verdict::unavailable, endpoint, possible, renew, "a proxy waited in vain for the server behind it, which may have had the request", {}},
};
// clang-format on

constexpr status_row unheard_of{0,        0,    verdict::foreign_content,          endpoint,
                                possible, keep, "no status of HTTP; who sent it?", ask_cure};

constexpr int first_status = 100;
constexpr int end_status = 600;

constexpr bool rows_are_whole() {
    int next = first_status;
    for (auto const& row : rows) {
        if (row.first != next || row.last < row.first) return false;
        next = row.last + 1;
    }
    return next == end_status;
}
static_assert(rows_are_whole());

using index_table = std::array<std::uint8_t, end_status - first_status>;

constexpr index_table indexed() {
    index_table out{};
    for (std::size_t i = 0; i < std::size(rows); ++i)
        for (int status = rows[i].first; status <= rows[i].last; ++status)
            out[static_cast<std::size_t>(status - first_status)] = static_cast<std::uint8_t>(i);
    return out;
}

constexpr index_table index_of = indexed();

std::string_view text_of(booking b) noexcept {
    switch (b) {
        case booking::done:
            return "delivered";
        case booking::no:
            return "no";
        case booking::possible:
            return "in doubt";
        case booking::if_behind:
            return "in doubt where the application wrote it";
    }
    return "in doubt";
}

std::string_view text_of(connection_use use) noexcept {
    switch (use) {
        case connection_use::keep:
            return "kept";
        case connection_use::renew:
            return "new one";
        case connection_use::now:
            return "new one, at once";
    }
    return "kept";
}

}  // namespace

status_row const& row_of(int status) noexcept {
    if (status < first_status || status >= end_status) return unheard_of;
    return rows[index_of[static_cast<std::size_t>(status - first_status)]];
}

std::string_view name_of(fault_scope scope) noexcept {
    switch (scope) {
        case fault_scope::none:
            return "-";
        case fault_scope::event:
            return "event";
        case fault_scope::account:
            return "account";
        case fault_scope::endpoint:
            return "endpoint";
    }
    return "-";
}

std::string answer_table() {
    std::string out =
        "| status | verdict | scope | may be booked | connection | why | what to do |\n"
        "|---|---|---|---|---|---|---|\n";
    for (auto const& row : rows) {
        out += "| " + std::to_string(row.first);
        if (row.last != row.first) out += " to " + std::to_string(row.last);
        for (auto const text : {name_of(row.verdict), name_of(row.scope), text_of(row.booking),
                                text_of(row.connection), row.meaning, row.cure}) {
            out += " | ";
            out += text;
        }
        out += out.back() == ' ' ? "|\n" : " |\n";
    }
    return out;
}

}  // namespace setclick::api
