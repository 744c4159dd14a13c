#include "command_table.hpp"

#include <string>

namespace setclick::ledger::postgres {
namespace {

/// Done ones; who waits for one looks some times a second.
constexpr std::int64_t most_done = 5'000;
constexpr std::string_view pause_key = "endpoint_pause";

std::string seen_key(std::int64_t node) {
    return std::string(pause_key) + "/" + std::to_string(node);
}

}  // namespace

command_table::command_table(session& db)
    : open_(db,
            "SELECT id, account, request, who, progress, (greatest(extract(epoch FROM "
            "clock_timestamp() - at), 0) * 1000)::bigint FROM command WHERE NOT done ORDER BY id "
            "LIMIT 10000"),
      pause_(db,
             "SELECT key = $1, version, value FROM shared WHERE key = $1 OR key = $2 ORDER BY 1"),
      write_(db,
             "UPDATE command c SET progress = $2, answer = $3, done = $4 WHERE id = $1 AND NOT "
             "done AND (account = 0 OR EXISTS (SELECT 1 FROM account_run r WHERE r.account = "
             "c.account AND r.node = $5 AND r.epoch = $6)) RETURNING 1"),
      trim_(db, "DELETE FROM command WHERE done AND id <= $1"),
      set_pause_(db,
                 "INSERT INTO shared(key, version, value) VALUES($1, 1, $2) ON CONFLICT (key) DO "
                 "UPDATE SET version = shared.version + 1, value = excluded.value"),
      saw_pause_(db,
                 "INSERT INTO shared(key, version) VALUES($1, $2) ON CONFLICT (key) DO UPDATE SET "
                 "version = excluded.version"),
      drain_(db, "UPDATE node SET leaves = $2 WHERE no = $1 AND NOT stopped RETURNING 1"),
      forget_(db, "UPDATE node SET forgotten = true WHERE no = $1 AND stopped RETURNING 1") {}

std::vector<node_command> command_table::open_from(rows found) {
    std::vector<node_command> out;
    while (found.next())
        out.push_back({found.integer(0), static_cast<account_no>(found.integer(1)),
                       std::string(found.text(2)), std::string(found.text(3)),
                       std::string(found.text(4)), milliseconds{found.integer(5)}});
    return out;
}

void command_table::look_pause(std::int64_t node) {
    pause_.look_later(pause_key, std::string_view(seen_key(node)));
}

endpoint_pause command_table::pause_from(rows found) {
    endpoint_pause out;
    while (found.next()) {
        if (found.integer(0) == 0) {
            out.seen = found.integer(1);
        } else {
            out.version = found.integer(1);
            out.value = found.text(2);
        }
    }
    return out;
}

void command_table::write(std::int64_t command, command_note const& note, std::int64_t node,
                          std::int64_t epoch) {
    if (!write_
             .write(command, std::string_view(note.progress), std::string_view(note.answer),
                    note.is_done, node, epoch)
             .next())
        throw failure(
            fail(errc::not_found, "the command is done, or its account is another node's"));
    if (note.is_done && command > most_done) trim_.run(command - most_done);
}

void command_table::change(cluster_change const& what) {
    using enum cluster_change::kind;
    auto const require = [&](rows found, char const* why) {
        if (!found.next()) throw failure(fail(errc::invalid_data, why));
    };
    switch (what.is) {
        case set_endpoint_pause:
            set_pause_.run(pause_key, std::string_view(what.pause));
            break;
        case drain:
        case undrain:
            require(drain_.write(what.node, what.is == drain),
                    "there is no such node, or it does not run");
            break;
        case forget:
            require(forget_.write(what.node), "there is no such node, or it lives");
            break;
    }
}

void command_table::saw_pause(std::int64_t version, std::int64_t node) {
    saw_pause_.run(std::string_view(seen_key(node)), version);
}

}  // namespace setclick::ledger::postgres
