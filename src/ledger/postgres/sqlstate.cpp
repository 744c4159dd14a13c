#include "sqlstate.hpp"

#include <algorithm>
#include <array>

namespace setclick::ledger::postgres {
namespace {

struct row {
    std::string_view prefix;
    errc code;
    std::string_view cure;
};

constexpr std::string_view needs_a_session =
    "a pooler between setclickd and the server must keep a session for it (pgbouncer: pool_mode = "
    "session)";

/// The first that fits. https://www.postgresql.org/docs/15/errcodes-appendix.html
constexpr std::array meanings{
    row{"", errc::io, ""},  // not looked for
    row{"08", errc::unreachable, ""},
    row{"25006", errc::unreachable,
        "the server is read only: it is a standby, or default_transaction_read_only is on; name "
        "every host of the cluster in ledger.postgres, and the one that may be written to is "
        "taken"},
    row{"25P03", errc::unreachable, ""},  // this process stood still inside a transaction
    row{"26000", errc::unreachable, needs_a_session},
    row{"42P05", errc::unreachable, needs_a_session},
    row{"28P01", errc::config,
        "write the right password into the file that ledger.password_file names; it is read again "
        "at each connection"},
    row{"28", errc::config,
        "pg_hba.conf of the server must let this user in from this host, to this database"},
    row{"3D000", errc::config, "create the database, or name another one in ledger.postgres"},
    row{"3F000", errc::config, "the schema of the ledger is missing: see search_path of the user"},
    row{"40", errc::busy, ""},
    row{"42501", errc::config, "the user in ledger.postgres lacks rights on the ledger's tables"},
    row{"42P01", errc::config,
        "the ledger's tables are missing: see search_path of the user, and whether it is the right "
        "database"},
    row{"53100", errc::disk_full, "make room on the disk of PostgreSQL"},
    row{"53300", errc::unreachable,
        "end some of the server's connections, or raise its max_connections"},
    row{"53", errc::unreachable, "the server is short of memory or of a limit of its own"},
    row{"55P03", errc::busy, "somebody else locks the ledger's tables: see pg_locks"},
    row{"55006", errc::busy, ""},
    row{"57014", errc::unreachable, "an administrator cancelled it, or statement_timeout is set"},
    row{"57P", errc::unreachable, ""},  // shutting down, crashed, starting up
    row{"23505", errc::busy, ""},       // another node was first: judged again
    row{"SC001", errc::refused, ""},    // `must`: another epoch holds
    row{"SC002", errc::busy, ""},       // `must`: somebody else was first
    row{"72000", errc::busy, ""},
};

bool is_state(std::string_view text) noexcept {
    return text.size() == 5 && std::ranges::all_of(text, [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
           });
}

}  // namespace

state_meaning meaning_of(std::string_view state) noexcept {
    if (state.empty()) return {errc::unreachable, ""};
    for (auto const& m : meanings)
        if (!m.prefix.empty() && state.starts_with(m.prefix)) return {m.code, m.cure};
    return {};
}

std::string_view state_in(std::string_view message) noexcept {
    // "FATAL:  28P01: password authentication failed …"
    for (auto at = message.find(":  "); at != std::string_view::npos;
         at = message.find(":  ", at + 1)) {
        auto const state = message.substr(at + 3, 5);
        if (is_state(state) && message.substr(at + 8, 2) == ": ") return state;
    }
    return {};
}

std::string one_line(std::string_view message) {
    std::string out;
    while (!message.empty()) {
        auto const end = std::min(message.find('\n'), message.size());
        auto const line = message.substr(0, end);
        message.remove_prefix(std::min(end + 1, message.size()));
        bool const is_more = std::ranges::any_of(
            std::array<std::string_view, 5>{"LOCATION:", "DETAIL:", "HINT:", "CONTEXT:", "QUERY:"},
            [&](auto name) { return line.starts_with(name); });
        if (line.empty() || is_more) continue;
        if (!out.empty()) out += "; ";
        out += line;
    }
    return out;
}

}  // namespace setclick::ledger::postgres
