#include "check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "setclickd/base/ascii.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/csv/zone.hpp"
#include "setclickd/settings/listen_address.hpp"
#include "setclickd/settings/pasted_token.hpp"

namespace setclick::settings {
namespace {

/// In a connection string of libpq, or in its URI.
bool holds_password(std::string_view text) {
    for (auto at = text.find("password"); at != std::string_view::npos;
         at = text.find("password", at + 1)) {
        bool const begins =
            at == 0 || std::string_view(" \t?&").find(text[at - 1]) != std::string_view::npos;
        auto const next = text.find_first_not_of(" \t", at + 8);
        if (begins && next != std::string_view::npos && text[next] == '=') return true;
    }
    auto const scheme = text.find("://");
    if (scheme == std::string_view::npos) return false;
    auto const user = text.substr(scheme + 3, text.find_first_of("/?", scheme + 3) - scheme - 3);
    auto const at_sign = user.rfind('@');
    return at_sign != std::string_view::npos &&
           user.substr(0, at_sign).find(':') != std::string_view::npos;
}

class checker {
public:
    checker(std::string const& file, origins const& known, loaded& into)
        : file_(file), known_(known), into_(into), s_(into.values) {}

    void all() {
        places();
        endpoint();
        deadlines();
        memory();
        metrics();
        accounts();
        profiles();
    }

private:
    void report(std::string const& key, std::string message, severity level = severity::error,
                int account = -1) {
        auto const at = known_.of(account, key, file_);
        into_.findings.push_back({at.file, at.line, at.column, key, std::move(message), level});
    }

    void places() {
        if (s_.spool.dir.empty())
            report("spool.dir", "is empty; name the directory that holds incoming/");
        if (s_.ledger.path.empty() || s_.ledger.path.back() == '/')
            report("ledger.path", "must name a file, such as \"/var/lib/setclickd/ledger.db\"");
        postgres();
        // sockaddr_un has room for 107 characters; a longer path would fail at the start of the
        // daemon only.
        auto const socket =
            s_.control_socket.empty()
                ? s_.ledger.path.substr(0, s_.ledger.path.rfind('/') + 1) + "control.sock"
                : s_.control_socket;
        if (socket.size() > 107)
            report("control.socket",
                   fmt::format(
                       "{} is {} bytes long, but a socket's path may have 107; set a shorter one",
                       printable(socket), socket.size()));
    }

    void postgres() {
        auto const& l = s_.ledger;
        if (l.postgres.empty()) {
            for (auto const& [key, value] :
                 {std::pair{"ledger.password_file", &l.password_file}, {"ledger.node", &l.node}})
                if (!value->empty())
                    report(key, "has no effect without ledger.postgres", severity::warning);
            return;
        }
        if (holds_password(l.postgres))
            report(
                "ledger.postgres",
                "holds a password (it is not repeated here): put it into a file that nobody else "
                "may read, and name that in ledger.password_file");
        if (l.postgres.find('=') == std::string::npos &&
            l.postgres.find("://") == std::string::npos)
            report("ledger.postgres",
                   "is no connection string: write such as \"host=db.example.com dbname=setclick "
                   "user=setclick_daemon\" or \"service=setclick\"");
        auto const is_plain = [](char c) { return c > ' ' && c < '\x7f' && c != '/'; };
        if (l.node.size() > 50 || !std::ranges::all_of(l.node, is_plain))
            report(
                "ledger.node",
                "is longer than 50 or holds blanks or other characters that no name of a host has");
    }

    void path_key(std::string const& key, std::string const& path) {
        if (path.empty() || path.front() != '/' ||
            path.find_first_of(" #?\r\n") != std::string::npos || !is_utf8(path))
            report(key,
                   "must begin with / and hold no blank, # or ?, such as \"/auth/v1.0/set-click\"");
    }

    void endpoint() {
        auto const url = boost::urls::parse_uri(s_.endpoint.base_url);
        if (url.has_error() || url->host().empty() || url->has_query() || url->has_fragment())
            report("endpoint.base_url",
                   "is not a URL; write such as \"https://app.sealmetrics.com/api\"");
        else if (url->scheme() != "https")
            report("endpoint.base_url",
                   "must begin with https:// (the token travels with every request)");
        else if (url->has_userinfo())
            report("endpoint.base_url", "must not hold a user or a password");
        path_key("endpoint.set_click_path", s_.endpoint.set_click_path);
        path_key("endpoint.report_path", s_.endpoint.report_path);
        path_key("endpoint.login_path", s_.endpoint.login_path);
        path_key("endpoint.accounts_path", s_.endpoint.accounts_path);
        if (!s_.endpoint.proxy.empty()) proxy();
        if (s_.dialect.referrer_field.empty())
            report("dialect.referrer_field", "is empty; the vendor's name is \"referrer\"");
    }

    void proxy() {
        auto const url = boost::urls::parse_uri(s_.endpoint.proxy);
        if (url.has_error() || url->scheme() != "http" || url->host().empty() || !url->has_port() ||
            url->port_number() == 0 || (!url->encoded_path().empty() && url->encoded_path() != "/"))
            report("endpoint.proxy", "must be \"http://HOST:PORT\"");
        else if (url->has_userinfo())
            report("endpoint.proxy",
                   "must not hold a user or a password: put them into the file that "
                   "endpoint.proxy_credentials_file names");
    }

