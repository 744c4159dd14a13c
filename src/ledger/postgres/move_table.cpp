#include "move_table.hpp"

#include "account_numbers.hpp"

namespace setclick::ledger::postgres {
namespace {

constexpr int most_moves_kept = 1000;

}  // namespace

move_table::move_table(session& db)
    : takeable_(db,
                "SELECT r.account, r.node, CASE WHEN n.no IS NULL THEN 1 WHEN n.stopped AND "
                "n.epoch = r.epoch THEN 2 ELSE 3 END FROM account_run r LEFT JOIN node n ON n.no = "
                "r.node WHERE ($1 OR r.account = ANY($2)) AND r.node <> $3 AND (n.no IS NULL OR "
                "n.stopped OR n.epoch <> r.epoch) ORDER BY r.account"),
      taken_(db,
             "INSERT INTO move(account, from_node, to_node, how, in_doubt) SELECT u.a, u.f, $1, "
             "u.h, u.d FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[]) AS "
             "u(a, f, h, d)"),
      given_(db,
             "INSERT INTO move(account, from_node, to_node, how, in_doubt) SELECT u.a, $2, 0, CASE "
             "WHEN EXISTS (SELECT 1 FROM node WHERE no = $2 AND leaves) THEN 5 ELSE 4 END, 0 FROM "
             "unnest($1::bigint[]) AS u(a)"),
      trim_(db, "DELETE FROM move WHERE id <= (SELECT max(id) FROM move) - $1") {}

std::vector<taken_account> move_table::takeable(std::span<account_no const> accounts, bool all,
                                                std::int64_t node) {
    std::vector<taken_account> out;
    auto found = takeable_.read(all, numbers_of(accounts), node);
    while (found.next())
        out.push_back({static_cast<account_no>(found.integer(0)),
                       static_cast<int>(found.integer(1)), static_cast<move_how>(found.integer(2)),
                       0});
    return out;
}

void move_table::add_taken(std::vector<taken_account> const& moves, std::int64_t node) {
    if (moves.empty()) return;
    std::vector<std::int64_t> accounts;
    std::vector<std::int64_t> from;
    std::vector<std::int64_t> how;
    std::vector<std::int64_t> in_doubt;
    for (auto const& m : moves) {
        accounts.push_back(static_cast<std::int64_t>(m.account));
        from.push_back(m.from);
        how.push_back(static_cast<std::int64_t>(m.how));
        in_doubt.push_back(m.in_doubt);
    }
    taken_.run(node, accounts, from, how, in_doubt);
    trim_.run(most_moves_kept);
}

void move_table::add_given(std::span<account_no const> accounts, std::int64_t node) {
    if (accounts.empty()) return;
    given_.run(numbers_of(accounts), node);
    trim_.run(most_moves_kept);
}

}  // namespace setclick::ledger::postgres
