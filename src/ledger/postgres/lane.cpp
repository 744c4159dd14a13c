#include "lane.hpp"

#include <unistd.h>

#include <array>

#include "schema_rule.hpp"

namespace setclick::ledger::postgres {
namespace {

/// For people; empty where it has none.
std::string machine_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

}  // namespace

lane::lane(session& db, std::string node, std::string name, int number)
    : db_(db),
      id_(std::move(node)),
      name_(std::move(name)),
      number_(number),
      fence_(db, {.table = "lane",
                  .set = "commits = commits + 1",
                  .where = "node = $1 AND lane = $2 AND epoch = $3 AND commits = $4",
                  .result = "must(count(*), 1)"}),
      raise_(db,
             "WITH u AS (UPDATE node SET epoch = $2, stopped = false, name = $3, machine = $4, "
             "knows = $5, leaves = false, forgotten = false WHERE no = $1 AND epoch < $2 RETURNING "
             "1) SELECT must(count(*), 1) FROM u"),
      make_(db,
            "INSERT INTO lane(node, lane, epoch) VALUES($1, $2, $3) ON CONFLICT (node, lane) DO "
            "UPDATE SET epoch = excluded.epoch"),
      wait_(db, "SELECT 1 FROM node WHERE no = $1 FOR NO KEY UPDATE"),
      look_(db,
            "UPDATE lane SET looks = looks + 1 WHERE node = $1 AND lane = $2 RETURNING epoch, "
            "commits"),
      epoch_of_(db, "SELECT epoch FROM node WHERE no = $1") {}

void lane::open() {
    auto const id = std::string_view(id_);
    auto found = db_.ask("SELECT no, epoch FROM node WHERE id = $1", parameters(id));
    if (!found.next()) {
        // The first start after an import, on the host that it was made on.
        db_.ask("UPDATE node SET id = $1 WHERE id = $3 AND name = $2",
                parameters(id, std::string_view(name_), imported_node));
        db_.ask("INSERT INTO node(id, name) VALUES($1, $2) ON CONFLICT DO NOTHING",
                parameters(id, std::string_view(name_)));
        found = db_.ask("SELECT no, epoch FROM node WHERE id = $1", parameters(id));
        found.next();
    }
    node_ = found.integer(0);
    epoch_ = found.integer(1);
    // A command while no daemon runs goes on in the epoch of the last one: nothing of it is ended by that.
    auto last = db_.ask("SELECT commits FROM lane WHERE node = $1 AND lane = $2",
                        parameters(node_, number_));
    commits_ = last.next() ? last.integer(0) : 0;
}

void lane::begin_epoch(std::int64_t epoch) {
    raise_.run(node_, epoch, std::string_view(name_), std::string_view(machine_name()),
               schema_version);
    make_.run(node_, number_, epoch);
}

void lane::require_epoch() {
    auto found = epoch_of_.read(node_);
    if (!found.next() || found.integer(0) != epoch_)
        throw failure(fail(errc::refused, "PostgreSQL: another node has taken over"));
}

void lane::fence() {
    fence_.write(number_, node_, number_, epoch_, commits_);
}

bool lane::was_committed() {
    db_.begin();
    try {
        // An epoch that begins may not have its row yet: a COMMIT that is still under way holds the node's.
        if (is_beginning_) wait_.run(node_);
        auto found = look_.write(node_, number_);
        auto const epoch = found.next() ? found.integer(0) : 0;
        auto const commits = epoch != 0 ? found.integer(1) : 0;
        if (db_.commit() != session::outcome::done)
            throw failure(fail(errc::unreachable,
                               "PostgreSQL: it is not known yet whether a transaction is durable"));
        if (is_beginning_ && epoch < epoch_) return false;
        if (epoch != epoch_)
            throw failure(fail(errc::refused, "PostgreSQL: another node has taken over"));
        return commits > commits_;
    } catch (failure const&) {
        db_.rollback();
        throw;
    }
}

}  // namespace setclick::ledger::postgres
