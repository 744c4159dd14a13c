#include "schema.hpp"

#include <chrono>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

#include "../core/lease_rule.hpp"
#include "boot_now.hpp"
#include "migrate.hpp"
#include "node_table.hpp"
#include "setclickd/base/text.hpp"

namespace setclick::ledger::postgres {
namespace {

/// Whoever comes after one that waits for a lock waits, too: less than what a node's call may take.
constexpr char const* wait_shortly = "SET LOCAL lock_timeout = '3s'";

bool owns_the_tables(session& db) {
    auto row = db.ask(
        "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass('ledger')",
        parameters());
    return row.next() && row.integer(0) != 0;
}

/// The daemon's role makes no tables.
void require_right_to_create(session& db) {
    auto row = db.ask(
        "SELECT coalesce(has_schema_privilege(current_schema(), 'CREATE'), false), current_user, "
        "current_schema() IS NULL, current_setting('search_path')",
        parameters());
    if (!row.next()) return;
    if (row.integer(2) != 0)
        throw failure(fail(
            errc::config, "no schema that the search_path of the role " + std::string(row.text(1)) +
                              " names (" + printable(row.text(3)) +
                              ") is there, or may be used by it: `setclickd ledger roles` prints "
                              "what a role needs"));
    if (row.integer(0) == 0)
        throw failure(fail(errc::config,
                           "there is no ledger in this database yet, and the role " +
                               std::string(row.text(1)) +
                               " may not make one: run `setclickd ledger migrate` with the role of "
                               "its owner"));
}

/// The one whose transaction on the ledger's tables is the oldest.
std::string who_locks(session& db) {
    auto row = db.ask(
        "SELECT a.application_name, a.pid, coalesce(extract(epoch FROM clock_timestamp() - "
        "a.xact_start)::bigint, -1) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation AND "
        "c.relnamespace = current_schema()::regnamespace JOIN pg_stat_activity a ON a.pid = l.pid "
        "WHERE l.granted AND l.pid <> pg_backend_pid() AND l.database = (SELECT oid FROM "
        "pg_database WHERE datname = current_database()) ORDER BY a.xact_start NULLS LAST LIMIT 1",
        parameters());
    if (!row.next()) return "somebody else locked them just then; try again";
    auto const pid = std::to_string(row.integer(1));
    auto const since = row.integer(2);
    return "'" + std::string(row.text(0)) + "' (process " + pid + ") has worked with them" +
           (since < 0 ? "" : " in one transaction for " + std::to_string(since) + " s") +
           ": end it, or have PostgreSQL do so (SELECT pg_terminate_backend(" + pid +
           ")), and try again";
}

/// A lock that is not to be had says who has it. Nothing was changed.
[[noreturn]] void give_up(session& db, error e) {
    if (e.code == errc::busy && db.is_connected())
        e.message = "the ledger's tables could not be locked within 3 s, and were not changed: " +
                    who_locks(db);
    throw failure(std::move(e));
}

void run_step(session& db, std::string const& script) {
    try {
        db.run_script(script.c_str());
    } catch (failure const& f) {
        if (db.is_connected()) db.run_script("ROLLBACK");
        give_up(db, f.what_failed());
    }
}

/// One transaction; done by one of those that try it at once.
void expand_to(session& db, int version, std::string_view sql) {
    auto const number = std::to_string(version);
    auto const is_due = version == 1
                            ? std::string("to_regclass('ledger') IS NULL")
                            : "(SELECT version FROM ledger) = " + std::to_string(version - 1);
    run_step(db, "BEGIN; SELECT pg_advisory_xact_lock(7234791); " + std::string(wait_shortly) +
                     "; DO $do$ BEGIN IF " + is_due + " THEN EXECUTE $ddl$" + std::string(sql) +
                     "; UPDATE ledger SET version = " + number + "$ddl$; END IF; END $do$; COMMIT");
}

std::vector<node_beat> older_nodes(session& db, int min_writer) {
    std::vector<node_beat> out;
    auto found =
        db.ask("SELECT no, epoch, beat FROM node WHERE NOT stopped AND knows < $1 ORDER BY no",
               parameters(min_writer));
    while (found.next())
        out.push_back({found.integer(0), found.integer(1), found.integer(2), false});
    return out;
}

[[noreturn]] void refuse_older(session& db, int min_writer) {
    std::string names;
    auto found =
        db.ask("SELECT name, writer FROM node WHERE NOT stopped AND knows < $1 ORDER BY no",
               parameters(min_writer));
    while (found.next()) {
        names += (names.empty() ? "" : ", ") + std::string(found.text(0));
        if (!found.text(1).empty()) names += " (setclickd " + std::string(found.text(1)) + ")";
    }
    throw failure(
        fail(errc::busy, "programs that know no version " + std::to_string(min_writer) +
                             " of the ledger's tables still work with it: " + names +
                             ". Upgrade or stop them and try again; nothing was changed"));
}

/// Who beats is left in peace.
void depose_silent(session& db, int min_writer) {
    node_table nodes(db);
    beat_watch watch;
    std::optional<std::vector<node_beat>> first;
    for (;; std::this_thread::sleep_for(std::chrono::seconds{1})) {
        auto const asked = boot_now();
        auto const older = older_nodes(db, min_writer);
        if (older.empty()) return;
        if (!first) first = older;
        for (auto const& n : older)
            for (auto const& was : *first)
                if (n.node == was.node && !(n == was)) refuse_older(db, min_writer);
        for (auto const& dead : watch.saw(older, asked, boot_now())) {
            db.begin();
            if (!nodes.depose(dead) || db.commit() != session::outcome::done)
                refuse_older(db, min_writer);
        }
    }
}

void contract_to(session& db, contraction const& step) {
    depose_silent(db, step.min_writer);
    try {
        db.begin();
        db.ask(wait_shortly, parameters());
        // A node that begins an epoch now looks at min_writer after this.
        db.ask("LOCK TABLE node IN SHARE ROW EXCLUSIVE MODE", parameters());
        if (!older_nodes(db, step.min_writer).empty()) refuse_older(db, step.min_writer);
        auto const sql = "DO $do$ BEGIN EXECUTE $ddl$" + std::string(step.sql) +
                         "; UPDATE ledger SET min_writer = " + std::to_string(step.min_writer) +
                         "$ddl$; END $do$";
        db.ask(sql.c_str(), parameters());
        if (db.commit() != session::outcome::done)
            throw failure(
                fail(errc::unreachable,
                     "PostgreSQL: a COMMIT has no answer; run it again, which finds out"));
    } catch (failure const& f) {
        db.rollback();
        give_up(db, f.what_failed());
    }
}

}  // namespace

schema_state stored_schema(session& db) {
    auto there = db.ask("SELECT to_regclass('ledger') IS NOT NULL", parameters());
    if (!there.next() || there.integer(0) == 0) return {};
    auto row = db.ask("SELECT version, min_writer FROM ledger", parameters());
    if (!row.next()) return {};
    return {static_cast<int>(row.integer(0)), static_cast<int>(row.integer(1))};
}

void prepare_schema(session& db) {
    auto const stored = stored_schema(db);
    switch (fit_of(stored, schema_version)) {
        case schema_fit::works:
            return;
        case schema_fit::none:
            require_right_to_create(db);
            return expand(db);
        case schema_fit::outdated:
            // What is added is in nobody's way, and where there is one role there is nobody else to do it.
            if (owns_the_tables(db)) return expand(db);
            break;
        case schema_fit::too_new:
            break;
    }
    throw failure(fail(errc::config, why_not(stored, schema_version)));
}

void require_schema(session& db) {
    auto const stored = stored_schema(db);
    auto const fit = fit_of(stored, schema_version);
    if (fit != schema_fit::works)
        throw failure(fail(fit == schema_fit::none ? errc::not_found : errc::config,
                           why_not(stored, schema_version)));
}

void expand(session& db, schema_steps const& steps) {
    auto const stored = stored_schema(db);
    if (fit_of(stored, steps.version()) == schema_fit::too_new)
        throw failure(fail(errc::config, why_not(stored, steps.version())));
    for (int v = stored.version + 1; v <= steps.version(); ++v)
        expand_to(db, v, steps.expansions[static_cast<std::size_t>(v) - 1]);
    // Who could read or write all tables is to go on with the new ones.
    if (stored.version != 0 && stored.version < steps.version())
        grant_roles(db, which_roles::granted_before);
}

void contract(session& db, schema_steps const& steps) {
    for (auto const& step : steps.contractions)
        if (step.min_writer > stored_schema(db).min_writer) contract_to(db, step);
}

std::string ledger_id(session& db) {
    auto row = db.ask("SELECT id FROM ledger", parameters());
    return row.next() ? std::string(row.text(0)) : std::string();
}

}  // namespace setclick::ledger::postgres
