#include "account_table.hpp"

#include <array>
#include <tuple>
#include <utility>

namespace setclick::ledger::postgres {
namespace {

/// In the order of account_run's columns.
constexpr std::array run_states{event_state::in_flight, event_state::deferred,
                                event_state::held,      event_state::delivered,
                                event_state::rejected,  event_state::discarded};

account_row row_from(rows const& row) {
    account_row a;
    a.no = static_cast<account_no>(row.integer(0));
    a.id = row.text(1);
    a.next_sequence = row.number(2);
    a.duplicate = row.number(3);
    a.refused = row.number(4);
    auto waiting = a.next_sequence - 1;
    int column = 5;
    for (auto const state : run_states) {
        a.count(state) = row.number(column++);
        waiting -= a.count(state);
    }
    a.count(event_state::waiting) = waiting;
    a.in_doubt_ever = row.number(11);
    a.last_delivered = row.integer(12);
    read_taken_back(row.text(13), a.taken_back);
    return a;
}

}  // namespace

account_table::account_table(session& db)
    : select_(db,
              "SELECT a.no, a.id, next_sequence, duplicate, refused, in_flight, deferred, held, "
              "delivered, rejected, discarded, in_doubt_ever, last_delivered, taken_back, r.node, "
              "r.epoch, n.no IS NULL OR n.stopped OR n.epoch <> r.epoch FROM account a JOIN "
              "account_run r ON r.account = a.no LEFT JOIN node n ON n.no = r.node ORDER BY a.no"),
      lock_(db,
            "SELECT no, next_sequence, duplicate, refused FROM account WHERE no = ANY($1) ORDER BY "
            "no FOR NO KEY UPDATE"),
      knows_(db, "SELECT 1 FROM account WHERE convert_to(id, 'UTF8') = ANY($1)"),
      lock_creation_(db, "SELECT pg_advisory_xact_lock(7234794)"),
      insert_(db, "INSERT INTO account(no, id) VALUES($1, $2)"),
      insert_run_(db, "INSERT INTO account_run(account, node, epoch) VALUES($1, $2, $3)"),
      update_(db,
              "UPDATE account SET next_sequence = $2, duplicate = $3, refused = $4 WHERE no = $1"),
      update_run_(db,
                  {.table = "account_run",
                   .set = "in_flight = $4, deferred = $5, held = $6, delivered = $7, rejected = "
                          "$8, discarded = $9, in_doubt_ever = $10, last_delivered = $11, "
                          "taken_back = $12",
                   .where = "account = $1 AND node = $2 AND epoch = $3",
                   .result = "must_own(count(*))"}) {}

std::vector<account_row> account_table::all() {
    auto found = select_.read();
    stored_.clear();
    owners_.clear();
    while (found.next()) {
        auto& a = stored_.emplace_back(row_from(found));
        a.is_owned = node_ == 0 || (found.integer(14) == node_ && found.integer(15) == epoch_);
        owners_.push_back({a.no, a.id, static_cast<int>(found.integer(14)), found.integer(15),
                           found.integer(16) != 0});
    }
    return stored_;
}

account_row& account_table::stored(account_no no) {
    auto const index = static_cast<std::size_t>(no);
    if (index == 0 || index > stored_.size())
        throw failure(fail(errc::not_found, "the ledger has no account " + std::to_string(index)));
    return stored_[index - 1];
}

void account_table::lock_creation() {
    std::ignore = lock_creation_.read();
}

bool account_table::knows_any(std::vector<bytes> const& ids) {
    return knows_.read(ids).next();
}

std::vector<account_row> account_table::lock(std::vector<std::int64_t> const& accounts) {
    std::vector<account_row> out;
    auto found = lock_.read(accounts);
    while (found.next()) {
        auto& a = stored(static_cast<account_no>(found.integer(0)));
        a.count(event_state::waiting) += found.number(1) - a.next_sequence;
        a.next_sequence = found.number(1);
        a.duplicate = found.number(2);
        a.refused = found.number(3);
        out.push_back(a);
    }
    return out;
}

void account_table::insert(account_no no, std::string_view id) {
    insert_.run(no, id);
    insert_run_.run(no, node_, epoch_);
    account_row a;
    a.no = no;
    a.id = id;
    stored_.push_back(std::move(a));
}

void account_table::update(account_row const& row) {
    auto& was = stored(row.no);
    if (was.next_sequence != row.next_sequence || was.duplicate != row.duplicate ||
        was.refused != row.refused)
        update_.run(row.no, row.next_sequence, row.duplicate, row.refused);
    bool is_run = was.in_doubt_ever != row.in_doubt_ever ||
                  was.last_delivered != row.last_delivered || row.is_taken_back_dirty;
    for (auto const state : run_states)
        is_run = is_run || was.count(state) != row.counts[static_cast<std::size_t>(state)];
    if (is_run) {
        auto const in = [&](event_state s) { return row.counts[static_cast<std::size_t>(s)]; };
        update_run_.write(static_cast<std::int64_t>(row.no), row.no, node_, epoch_,
                          in(run_states[0]), in(run_states[1]), in(run_states[2]),
                          in(run_states[3]), in(run_states[4]), in(run_states[5]),
                          row.in_doubt_ever, row.last_delivered,
                          std::string_view(text_of_taken_back(row.taken_back)));
    }
    was = row;
}

std::uint64_t account_table::stored_next_id(account_no no) {
    return stored(no).next_id();
}

}  // namespace setclick::ledger::postgres
