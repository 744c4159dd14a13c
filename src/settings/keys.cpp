#include "keys.hpp"

#include <array>

namespace setclick::settings {
namespace {

constexpr double kib = 1024, mib = 1024 * kib, gib = 1024 * mib;
constexpr double second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;

template <class Enum>
target choice(Enum& e) {
    return choice_ref{
        &e, [](void* at, std::size_t i) { *static_cast<Enum*>(at) = static_cast<Enum>(i); },
        [](void const* at) { return static_cast<std::size_t>(*static_cast<Enum const*>(at)); }};
}

login_settings& login_of(account_settings& a) {
    return a.login ? *a.login : a.login.emplace();
}

// A table is read by its rows, a row a key, whatever its length. The macro only spells the function
// that finds the member; everything else is plain data.
// clang-format off
#define AT(expression)                               \
    [](settings& s, account_settings& a) -> target { \
        (void)s, (void)a;                            \
        return expression;                           \
    }

std::vector<key> make_spool_keys() {
    return {
        {"spool", "dir", AT(&s.spool.dir), 0, 0, {},
         "Holds incoming/, work/, done/ and rejected/; missing ones are made."},
        {"spool", "settle", AT(&s.spool.settle), 0, hour, {},
         "A file that was neither renamed into incoming/ nor closed by its writer while the daemon ran is taken when it has been "
         "quiet for this long; \"0s\" takes it at once. A writer that closes a file more than once must rename it into place."},
        {"spool", "patience", AT(&s.spool.patience), 0, 24 * hour, {},
         "A file that ends inside a line or inside a JSON text is taken when it has been quiet for this long: an upload that "
         "stalled may go on. A file that somebody keeps open for writing is left, and named in the log after this time."},
        {"spool", "scan_every", AT(&s.spool.scan_every), 10, hour, {},
         "How often incoming/ is listed; notifications of the kernel only shorten the wait."},
        {"spool", "inotify", AT(&s.spool.inotify), 0, 0, {},
         "Listen to the kernel's notifications; without them every file waits for the next scan.", standing::rare},
        {"spool", "max_line", AT(&s.spool.max_line), 1 * kib, 16 * mib, {},
         "The longest line, or object of a .json file; a longer one is refused."},
        {"spool", "max_file", AT(&s.spool.max_file), 1 * kib, 1024 * gib, {},
         "The largest file; a larger one is left where it is."},
        {"spool", "share_rejected", AT(choice(s.spool.share_rejected)), 0, 0, {"dropper", "group", "no"},
         "Who may read a file of rejected/ beside the daemon and its group: the user who dropped the file that it is from (an entry "
         "in its access list), every member of the group of rejected/, or nobody."},
        {"spool", "max_depth", AT(&s.spool.max_depth), 2, 64, {}, "How deep the JSON of an event may nest.", standing::rare},
        {"ledger", "path", AT(&s.ledger.path), 0, 0, {},
         "The SQLite file with every event and every attempt. On a local disk, never on a network file system."},
        {"ledger", "postgres", AT(&s.ledger.postgres), 0, 0, {},
         "A database in PostgreSQL (15 or later) that holds the ledger instead of that file: a connection string or URI of libpq, such as "
         "\"host=db1,db2 dbname=setclick user=setclick_daemon\" or \"service=setclick\"; \"\" for the file. Over a network the server's "
         "certificate is checked (sslmode=verify-full) unless the string or its service has another sslmode. Never a password: see password_file."},
        {"ledger", "password_file", AT(&s.ledger.password_file), 0, 0, {},
         "The file with the password for that database: a path (mode 0600), or \"credential:NAME\"; read again at each connection. \"\": a "
         "socket's own right, ~/.pgpass or a certificate."},
        {"ledger", "node", AT(&s.ledger.node), 0, 0, {},
         "This host's name among those that share the ledger, for people; \"\" is the host's own name."},
    };
}

std::vector<key> make_endpoint_keys() {
    return {
        {"endpoint", "base_url", AT(&s.endpoint.base_url), 0, 0, {}, "Where SealMetrics answers; https only."},
        {"endpoint", "set_click_path", AT(&s.endpoint.set_click_path), 0, 0, {},
         "After base_url: where events are posted."},
        {"endpoint", "report_path", AT(&s.endpoint.report_path), 0, 0, {},
         "After base_url: where reports are read."},
        {"endpoint", "login_path", AT(&s.endpoint.login_path), 0, 0, {},
         "After base_url: where an e-mail and a password give a token."},
        {"endpoint", "accounts_path", AT(&s.endpoint.accounts_path), 0, 0, {},
         "After base_url: where the accounts of a token's user are listed."},
        {"endpoint", "ca_file", AT(&s.endpoint.ca_file), 0, 0, {},
         "Further trust anchors (PEM), in addition to the system's; for a proxy that inspects, or the sandbox."},
        {"endpoint", "crl_file", AT(&s.endpoint.crl_file), 0, 0, {},
         "The issuer's list of revoked certificates (PEM), read at a start and a reload; \"\": revocation is not checked."},
        {"endpoint", "proxy", AT(&s.endpoint.proxy), 0, 0, {},
         "\"http://HOST:PORT\" of a proxy that knows CONNECT; \"\" for none."},
        {"endpoint", "proxy_credentials_file", AT(&s.endpoint.proxy_credentials_file), 0, 0, {},
         "A file with USER:PASSWORD for the proxy: a path, or \"credential:NAME\"."},
        {"endpoint", "rate_per_minute", AT(&s.endpoint.rate_per_minute), 0, 6e6, {},
         "A gate for all accounts together, counted over every call; 0 for none."},
        {"endpoint", "burst", AT(&s.endpoint.burst), 1, 10000, {},
         "How many calls that gate lets through at once after a quiet time."},
    };
}

std::vector<key> make_delivery_keys() {
    return {
        {"delivery", "connections", AT(&s.delivery.connections), 1, 4096, {},
         "Connections to the endpoint, at most, shared by the accounts; opened when needed."},
        {"delivery", "threads", AT(&s.delivery.threads), 1, 64, {}, "Network threads, with a share of the connections each."},
        {"delivery", "connect_timeout", AT(&s.delivery.connect_timeout), 100, 5 * minute, {},
         "For finding the address and connecting."},
        {"delivery", "tls_timeout", AT(&s.delivery.tls_timeout), 100, 5 * minute, {},
         "For the TLS handshake.", standing::rare},
        {"delivery", "response_timeout", AT(&s.delivery.response_timeout), 100, 10 * minute, {},
         "From the last byte of a request to the last byte of its answer."},
        {"delivery", "attempt_timeout", AT(&s.delivery.attempt_timeout), 100, 30 * minute, {},
         "For a whole attempt, connecting included."},
        {"delivery", "drain_timeout", AT(&s.delivery.drain_timeout), 0, hour, {},
         "After SIGTERM, for what is in flight; keep it below TimeoutStopSec of the unit."},
        {"delivery", "idle_timeout", AT(&s.delivery.idle_timeout), second, hour, {},
         "An idle connection is closed after this; below the 60 s of common servers.", standing::rare},
        {"delivery", "max_connection_age", AT(&s.delivery.max_connection_age), second, day, {},
         "A connection is not used for longer than this.", standing::rare},
        {"retry", "base", AT(&s.retry.base), 10, hour, {},
         "After the first failure an event waits up to this long, then up to twice as long, and so on."},
        {"retry", "cap", AT(&s.retry.cap), 10, day, {}, "No wait between two attempts of an event is longer."},
        {"retry", "max_age", AT(&s.retry.max_age), minute, 3650 * day, {},
         "An event whose own attempts failed for longer than this is held (reason expired); never rejected."},
        {"retry", "max_in_doubt", AT(&s.retry.max_in_doubt), 1, 1000, {},
         "How often an answer that nobody can read (a 2xx that is not the API's) may put one event in doubt; "
         "then it is held."},
        {"retry", "retry_after_cap", AT(&s.retry.retry_after_cap), second, 7 * day, {},
         "A Retry-After of the server is obeyed up to this.", standing::rare},
        {"retry", "probe_first", AT(&s.retry.probe_first), second, day, {},
         "A parked account is probed after this, then at growing intervals.", standing::rare},
        {"retry", "probe_cap", AT(&s.retry.probe_cap), second, 7 * day, {},
         "The longest time between two probes.", standing::rare},
    };
}

std::vector<key> make_event_keys() {
    return {
        {"dedupe", "key", AT(choice(s.dedupe.key)), 0, 0, {"auto", "event_id", "content", "off"},
         "What makes two events the same: \"auto\" is the event_id, and the content where there is none."},
        {"dedupe", "window", AT(&s.dedupe.window), hour, 3650 * day, {},
         "How long an event is remembered to recognise its duplicates."},
        {"dialect", "click_time_unit", AT(choice(s.dialect.click_time_unit)), 0, 0, {"ms", "s"},
         "The unit in which click_time is sent."},
        {"dialect", "url_style", AT(choice(s.dialect.url)), 0, 0, {"json", "plain"},
         "How referrer and current_url are sent: as JSON strings with their quotes, or plain."},
        {"dialect", "lead", AT(choice(s.dialect.lead)), 0, 0, {"lead", "settings", "both"},
         "Where the microconversion flag and lead go."},
        {"dialect", "label", AT(&s.dialect.label), 0, 0, {}, "Where an event carries the label that reports show: lead.NAME, settings.NAME or url_parameters.NAME."},
        {"dialect", "referrer_field", AT(&s.dialect.referrer_field), 0, 0, {},
         "The name of the form parameter that carries the referrer.", standing::rare},
        {"dialect", "warn_older", AT(&s.warn_older), 0, 36'500 * day, {},
         "A click older than this is warned of, once a file with a count; 0 = never."},
        {"report", "share", AT(&s.report.share), 0, 1, {},
         "The part of the permits that reads may take while events wait.", standing::rare},
        {"reconcile", "labels", AT(&s.reconcile.labels), 0, 0, {}, "Labels that nothing but setclickd sends; only they are judged. [\"*\"]: every label, where nothing else feeds the account."},
        {"reconcile", "day", AT(&s.reconcile.day), 0, 0, {"click", "delivery"},
         "Which day the vendor books an event for: that of its click, or that of its delivery."},
        {"reconcile", "delay", AT(&s.reconcile.delay), 0, 30 * day, {},
         "Events delivered a shorter time ago are pending: the report may not show them yet."},
        {"reconcile", "time_zone", AT(&s.reconcile.time_zone), 0, 0, {},
         "Where the vendor's day begins and ends: UTC, or a name such as Europe/Madrid."},
        {"reconcile", "every", AT(&s.reconcile.every), 0, 30 * day, {},
         "How often the daemon compares the last seven days by itself; \"0s\" only by hand."},
    };
}

std::vector<key> make_upkeep_keys() {
    return {
        {"retention", "done_files", AT(&s.retention.done_files), hour, 3650 * day, {},
         "How long finished files and their results stay in done/. All of this table: in whole days, and never shorter."},
        {"retention", "receipts", AT(&s.retention.receipts), day, 3650 * day, {},
         "How long the receipts of finished files stay in the ledger; the counts stay for ever."},
        {"retention", "bodies", AT(&s.retention.bodies), hour, 3650 * day, {},
         "How long the contents of delivered events stay in the ledger: without them nothing is sent again or reconciled."},
        {"log", "level", AT(&s.log.level), 0, 0, {"debug", "info", "warn", "error"},
         "What is written at least; debug has a line for each event."},
        {"log", "format", AT(choice(s.log.format)), 0, 0, {"auto", "text", "journald", "logfmt", "json"},
         "\"auto\" is journald under systemd, else text."},
        {"metrics", "listen", AT(&s.metrics.listen), 0, 0, {},
         "Where the metrics, the health checks and the web page are served: \"ADDRESS:PORT\" or \"unix:/PATH\" (mode 0660); \"\" "
         "for nowhere. docs/web.md has the ways to reach it from elsewhere."},
        {"metrics", "hosts", AT(&s.metrics.hosts), 0, 0, {},
         "Further names under which it is reached, such as that of a reverse proxy. An address of the machine and localhost are "
         "always right; a request for any other name is refused, since a web site may have made the browser send it."},
        {"metrics", "password_file", AT(&s.metrics.password_file), 0, 0, {},
         "The file with the password of the page and of /status.json: a path (mode 0600), or \"credential:NAME\". Without one "
         "they are served on a Unix socket only; the metrics and the health checks never ask for it."},
        {"metrics", "accounts", AT(&s.metrics.accounts), 0, 100'000, {},
         "The first so many accounts of the configuration have metrics of their own; the others are counted together."},
        {"control", "socket", AT(&s.control_socket), 0, 0, {},
         "The daemon's command socket; \"\" is control.sock in the ledger's directory."},
    };
}

std::vector<key> make_account_keys() {
    return {
        {"account", "id", AT(&a.id), 0, 0, {}, "The account's id at SealMetrics, 24 letters and digits."},
        {"account", "token_file", AT(&a.token_file), 0, 0, {},
         "The file with the access token: a path (mode 0600), or \"credential:NAME\" of systemd."},
        {"account", "rate_per_minute", AT(&a.rate_per_minute), 0, 6e6, {},
         "Calls a minute for this account; 0.5 is one in two minutes, 0 is unlimited."},
        {"account", "burst", AT(&a.burst), 1, 10000, {}, "How many calls may go at once after a quiet time."},
        {"account", "time_zone", AT(&a.time_zone), 0, 0, {},
         "Where the times of a CSV were written that have no offset, where neither the file nor its profile names a zone; \"\": such a "
         "file is refused."},
        {"account", "in_doubt", AT(choice(a.in_doubt)), 0, 0, {"resend", "hold"},
         "What happens to an event that may have been received: sent again, or held for a person."},
        {"account", "in_doubt_statuses", AT(&a.in_doubt_statuses), 400, 599, {},
         "Answers that may follow a booking; unset: those that docs/answers.md says to."},
        {"account.login", "email", AT(&login_of(a).email), 0, 0, {},
         "Instead of a token: log in with this address."},
        {"account.login", "password_file", AT(&login_of(a).password_file), 0, 0, {},
         "The file with its password: a path (mode 0600), or \"credential:NAME\"."},
    };
}
#undef AT
// clang-format on

std::vector<key> make_keys() {
    std::vector<key> all;
    for (auto* make : {make_spool_keys, make_endpoint_keys, make_delivery_keys, make_event_keys,
                       make_upkeep_keys, make_account_keys})
        for (auto& k : make())
            all.push_back(std::move(k));
    return all;
}

constexpr std::array<table, 15> all_tables{{
    {"spool", "Where producers drop files, and what a file may be."},
    {"ledger", "Where the daemon keeps what it knows. From import on it is the only truth."},
    {"endpoint", "The API, and the way to it."},
    {"delivery", "Connections and deadlines."},
    {"retry", "What happens after a failure that is not the event's own."},
    {"dedupe", "What counts as the same event."},
    {"dialect", "How an event is written for the API."},
    {"report", "Reading back what was recorded."},
    {"reconcile", "Comparing what was delivered with what was recorded."},
    {"retention", "How long what is finished stays."},
    {"log", "The log, on standard error."},
    {"metrics", "Numbers for a monitoring system, health checks, and the web page."},
    {"control", "How commands reach the daemon."},
    {"account", "One block for each account."},
    {"account.login", "Instead of token_file."},
}};

}  // namespace

std::span<key const> keys() {
    static std::vector<key> const all = make_keys();
    return all;
}

std::span<table const> tables() {
    return all_tables;
}

key const* find_key(std::string_view in_table, std::string_view name) {
    for (auto const& k : keys())
        if (k.table == in_table && k.name == name) return &k;
    return nullptr;
}

}  // namespace setclick::settings
