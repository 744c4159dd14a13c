#include "connector.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "setclickd/base/text.hpp"
#include "sqlstate.hpp"

namespace setclick::ledger::postgres {
namespace {

constexpr int oldest_server = 150'000;
/// For one host, where the text sets no connect_timeout: a server that has come back is met within five seconds.
constexpr milliseconds default_limit{3'000};
constexpr std::string_view query_canceled = "57014";
constexpr char const* system_roots = "/etc/ssl/certs/ca-certificates.crt";

using closing = std::unique_ptr<PGconn, void (*)(PGconn*)>;

/// For every connection: what a role, a database or a reload of the server sets otherwise must not make a commit less
/// than durable, break off what we wait for, or have us wait without an end. Where this process stands still or its
/// network is gone, the server is to notice.
constexpr char const* session_settings =
    "SET statement_timeout = 0; SET lock_timeout = '4s'; SET idle_session_timeout = 0; "
    "SET idle_in_transaction_session_timeout = '10s'; SET tcp_keepalives_idle = 5; "
    "SET tcp_keepalives_interval = 3; SET tcp_keepalives_count = 3; SET client_min_messages = "
    "warning; SET default_transaction_isolation = 'read committed'; SET jit = off; "
    "SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN "
    "'remote_apply' THEN 'remote_apply' ELSE 'on' END, false)";

std::vector<std::string> split(std::string const& list) {
    std::vector<std::string> out(1);
    for (char const c : list)
        if (c == ',')
            out.emplace_back();
        else
            out.back() += c;
    return out;
}

bool is_set(char const* variable) {
    auto const* const value = std::getenv(variable);
    return value != nullptr && *value != '\0';
}

bool has_own_roots() {
    auto const* const home = std::getenv("HOME");
    if (home == nullptr) return false;
    if (auto* const file =
            std::fopen((std::string(home) + "/.postgresql/root.crt").c_str(), "re")) {
        std::fclose(file);
        return true;
    }
    return false;
}

bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

/// libpq's own refusals have no SQLSTATE.
state_meaning meaning_without_state(std::string_view text) {
    if (has(text, "certificate") || has(text, "SSL error") || has(text, "does not support SSL"))
        return {errc::config,
                "the server must show a certificate for the name in ledger.postgres, by an "
                "authority in sslrootcert (default: ~/.postgresql/root.crt, else the system's); "
                "another sslmode in ledger.postgres checks less"};
    if (has(text, "no password supplied"))
        return {errc::config, "name the file with the password in ledger.password_file"};
    if (has(text, "session is read-only") || has(text, "server is in hot standby mode"))
        return {errc::unreachable, meaning_of("25006").cure};
    return {errc::unreachable, ""};
}

error error_of(PGconn* connection) {
    std::string_view const said = PQerrorMessage(connection);
    auto const state = state_in(said);
    auto const text = one_line(said);
    auto const means = state.empty() ? meaning_without_state(text) : meaning_of(state);
    // What has no better name is: not yet.
    auto const code = means.code == errc::config ? errc::config : errc::unreachable;
    return fail(code, "PostgreSQL: " + printable(text, 2000) +
                          (means.cure.empty() ? "" : "; " + std::string(means.cure)));
}

error too_late(PGconn* connection) {
    auto const* const host = PQhost(connection);
    return fail(errc::unreachable,
                "PostgreSQL: no answer in time from " +
                    printable(host != nullptr && *host != '\0' ? host : "the server"));
}

/// False when the time is over.
bool wait_for(PGconn* connection, short events, std::chrono::steady_clock::time_point deadline) {
    for (;;) {
        auto const left =
            std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0) return false;
        pollfd fd{PQsocket(connection), events, 0};
        int const ready = ::poll(&fd, 1, static_cast<int>(left.count()));
        if (ready > 0) return true;
        if (ready == 0 || errno != EINTR) return false;
    }
}

}  // namespace

std::map<std::string, std::string> connector::parsed() const {
    char* why = nullptr;
    auto* const found = PQconninfoParse(options_.conninfo.c_str(), &why);
    if (found == nullptr) {
        std::string const text = why != nullptr ? why : "out of memory";
        PQfreemem(why);
        throw failure(fail(errc::config, "ledger.postgres: " + printable(one_line(text), 500)));
    }
    std::map<std::string, std::string> out;
    for (auto const* option = found; option->keyword != nullptr; ++option)
        if (option->val != nullptr && *option->val != '\0') out[option->keyword] = option->val;
    PQconninfoFree(found);
    if (out.contains("service") || is_set("PGSERVICE")) out.merge(set_by_service());
    return out;
}

/// Only libpq reads a service file, and only for a connection: one that leads nowhere.
std::map<std::string, std::string> connector::set_by_service() const {
    std::array<char const*, 3> const keys{"dbname", "host", nullptr};
    std::array<char const*, 3> const values{options_.conninfo.c_str(), "/nonexistent", nullptr};
    closing const nowhere(PQconnectStartParams(keys.data(), values.data(), 1), &PQfinish);
    using options = std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)>;
    options const set(PQconninfo(nowhere.get()), &PQconninfoFree);
    options const usual(PQconndefaults(), &PQconninfoFree);
    std::map<std::string, std::string> out;
    if (!set || !usual) return out;  // the connection itself will say why
    std::map<std::string_view, std::string_view> before;
    for (auto const* o = usual.get(); o->keyword != nullptr; ++o)
        if (o->val != nullptr) before[o->keyword] = o->val;
    for (auto const* o = set.get(); o->keyword != nullptr; ++o) {
        std::string_view const key = o->keyword;
        if (o->val == nullptr || *o->val == '\0' || before[key] == o->val) continue;
        if (key != "host" && key != "hostaddr" && key != "port") out.emplace(key, o->val);
    }
    return out;
}

