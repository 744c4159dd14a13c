#include "owner_table.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "account_numbers.hpp"

namespace setclick::ledger::postgres {
namespace {

std::vector<account_no> accounts_from(rows found) {
    std::vector<account_no> out;
    while (found.next())
        out.push_back(static_cast<account_no>(found.integer(0)));
    std::sort(out.begin(), out.end());
    return out;
}

}  // namespace

owner_table::owner_table(session& db)
    : lock_(db, "SELECT pg_advisory_xact_lock(7234793)"),
      end_sessions_(
          db,
          "SELECT pg_terminate_backend(a.pid) FROM pg_locks l JOIN node n ON n.no = "
          "l.objid::bigint AND n.stopped JOIN pg_stat_activity a ON a.pid = l.pid AND a.usename = "
          "current_user AND (a.backend_start <= n.beat_at OR a.xact_start < clock_timestamp() - "
          "interval '15 s') WHERE EXISTS (SELECT 1 FROM account_run r WHERE r.node = n.no) AND "
          "l.locktype = 'advisory' AND l.classid::bigint = 7234792 AND "
          "l.objsubid = 2 AND l.database = (SELECT oid FROM pg_database WHERE datname = "
          "current_database()) AND l.pid <> pg_backend_pid()"),
      stop_others_(db, "UPDATE node SET epoch = epoch + 1, stopped = true WHERE no <> $1"),
      raise_others_(db,
                    "UPDATE lane SET epoch = n.epoch FROM node n WHERE n.no = lane.node AND n.no "
                    "<> $1"),
      stop_(db, "UPDATE node SET stopped = true WHERE no = $1"),
      take_(db,
            "UPDATE account_run r SET node = $1, epoch = $2 WHERE ($3 OR account = ANY($4)) AND "
            "(node = $1 OR NOT EXISTS (SELECT 1 FROM node n WHERE n.no = r.node AND NOT n.stopped "
            "AND n.epoch = r.epoch)) RETURNING account"),
      give_up_(db,
               "UPDATE account_run SET node = 0 WHERE account = ANY($1) AND node = $2 AND epoch = "
               "$3 AND in_flight = 0 RETURNING account"),
      nodes_(db, select_nodes) {}

void owner_table::lock() {
    std::ignore = lock_.read();
}

void owner_table::end_sessions_of_gone() {
    std::ignore = end_sessions_.read();
}

void owner_table::stop_others(std::int64_t node) {
    stop_others_.run(node);
    raise_others_.run(node);
}

void owner_table::stop(std::int64_t node) {
    stop_.run(node);
}

std::vector<account_no> owner_table::take(std::span<account_no const> accounts, std::int64_t node,
                                          std::int64_t epoch) {
    return accounts_from(take_.write(node, epoch, false, numbers_of(accounts)));
}

std::vector<account_no> owner_table::take_all(std::int64_t node, std::int64_t epoch) {
    return accounts_from(take_.write(node, epoch, true, std::vector<std::int64_t>()));
}

std::vector<account_no> owner_table::give_up(std::span<account_no const> accounts,
                                             std::int64_t node, std::int64_t epoch) {
    return accounts_from(give_up_.write(numbers_of(accounts), node, epoch));
}

std::vector<node_row> owner_table::nodes_from(rows found) {
    std::vector<node_row> out;
    while (found.next()) {
        node_row n;
        n.no = static_cast<int>(found.integer(0));
        n.id = found.text(1);
        n.name = found.text(2);
        n.epoch = found.integer(3);
        n.beat = found.integer(4);
        n.stopped = found.integer(5) != 0;
        for (auto const no : found.integers(6))
            n.willing.push_back(static_cast<account_no>(no));
        n.writer = found.text(7);
        n.leaves = found.integer(8) != 0;
        n.forgotten = found.integer(9) != 0;
        out.push_back(std::move(n));
    }
    return out;
}

}  // namespace setclick::ledger::postgres
