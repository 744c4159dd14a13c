#include "cluster_table.hpp"

#include <utility>

namespace setclick::ledger::postgres {
namespace {

std::optional<milliseconds> age_in(rows const& found, int column) {
    if (found.is_null(column)) return std::nullopt;
    return milliseconds{found.integer(column)};
}

}  // namespace

cluster_table::cluster_table(session& db)
    : nodes_(db,
             "SELECT no, id, name, machine, writer, epoch, stopped, leaves, forgotten, "
             "(greatest(extract(epoch FROM clock_timestamp() - beat_at), 0) * 1000)::bigint, "
             "willing, (SELECT count(*) FROM account_run r WHERE r.node = n.no), (SELECT count(*) "
             "FROM file f WHERE f.node = n.no AND f.unfinished), (SELECT count(*) FROM file f "
             "WHERE f.node = n.no AND f.unfinished AND NOT f.at_end) FROM node n ORDER BY no"),
      owners_(db,
              "SELECT a.no, a.id, coalesce(r.node, 0), coalesce(r.epoch, 0), NOT EXISTS (SELECT 1 "
              "FROM node n WHERE n.no = r.node AND NOT n.stopped AND n.epoch = r.epoch) FROM "
              "account a LEFT JOIN account_run r ON r.account = a.no ORDER BY a.no"),
      moves_(db,
             "SELECT m.id, m.account, coalesce((SELECT a.id FROM account a WHERE a.no = "
             "m.account), ''), m.from_node, m.to_node, m.how, m.in_doubt, (extract(epoch FROM "
             "m.at) * 1000)::bigint FROM move m ORDER BY m.id DESC LIMIT $1"),
      unread_(db,
              "SELECT f.no, f.node, f.name, f.size, f.\"offset\", f.claimed_at FROM node n JOIN "
              "file f ON f.node = n.no AND f.unfinished AND NOT f.at_end WHERE n.stopped AND NOT "
              "n.forgotten ORDER BY f.no LIMIT $1"),
      server_(
          db,
          "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint, "
          "current_setting('server_version'), pg_is_in_recovery(), "
          "pg_has_role('pg_read_all_stats', 'USAGE'), "
          "current_setting('synchronous_standby_names'), current_setting('synchronous_commit')"),
      standbys_(db,
                "SELECT coalesce(application_name, ''), coalesce(state, ''), coalesce(sync_state, "
                "''), pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN "
                "pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, replay_lsn)::bigint, "
                "(extract(epoch FROM replay_lag) * 1000)::bigint FROM pg_stat_replication ORDER "
                "BY application_name, pid"),
      // A slot and a prepared transaction name no time, or none that counts: their age is in transactions.
      holders_(db,
               "SELECT * FROM (SELECT concat_ws(', ', 'pid ' || pid, nullif(application_name, "
               "''), usename), (extract(epoch FROM clock_timestamp() - xact_start) * "
               "1000)::bigint AS age, greatest(age(backend_xmin), age(backend_xid))::bigint AS "
               "transactions FROM pg_stat_activity WHERE datid = (SELECT oid FROM pg_database "
               "WHERE datname = current_database()) AND (backend_xmin IS NOT NULL OR backend_xid "
               "IS NOT NULL) AND pid <> pg_backend_pid() UNION ALL SELECT 'prepared transaction ' "
               "|| gid, (extract(epoch FROM clock_timestamp() - prepared) * 1000)::bigint, "
               "age(transaction)::bigint FROM pg_prepared_xacts WHERE database = "
               "current_database() UNION ALL SELECT 'replication slot ' || slot_name, NULL, "
               "age(xmin)::bigint FROM pg_replication_slots WHERE xmin IS NOT NULL) h ORDER BY "
               "transactions DESC, age DESC NULLS LAST LIMIT 3"),
      idle_slots_(db,
                  "SELECT slot_name::text FROM pg_replication_slots WHERE NOT active ORDER BY "
                  "slot_name LIMIT 20") {}

cluster_view cluster_table::look() {
    cluster_view out;
    out.is_shared = true;
    auto now = server_.read();
    if (now.next()) out.at = from_ms(now.integer(0));
    out.nodes = nodes();
    out.owners = owners();
    out.moves = moves();
    out.unread = unread();
    out.server = server();
    return out;
}

std::vector<node_view> cluster_table::nodes() {
    std::vector<node_view> out;
    auto found = nodes_.read();
    while (found.next()) {
        node_view n;
        n.no = static_cast<int>(found.integer(0));
        n.id = found.text(1);
        n.name = found.text(2);
        n.machine = found.text(3);
        n.writer = found.text(4);
        n.epoch = found.integer(5);
        n.has_stopped = found.integer(6) != 0;
        n.leaves = found.integer(7) != 0;
        n.is_forgotten = found.integer(8) != 0;
        n.beat_age = milliseconds{found.integer(9)};
        for (auto const no : found.integers(10))
            n.willing.push_back(static_cast<account_no>(no));
        n.owned = found.number(11);
        n.unfinished_files = found.number(12);
        n.unread_files = found.number(13);
        out.push_back(std::move(n));
    }
    return out;
}

std::vector<account_owner> cluster_table::owners() {
    std::vector<account_owner> out;
    auto found = owners_.read();
    while (found.next())
        out.push_back({static_cast<account_no>(found.integer(0)), std::string(found.text(1)),
                       static_cast<int>(found.integer(2)), found.integer(3),
                       found.integer(4) != 0});
    return out;
}

std::vector<move_view> cluster_table::moves() {
    std::vector<move_view> out;
    auto found = moves_.read(most_moves);
    while (found.next()) {
        move_view m;
        m.id = found.integer(0);
        m.account = static_cast<account_no>(found.integer(1));
        m.account_id = found.text(2);
        m.from = static_cast<int>(found.integer(3));
        m.to = static_cast<int>(found.integer(4));
        m.how = static_cast<move_how>(found.integer(5));
        m.in_doubt = found.number(6);
        m.at = from_ms(found.integer(7));
        out.push_back(std::move(m));
    }
    return out;
}

std::vector<unread_file> cluster_table::unread() {
    std::vector<unread_file> out;
    auto found = unread_.read(most_unread_files);
    while (found.next()) {
        unread_file f;
        f.no = static_cast<file_no>(found.number(0));
        f.node = static_cast<int>(found.integer(1));
        f.name = found.text(2);
        f.bytes = found.number(3);
        f.read_bytes = found.number(4);
        f.taken_at = from_ms(found.integer(5));
        out.push_back(std::move(f));
    }
    return out;
}

server_view cluster_table::server() {
    server_view out;
    auto row = server_.read();
    if (row.next()) {
        out.version = row.text(1);
        out.is_standby = row.integer(2) != 0;
        out.sees_all = row.integer(3) != 0;
        out.wants_sync = row.text(4);
        out.commits = row.text(5);
    }
    auto standbys = standbys_.read();
    while (standbys.next()) {
        standby_view s;
        s.name = standbys.text(0);
        s.state = standbys.text(1);
        s.sync = standbys.text(2);
        if (!standbys.is_null(3)) s.lag_bytes = standbys.number(3);
        s.lag = age_in(standbys, 4);
        out.standbys.push_back(std::move(s));
    }
    auto holders = holders_.read();
    while (holders.next())
        out.holders.push_back(
            {std::string(holders.text(0)), age_in(holders, 1), holders.number(2)});
    auto slots = idle_slots_.read();
    while (slots.next())
        out.idle_slots.emplace_back(slots.text(0));
    return out;
}

}  // namespace setclick::ledger::postgres
