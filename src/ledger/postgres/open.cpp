#include "open.hpp"

#include "postgres_command_box.hpp"
#include "postgres_reader.hpp"
#include "postgres_store.hpp"
#include "schema.hpp"
#include "whole_import.hpp"

namespace setclick::ledger {

result<std::unique_ptr<store>> open_postgres_store(options const& opts) {
    auto opened = postgres::postgres_store::open(opts);
    if (!opened) return opened.error();
    return std::unique_ptr<store>(std::move(*opened));
}

result<std::uint64_t> count_pending_postgres(place const& where) {
    try {
        postgres::session db({where.postgres, "setclickd-adopt", where.password, false},
                             milliseconds{30'000});
        db.connect();
        postgres::require_schema(db);
        auto row = db.ask(
            "SELECT coalesce(sum(next_sequence - 1 - held - delivered - rejected - discarded), "
            "0)::bigint FROM account JOIN account_run ON account = no",
            postgres::parameters());
        return row.next() ? row.number(0) : 0;
    } catch (failure const& f) {
        return f.what_failed();
    }
}

namespace {

result<std::unique_ptr<postgres::postgres_store>> open_to_adopt(place const& where) {
    options opts;
    opts.where = where;
    opts.postgres.call_limit = milliseconds{60'000};
    return postgres::postgres_store::open(opts, postgres::postgres_store::use::adopt);
}

}  // namespace

result<adoption_report> adopt_postgres_ledger(place const& where, adoption const& how,
                                              wall_time now) {
    auto opened = open_to_adopt(where);
    if (!opened) return opened.error();
    return (*opened)->adopt(how, now);
}

result<void> join_postgres_adoption(place const& where,
                                    std::function<result<adoption>()> const& how) {
    try {
        // Most ledgers never were: a look, before anything is made.
        postgres::session db({where.postgres, "setclickd-adopt", where.password},
                             milliseconds{5'000});
        db.connect();
        if (postgres::fit_of(postgres::stored_schema(db), postgres::schema_version) !=
            postgres::schema_fit::works)
            return {};
        auto row = db.ask(
            "SELECT EXISTS (SELECT 1 FROM meta WHERE key = 'adoptions') AND halted = '' FROM "
            "ledger",
            postgres::parameters());
        if (!row.next() || row.integer(0) == 0) return {};
    } catch (failure const& f) {
        return f.what_failed();
    }
    auto opened = open_to_adopt(where);
    if (!opened) return opened.error();
    auto const due = (*opened)->has_to_join_adoption();
    if (!due) return due.error();
    if (!*due) return {};
    auto const lists = how();
    if (!lists) return lists.error();
    return (*opened)->join_adoption(*lists);
}

result<std::unique_ptr<reader>> open_postgres_reader(place const& where) {
    try {
        return std::unique_ptr<reader>(new postgres::postgres_reader(where));
    } catch (failure const& f) {
        return f.what_failed();
    }
}

result<std::unique_ptr<command_box>> open_postgres_command_box(place const& where) {
    try {
        return std::unique_ptr<command_box>(new postgres::postgres_command_box(where));
    } catch (failure const& f) {
        return f.what_failed();
    }
}

result<std::unique_ptr<ledger_target>> open_postgres_target(place const& where) {
    try {
        return std::unique_ptr<ledger_target>(new postgres::whole_import(where));
    } catch (failure const& f) {
        return f.what_failed();
    }
}

}  // namespace setclick::ledger