std::vector<connector::pairs> connector::hosts_of(std::map<std::string, std::string> const& text) {
    auto const list = [&](char const* key) {
        auto const at = text.find(key);
        return at == text.end() ? std::vector<std::string>{} : split(at->second);
    };
    auto const hosts = list("host");
    auto const addresses = list("hostaddr");
    auto const ports = list("port");
    auto const count = std::max(hosts.size(), addresses.size());
    std::vector<pairs> out;
    for (std::size_t i = 0; i < count; ++i) {
        pairs one;
        if (i < hosts.size()) one.emplace_back("host", hosts[i]);
        if (i < addresses.size()) one.emplace_back("hostaddr", addresses[i]);
        if (ports.size() == count) one.emplace_back("port", ports[i]);
        out.push_back(std::move(one));
    }
    if (out.empty()) out.emplace_back();  // a service, PGHOST, or the default socket
    return out;
}

connector::pairs connector::defaults(std::map<std::string, std::string> const& text) const {
    pairs out{{"tcp_user_timeout", "5000"},
              {"keepalives_idle", "5"},
              {"keepalives_interval", "3"},
              {"keepalives_count", "3"},
              {"application_name", options_.application},
              {"client_encoding", "UTF8"}};
    if (!is_set("PGSSLMODE")) out.emplace_back("sslmode", "verify-full");
    if (!text.contains("sslrootcert") && !is_set("PGSSLROOTCERT") && !has_own_roots())
        out.emplace_back("sslrootcert", system_roots);
    if (options_.writes && !is_set("PGTARGETSESSIONATTRS"))
        out.emplace_back("target_session_attrs", "read-write");
    std::erase_if(out, [&](auto const& one) { return text.contains(one.first); });
    return out;
}

