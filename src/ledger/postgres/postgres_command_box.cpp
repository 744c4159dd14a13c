#include "postgres_command_box.hpp"

#include <set>
#include <string>
#include <utility>

#include "owner_table.hpp"
#include "schema.hpp"

namespace setclick::ledger::postgres {
namespace {

constexpr milliseconds call_limit{10'000};
/// More accounts in one wake-up are "all".
constexpr std::size_t most_named = 500;

std::string accounts_named(std::span<new_command const> commands) {
    std::set<account_no> accounts;
    for (auto const& c : commands)
        accounts.insert(c.account);
    if (accounts.contains(account_no{}) || accounts.size() > most_named) return {};
    std::string out;
    for (auto const no : accounts)
        out += (out.empty() ? "" : ",") + std::to_string(static_cast<std::uint32_t>(no));
    return out;
}

}  // namespace

postgres_command_box::postgres_command_box(place const& where)
    : node_(where.node),
      db_(connect_options{where.postgres, "setclickd-command", where.password}, call_limit),
      nodes_(db_, select_nodes),
      owners_(db_,
              "SELECT a.no, a.id, r.node, r.epoch, n.no IS NULL OR n.stopped OR n.epoch <> r.epoch "
              "FROM account a JOIN account_run r ON r.account = a.no LEFT JOIN node n ON n.no = "
              "r.node ORDER BY a.no"),
      give_(db_,
            "INSERT INTO command(node, account, request, who) VALUES(coalesce((SELECT no FROM node "
            "WHERE id = $1), 0), $2, $3, $4 || ', as ' || session_user) RETURNING id"),
      wake_(db_, "SELECT pg_notify('setclickd', $1)"),
      follow_(db_, "SELECT id, progress, answer, done FROM command WHERE id = ANY($1) ORDER BY id"),
      without_pause_(
          db_,
          "SELECT n.no FROM node n, shared s WHERE s.key = 'endpoint_pause' AND NOT n.stopped AND "
          "coalesce((SELECT version FROM shared WHERE key = 'endpoint_pause/' || n.no), 0) < "
          "s.version ORDER BY n.no"),
      files_(db_,
             "SELECT no, name, size, \"offset\", at_end FROM file WHERE node = $1 AND unfinished "
             "ORDER BY no LIMIT $2") {
    require_schema(db_);
}

template <class Body>
auto postgres_command_box::call(Body&& body) -> result<decltype(body())> {
    try {
        if (!db_.is_connected()) db_.connect();
        return body();
    } catch (failure const& f) {
        db_.rollback();
        if (f.what_failed().code == errc::unreachable) db_.disconnect();
        return f.what_failed();
    }
}

result<cluster_look> postgres_command_box::look() {
    return call([&] {
        nodes_.look_later();
        owners_.look_later();
        auto found = db_.looked();
        cluster_look out;
        out.nodes = owner_table::nodes_from(std::move(found.at(0)));
        auto& owners = found.at(1);
        while (owners.next())
            out.owners.push_back({static_cast<account_no>(owners.integer(0)),
                                  std::string(owners.text(1)), static_cast<int>(owners.integer(2)),
                                  owners.integer(3), owners.integer(4) != 0});
        return out;
    });
}

result<std::vector<std::int64_t>> postgres_command_box::give(
    std::span<new_command const> commands) {
    return call([&] {
        std::vector<std::int64_t> out;
        db_.begin();
        for (auto const& c : commands) {
            auto row = give_.write(std::string_view(node_), c.account, std::string_view(c.request),
                                   std::string_view(c.who));
            row.next();
            out.push_back(row.integer(0));
        }
        if (db_.commit() != session::outcome::done)
            throw failure(
                fail(errc::unreachable,
                     "PostgreSQL did not answer a COMMIT: the command may be given, and is "
                     "carried out then; look before it is given again"));
        // Never in a transaction of the ledger. What is lost is found by the nodes' next look.
        try {
            std::ignore = wake_.read(std::string_view(accounts_named(commands)));
        } catch (failure const&) {
            db_.disconnect();
        }
        return out;
    });
}

result<std::vector<given_command>> postgres_command_box::follow(std::span<std::int64_t const> ids) {
    return call([&] {
        std::vector<given_command> out;
        auto found = follow_.read(std::vector<std::int64_t>(ids.begin(), ids.end()));
        while (found.next())
            out.push_back({found.integer(0), std::string(found.text(1)), std::string(found.text(2)),
                           found.integer(3) != 0});
        return out;
    });
}

result<std::vector<int>> postgres_command_box::without_endpoint_pause() {
    return call([&] {
        std::vector<int> out;
        auto found = without_pause_.read();
        while (found.next())
            out.push_back(static_cast<int>(found.integer(0)));
        return out;
    });
}

result<std::vector<open_file>> postgres_command_box::open_files(int node, std::uint32_t most) {
    return call([&] {
        std::vector<open_file> out;
        auto found = files_.read(node, most);
        while (found.next())
            out.push_back({static_cast<file_no>(found.number(0)), std::string(found.text(1)),
                           found.number(2), found.number(3), found.integer(4) != 0});
        return out;
    });
}

}  // namespace setclick::ledger::postgres
