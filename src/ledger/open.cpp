// From a place to the store that lies there: the only file that knows every kind of store.
#include "postgres/open.hpp"
#include "setclickd/ledger/command_box.hpp"
#include "setclickd/ledger/maintenance.hpp"
#include "setclickd/ledger/reader.hpp"
#include "setclickd/ledger/store.hpp"
#include "sqlite/open.hpp"

namespace setclick::ledger {
namespace {

/// What is done with a ledger in PostgreSQL by other means, or not yet.
error only_of_a_file(std::string_view what) {
    return fail(errc::refused, "a ledger in PostgreSQL cannot be " + std::string(what) +
                                   " by setclickd: pg_basebackup copies it");
}

}  // namespace

result<std::unique_ptr<store>> store::open(options const& opts) {
    return opts.where.postgres.empty() ? open_sqlite_store(opts) : open_postgres_store(opts);
}

result<std::unique_ptr<reader>> reader::open(place const& where) {
    return where.postgres.empty() ? open_sqlite_reader(where.path) : open_postgres_reader(where);
}

result<std::unique_ptr<command_box>> command_box::open(place const& where) {
    return open_postgres_command_box(where);
}

result<void> verify_files(place const& where) {
    if (!where.postgres.empty()) return {};  // nothing lies beside it
    return verify_sqlite_files(where.path);
}

result<check_report> check_ledger(place const& where) {
    return where.postgres.empty() ? check_sqlite_ledger(where.path) : check_postgres_ledger(where);
}

result<void> backup_ledger(place const& where, std::string const& to) {
    if (!where.postgres.empty()) return only_of_a_file("copied");
    return backup_sqlite_ledger(where.path, to);
}

result<std::uint64_t> count_pending(place const& where) {
    return where.postgres.empty() ? count_pending_sqlite(where.path)
                                  : count_pending_postgres(where);
}

result<adoption_report> adopt_ledger(place const& where, adoption const& how, wall_time now) {
    return where.postgres.empty() ? adopt_sqlite_ledger(where.path, how, now)
                                  : adopt_postgres_ledger(where, how, now);
}

result<void> join_adoption(place const& where, std::function<result<adoption>()> const& how) {
    return where.postgres.empty() ? result<void>() : join_postgres_adoption(where, how);
}

}  // namespace setclick::ledger