PGconn* connector::connect() {
    auto const text = parsed();
    auto const before = defaults(text);
    auto limit = default_limit;
    if (auto const own = text.find("connect_timeout"); own != text.end())
        limit = std::chrono::seconds{std::clamp(std::atoi(own->second.c_str()), 1, 60)};
    pairs secrets;
    if (options_.password) {
        auto const password = options_.password();
        if (!password)
            throw failure(fail(errc::config, "ledger.password_file: " + password.error().message));
        secrets.emplace_back("password", password->reveal());
    }
    std::optional<error> why;
    for (auto host : hosts_of(text)) {
        host.insert(host.end(), secrets.begin(), secrets.end());
        try {
            return connect_to(before, host, limit);
        } catch (failure const& f) {
            // One that a person has to mend tells more than one that does not answer.
            auto const& e = f.what_failed();
            if (!why || (why->code != errc::config && e.code == errc::config)) why = e;
        }
    }
    throw failure(*why);
}

PGconn* connector::connect_to(pairs const& before, pairs const& after, milliseconds limit) const {
    // Of several values of a key the last one counts, and the text may hold any of them.
    std::vector<char const*> keys;
    std::vector<char const*> values;
    auto const add = [&](pairs const& more) {
        for (auto const& [key, value] : more) {
            keys.push_back(key.c_str());
            values.push_back(value.c_str());
        }
    };
    add(before);
    keys.push_back("dbname");
    values.push_back(options_.conninfo.c_str());
    add(after);
    keys.push_back(nullptr);
    values.push_back(nullptr);
    auto const deadline = clock::now() + limit;
    closing made(PQconnectStartParams(keys.data(), values.data(), 1), &PQfinish);
    if (!made) throw failure(fail(errc::unreachable, "PostgreSQL: no memory for a connection"));
    PQsetErrorVerbosity(made.get(), PQERRORS_VERBOSE);  // with SQLSTATE
    // What the server warns of at a login (the version of its collations) is its administrator's business: libpq would write it to
    // our standard error as it is, at each connection.
    PQsetNoticeReceiver(
        made.get(), [](void*, PGresult const*) {}, nullptr);
    if (PQstatus(made.get()) == CONNECTION_BAD) throw failure(error_of(made.get()));
    for (auto at = PGRES_POLLING_WRITING; at != PGRES_POLLING_OK; at = PQconnectPoll(made.get())) {
        if (at == PGRES_POLLING_FAILED) throw failure(error_of(made.get()));
        if (!wait_for(made.get(), at == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline))
            throw failure(too_late(made.get()));
    }
    if (PQserverVersion(made.get()) < oldest_server)
        throw failure(fail(errc::config, "PostgreSQL " +
                                             std::to_string(PQserverVersion(made.get()) / 10'000) +
                                             " is too old for a ledger: 15 or later is needed"));
    set_up(made.get(), deadline + limit);
    PQsetErrorVerbosity(made.get(), PQERRORS_DEFAULT);
    return made.release();
}

/// A role's own statement_timeout, which may be a millisecond, holds for the statement that lifts it too: again, then.
void connector::set_up(PGconn* to, clock::time_point deadline) const {
    constexpr int most_tries = 10;
    for (int tries = 1; !apply_settings(to, deadline, tries == most_tries); ++tries) {
    }
}

/// False where the server broke it off, for its time; on the last try that is a failure like any other.
bool connector::apply_settings(PGconn* to, clock::time_point deadline, bool is_last) const {
    if (PQsendQuery(to, session_settings) != 1) throw failure(error_of(to));
    bool is_done = true;
    for (;;) {
        while (PQisBusy(to) != 0) {
            if (!wait_for(to, POLLIN, deadline)) throw failure(too_late(to));
            if (PQconsumeInput(to) != 1) throw failure(error_of(to));
        }
        std::unique_ptr<PGresult, void (*)(PGresult*)> const found(PQgetResult(to), &PQclear);
        if (!found) return is_done;
        if (PQresultStatus(found.get()) != PGRES_FATAL_ERROR) continue;
        auto const* const state = PQresultErrorField(found.get(), PG_DIAG_SQLSTATE);
        is_done = is_last || state == nullptr || std::string_view(state) != query_canceled;
        if (is_done) throw failure(error_of(to));
    }
}

}  // namespace setclick::ledger::postgres
