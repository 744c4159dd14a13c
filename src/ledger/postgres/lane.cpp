#include "lane.hpp"

namespace setclick::ledger::postgres {

lane::lane(session& db, std::string node, std::string name, int number)
    : db_(db),
      id_(std::move(node)),
      name_(std::move(name)),
      number_(number),
      fence_(db,
             "WITH u AS (UPDATE lane SET commits = commits + 1 WHERE node = $1 AND lane = $2 AND "
             "epoch = $3 AND commits = $4 RETURNING 1) SELECT must(count(*), 1) FROM u"),
      raise_(db,
             "WITH u AS (UPDATE node SET epoch = $2, stopped = false, name = $3 WHERE no = $1 "
             "AND epoch < $2 RETURNING 1) SELECT must(count(*), 1) FROM u"),
      make_(db,
            "INSERT INTO lane(node, lane, epoch) VALUES($1, $2, $3) ON CONFLICT (node, lane) DO "
            "UPDATE SET epoch = excluded.epoch, commits = 0"),
      look_(db,
            "UPDATE lane SET looks = looks + 1 WHERE node = $1 AND lane = $2 AND epoch = $3 "
            "RETURNING commits"),
      epoch_of_(db, "SELECT epoch FROM node WHERE no = $1") {}

void lane::open() {
    auto const id = std::string_view(id_);
    auto found = db_.ask("SELECT no, epoch FROM node WHERE id = $1", parameters(id));
    if (!found.next()) {
        db_.ask("INSERT INTO node(id, name) VALUES($1, $2) ON CONFLICT DO NOTHING",
                parameters(id, std::string_view(name_)));
        found = db_.ask("SELECT no, epoch FROM node WHERE id = $1", parameters(id));
        found.next();
    }
    node_ = found.integer(0);
    epoch_ = found.integer(1);
}

void lane::begin_epoch(std::int64_t epoch) {
    raise_.run(node_, epoch, std::string_view(name_));
    make_.run(node_, number_, epoch);
}

void lane::require_epoch() {
    auto found = epoch_of_.read(node_);
    if (!found.next() || found.integer(0) != epoch_)
        throw failure(fail(errc::refused, "PostgreSQL: another node has taken over"));
}

void lane::fence() {
    fence_.run(node_, number_, epoch_, commits_);
}

bool lane::was_committed() {
    db_.begin();
    try {
        auto found = look_.write(node_, number_, epoch_);
        bool const is_ours = found.next();
        auto const commits = is_ours ? found.integer(0) : 0;
        if (db_.commit() != session::outcome::done)
            throw failure(fail(errc::unreachable,
                               "PostgreSQL: it is not known yet whether a transaction is durable"));
        if (!is_ours) throw failure(fail(errc::refused, "PostgreSQL: another node has taken over"));
        return commits > commits_;
    } catch (failure const&) {
        db_.rollback();
        throw;
    }
}

}  // namespace setclick::ledger::postgres
