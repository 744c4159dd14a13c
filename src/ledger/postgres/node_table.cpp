#include "node_table.hpp"

#include "account_numbers.hpp"

namespace setclick::ledger::postgres {
namespace {

std::optional<node_beat> one(rows found) {
    if (!found.next()) return std::nullopt;
    return node_beat{found.integer(0), found.integer(1), found.integer(2), found.integer(3) != 0};
}

}  // namespace

node_table::node_table(session& db)
    : db_(db),
      named_(db, "SELECT no, epoch, beat, stopped FROM node WHERE id = $1"),
      numbered_(db, "SELECT no, epoch, beat, stopped FROM node WHERE no = $1"),
      all_(db, "SELECT no, epoch, beat, stopped FROM node ORDER BY no"),
      beat_(
          db,
          "WITH u AS (UPDATE node SET beat = beat + 1, beat_at = now(), willing = $4, writer = $5 "
          "WHERE no = $1 AND epoch = $2 AND beat = $3 AND NOT stopped RETURNING 1) SELECT "
          "must(count(*), 1) FROM u"),
      depose_(db,
              "UPDATE node SET epoch = epoch + 1, stopped = true WHERE no = $1 AND epoch = $2 AND "
              "beat = $3 AND NOT stopped RETURNING 1"),
      raise_lanes_(db, "UPDATE lane SET epoch = epoch + 1 WHERE node = $1"),
      // Willing to have nothing: that tells an orderly end from a deposition.
      stop_(db, "UPDATE node SET stopped = true, willing = '{}' WHERE no = $1 AND epoch = $2") {}

std::optional<node_beat> node_table::named(std::string_view id) {
    return one(named_.read(id));
}

std::optional<node_beat> node_table::numbered(std::int64_t node) {
    return one(numbered_.read(node));
}

std::vector<node_beat> node_table::all() {
    std::vector<node_beat> out;
    auto found = all_.read();
    while (found.next())
        out.push_back(
            {found.integer(0), found.integer(1), found.integer(2), found.integer(3) != 0});
    return out;
}

void node_table::beat(node_beat const& last, std::vector<account_no> const& willing,
                      std::string_view writer) {
    beat_.run(last.node, last.epoch, last.beat, numbers_of(willing), writer);
}

bool node_table::depose(node_beat const& seen) {
    // A node that hangs in a transaction holds its lane: it is ended by the server, and deposed then.
    db_.ask("SET LOCAL lock_timeout = 1000", parameters());
    auto found = depose_.write(seen.node, seen.epoch, seen.beat);
    if (!found.next()) return false;
    raise_lanes_.run(seen.node);
    return true;
}

void node_table::stop(std::int64_t node, std::int64_t epoch) {
    stop_.run(node, epoch);
}

}  // namespace setclick::ledger::postgres
