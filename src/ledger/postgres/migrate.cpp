#include "migrate.hpp"

#include <array>
#include <string_view>

#include "schema.hpp"

namespace setclick::ledger::postgres {
namespace {

struct role {
    char const* name;
    /// $ is the role's name. As the owner; again and again.
    char const* grants;
};

// Records (pack.body) hold personal data: who looks after the queue need not read them. Nobody but the owner
// may truncate a table or change it; the version is the owner's, too.
constexpr std::array roles{
    role{"setclick_daemon",
         "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %S TO $;"
         "REVOKE INSERT, UPDATE, DELETE ON ledger FROM $;"
         "GRANT UPDATE (id, halted) ON ledger TO $;"
         "GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA %S TO $;"},
    role{"setclick_reader",
         "GRANT SELECT ON ALL TABLES IN SCHEMA %S TO $;"
         "REVOKE SELECT ON pack FROM $;"
         "GRANT SELECT (first, count, file, imported_at, lines, lengths) ON pack TO $;"},
    // A command is carried out by a node, with that one's rights.
    role{"setclick_operator",
         "GRANT SELECT ON ALL TABLES IN SCHEMA %S TO $;"
         "REVOKE SELECT ON pack FROM $;"
         "GRANT SELECT (first, count, file, imported_at, lines, lengths) ON pack TO $;"
         "GRANT INSERT ON command TO $;"},
};

std::string replaced(std::string text, std::string_view what, std::string_view by) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
        text.replace(at, what.size(), by);
    return text;
}

/// GRANT by somebody else is a warning, and grants nothing.
void require_owner(session& db) {
    auto row = db.ask(
        "SELECT pg_has_role(relowner, 'USAGE'), pg_get_userbyid(relowner)::text FROM pg_class "
        "WHERE oid = to_regclass('ledger')",
        parameters());
    if (row.next() && row.integer(0) == 0)
        throw failure(fail(errc::config, "the ledger is " + std::string(row.text(1)) +
                                             "'s: only that role can migrate it"));
}

bool exists(session& db, char const* name) {
    auto row =
        db.ask("SELECT 1 FROM pg_roles WHERE rolname = $1", parameters(std::string_view(name)));
    return row.next();
}

bool reads_the_ledger(session& db, char const* name) {
    auto row = db.ask("SELECT has_table_privilege($1, 'ledger', 'SELECT')",
                      parameters(std::string_view(name)));
    return row.next() && row.integer(0) != 0;
}

}  // namespace

std::vector<std::string> grant_roles(session& db, which_roles which) {
    std::vector<std::string> out;
    auto row = db.ask("SELECT quote_ident(current_schema())", parameters());
    if (!row.next()) return out;
    auto const schema = std::string(row.text(0));
    std::string all;
    for (auto const& r : roles) {
        if (!exists(db, r.name)) continue;
        if (which == which_roles::granted_before && !reads_the_ledger(db, r.name)) continue;
        all += replaced(replaced(r.grants, "%S", schema), "$", r.name);
        out.emplace_back(r.name);
    }
    if (!all.empty()) db.run_script(("BEGIN;" + all + "COMMIT").c_str());
    return out;
}

migration_report migrate(session& db, bool contracts, schema_steps const& steps) {
    db.connect();
    migration_report out;
    out.from = stored_schema(db).version;
    if (out.from != 0) require_owner(db);
    expand(db, steps);
    require_owner(db);
    out.granted = grant_roles(db, which_roles::all);
    out.to = stored_schema(db).version;
    auto const before = stored_schema(db).min_writer;
    if (contracts) contract(db, steps);
    out.min_writer = stored_schema(db).min_writer;
    out.contracted = out.min_writer != before;
    for (auto const& step : steps.contractions)
        out.can_contract = out.can_contract || step.min_writer > out.min_writer;
    return out;
}

std::string roles_sql() {
    return R"sql(-- The roles of a ledger of setclickd, and its schema. As a superuser, once, in the ledger's database:
--   setclickd ledger roles | sudo -u postgres psql -v ON_ERROR_STOP=1 -d DATABASE
-- Then, with the owner's role: setclickd ledger migrate. No role has a password yet: give each one (\password),
-- or let it in by certificate or peer in pg_hba.conf.
BEGIN;
DO $do$
DECLARE
  role text;
BEGIN
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  FOREACH role IN ARRAY ARRAY['setclick_owner', 'setclick_daemon', 'setclick_reader', 'setclick_operator'] LOOP
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = role) THEN
      EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION', role);
    END IF;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), role);
    EXECUTE format('ALTER ROLE %I IN DATABASE %I SET search_path = setclick, pg_temp', role, current_database());
  END LOOP;
END $do$;
CREATE SCHEMA IF NOT EXISTS setclick AUTHORIZATION setclick_owner;
GRANT USAGE ON SCHEMA setclick TO setclick_daemon, setclick_reader, setclick_operator;
COMMIT;
)sql";
}

}  // namespace setclick::ledger::postgres

namespace setclick::ledger {

result<migration_report> migrate_ledger(place const& where, bool contracts) {
    if (where.postgres.empty())
        return fail(errc::config,
                    "a ledger in a file needs no migration by hand: the daemon's start does it");
    try {
        postgres::session db({where.postgres, "setclickd-migrate", where.password},
                             milliseconds{60'000});
        return postgres::migrate(db, contracts);
    } catch (failure const& f) {
        return f.what_failed();
    }
}

std::string ledger_roles() {
    return postgres::roles_sql();
}

}  // namespace setclick::ledger
