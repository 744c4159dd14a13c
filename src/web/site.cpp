#include "site.hpp"

namespace setclick::web {
namespace {

constexpr std::string_view no_password =
    "This page shows names of files and accounts, so it needs a password, and none is configured. "
    "As root:\n"
    "    setclickd web-password      makes one and shows it\n"
    "Or serve it on a Unix socket: metrics.listen = \"unix:/run/setclickd/web.sock\".\n"
    "/metrics, /livez and /readyz need none. More: docs/web.md";

/// To a script a challenge that no browser knows: else it would ask for a password every few seconds,
/// over whatever a person is doing, when the page's password is not the right one any more.
answer with_challenge(std::string_view text, bool is_by_script) {
    auto out = plain(401, text);
    out.further = is_by_script
                      ? "WWW-Authenticate: Reload realm=\"setclickd\"\r\n"
                      : "WWW-Authenticate: Basic realm=\"setclickd\", charset=\"UTF-8\"\r\n";
    return out;
}

}  // namespace

site::site(setup const& from)
    : names_(from.at, from.hosts), is_password_lost_(from.is_password_lost) {
    if (from.password) password_.emplace(*from.password);
}

std::optional<answer> site::fault_of(request_head const& asked) const {
    if (asked.method != "GET" && asked.method != "HEAD") {
        auto out = last_word(405, "only GET and HEAD: nothing can be changed here");
        out.further = "Allow: GET, HEAD\r\n";
        return out;
    }
    if (asked.has_body) return last_word(413, "no body is accepted");
    if (!asked.target.starts_with('/'))
        return last_word(400, "the target must be a path; this is no proxy");
    switch (names_.verdict(asked.hosts)) {
        case host_verdict::right:
            return std::nullopt;
        case host_verdict::missing:
            return last_word(400, "the request has no Host");
        case host_verdict::doubled:
            return last_word(400, "the request has more than one Host");
        case host_verdict::malformed:
            return last_word(400, "the request's Host is not one");
        case host_verdict::foreign:
            break;
    }
    return last_word(421,
                     "this server is not known under that name. A further name, such as a reverse "
                     "proxy's: metrics.hosts in the configuration");
}

auto site::decide(request_head const& asked, client const& who, steady_time now) -> decision {
    decision out;
    out.refusal = fault_of(asked);
    if (out.refusal) return out;
    auto const* const found = page_of(asked.target);
    if (found == nullptr) {
        out.refusal = plain(404, "nothing is here");
        return out;
    }
    if (found->readers == page_readers::owner) return for_owner(*found, asked, who, now);
    out.page = found;
    return out;
}

auto site::for_owner(web::page const& page, request_head const& asked, client const& who,
                     steady_time now) -> decision {
    decision out;
    if (is_password_lost_) {
        out.refusal = plain(
            403, "the file of metrics.password_file cannot be read; the log names the reason");
    } else if (!password_ && !who.is_by_socket) {
        out.refusal = plain(403, no_password);
    } else if (password_) {
        switch (password_->verdict(who, asked.authorization, now)) {
            case password_verdict::right:
                break;
            case password_verdict::none_given:
                out.refusal =
                    with_challenge("the password is needed (the user's name is not looked at)",
                                   asked.is_by_script);
                break;
            case password_verdict::wrong:
                out.refusal = with_challenge("this is not the password", asked.is_by_script);
                break;
            case password_verdict::wrong_again:
                out.refusal = with_challenge("this is not the password", asked.is_by_script);
                out.refusal->held_for = password_check::guesser_waits;
                break;
        }
    }
    if (!out.refusal) out.page = &page;
    return out;
}

}  // namespace setclick::web