    void deadlines() {
        if (s_.retry.base > s_.retry.cap) report("retry.base", "must not be longer than retry.cap");
        if (s_.retry.probe_first > s_.retry.probe_cap)
            report("retry.probe_first", "must not be longer than retry.probe_cap");
        if (s_.delivery.attempt_timeout < s_.delivery.response_timeout)
            report("delivery.response_timeout",
                   "is longer than delivery.attempt_timeout and never reached", severity::warning);
        if (s_.delivery.threads > s_.delivery.connections)
            report("delivery.threads",
                   "is more than delivery.connections: some threads would have nothing to do",
                   severity::warning);
    }

    /// What a file in done/ may still bring must be known when it does.
    void memory() {
        if (s_.dedupe.key != dedupe_key::off && s_.dedupe.window < s_.retention.done_files)
            report(
                "dedupe.window",
                "is shorter than retention.done_files: where a program writes a file anew that "
                "lies in done/, its events are no longer known as duplicates, and are sent again; "
                "make the window longer, by the days that a file may take to finish as well",
                severity::warning);
    }

    void metrics() {
        if (auto const at = parse_listen(s_.metrics.listen); !at)
            report("metrics.listen", at.error().message);
        for (auto const& host : s_.metrics.hosts)
            if (host.empty() || host.find_first_of("/ @?#*\"") != std::string::npos)
                report("metrics.hosts",
                       shown_value(host, 100) +
                           " is no name of a host: write it as it stands in the address line, "
                           "without http:// and path, such as \"stats.example.com\"");
    }

    void accounts() {
        if (s_.accounts.empty())
            report("account",
                   "there is no [[account]]: at least one, with id and token_file, is needed");
        std::map<std::string, int> seen;
        for (std::size_t i = 0; i < s_.accounts.size(); ++i) {
            auto const index = static_cast<int>(i);
            auto const& a = s_.accounts[i];
            account_id(a.id, index);
            credentials(a, index);
            if (!a.time_zone.empty())
                if (auto const z = csv::zone::named(a.time_zone); !z)
                    report("account.time_zone", z.error().message, severity::error, index);
            auto const [first, is_new] = seen.emplace(a.id, index);
            if (is_new || a.id.empty()) continue;
            auto const at = known_.of(first->second, "account.id", file_);
            report("account.id",
                   fmt::format("account {} is configured twice{}", printable(a.id),
                               at.line != 0 ? fmt::format(" (first in line {})", at.line) : ""),
                   severity::error, index);
        }
    }

    void profiles() {
        for (auto const& p : s_.profiles)
            for (auto const& value : p.fixed) {
                bool const is_known = value.target != "account_id" ||
                                      std::ranges::any_of(s_.accounts, [&](auto const& a) {
                                          return a.id == value.text;
                                      });
                if (!is_known)
                    report(
                        "csv.profile.fixed.account_id",
                        fmt::format("the profile {} gives each row the account {}, and there is no "
                                    "[[account]] with this id",
                                    p.name, shown_value(value.text, 60)));
            }
    }

    void account_id(std::string const& id, int index) {
        if (id.empty())
            return report("account.id", "is missing: the account's id at SealMetrics",
                          severity::error, index);
        auto const is_alnum = [](char c) { return is_letter(c) || is_digit(c); };
        auto const is_visible = [](char c) { return c > ' ' && c < '\x7f'; };
        if (id.size() > 128 || !std::all_of(id.begin(), id.end(), is_visible))
            return report("account.id",
                          "holds blanks or other characters that no id has, or is longer than 128",
                          severity::error, index);
        if (id.size() != 24 || !std::all_of(id.begin(), id.end(), is_alnum))
            report(
                "account.id",
                printable(id) + " does not look like an id of SealMetrics (24 letters and digits)",
                severity::warning, index);
    }

    void credentials(account_settings const& a, int index) {
        if (looks_like_token(a.token_file))
            report("account.token_file",
                   "holds what looks like the token itself (it is not repeated here); it must name "
                   "a file: write "
                   "token_file = \"/etc/setclickd/token\", then run setclickd token",
                   severity::error, index);
        if (a.token_file.empty() && !a.login)
            report(
                "account.token_file",
                "is missing: the file with the access token (or login = { email, password_file })",
                severity::error, index);
        if (!a.token_file.empty() && a.login)
            report("account.login", "stands next to token_file; one account has one of them",
                   severity::error, index);
        if (a.login && a.login->email.empty())
            report("account.login.email", "is missing", severity::error, index);
        if (a.login && a.login->password_file.empty())
            report("account.login.password_file", "is missing", severity::error, index);
    }

    std::string const& file_;
    origins const& known_;
    loaded& into_;
    settings const& s_;
};

}  // namespace

void check(std::string const& file, origins const& known, loaded& into) {
    checker(file, known, into).all();
}

}  // namespace setclick::settings
