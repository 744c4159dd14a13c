#include "span_table.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>
#include <utility>

namespace setclick::ledger::postgres {
namespace {

constexpr std::int64_t spans_a_page = 256;

// The same columns of both tables, with what the other one has not.
constexpr char const* span_columns =
    "first, last, state, failed, 0::smallint AS policy, reason, at, due, 0::bigint AS run, "
    "NULL::bytea AS settled FROM span";
constexpr char const* claim_columns =
    "first, last, 1::smallint AS state, failed, policy, ''::text AS reason, at, 0::bigint AS due, "
    "epoch AS run, settled FROM claim";

std::string both(std::string const& condition, std::string const& order) {
    return std::string("(SELECT ") + span_columns + " WHERE " + condition + order +
           ") UNION ALL (SELECT " + claim_columns + " WHERE " + condition + order + ")";
}

span_row span_from(rows const& row) {
    span_row out;
    out.first = row.number(0);
    out.last = row.number(1);
    out.is.state = static_cast<event_state>(row.integer(2));
    out.is.failed = row.integer(3) != 0;
    out.is.policy = static_cast<doubt_policy>(row.integer(4));
    out.is.reason = row.text(5);
    out.is.at = row.integer(6);
    out.is.due = row.integer(7);
    out.is.run = row.number(8);
    if (auto const bits = row.text(9); !bits.empty()) {
        out.settled.resize((out.size() + 63) / 64);
        std::memcpy(out.settled.data(), bits.data(), std::min(bits.size(), out.settled.size() * 8));
        for (auto const word : out.settled)
            out.settled_count += static_cast<std::uint64_t>(std::popcount(word));
    }
    return out;
}

/// Calls write(bits): null where no event of the claim is settled.
template <class Write>
void with_bits(span_row const& row, Write&& write) {
    if (row.settled.empty())
        write(nullptr);
    else
        write(bytes{std::string_view(reinterpret_cast<char const*>(row.settled.data()),
                                     row.settled.size() * sizeof(std::uint64_t))});
}

std::uint64_t first_id(account_no no) {
    return event_no::of(no, 1).value;
}

}  // namespace

span_table::span_table(session& db, account_table& accounts)
    : db_(db),
      accounts_(accounts),
      select_(db, both("first <= $1 AND first >= $2", " ORDER BY first DESC LIMIT 1") +
                      " ORDER BY first DESC LIMIT 1"),
      put_(db,
           {.table = "span",
            .set = "last = $2, state = $4, failed = $5, reason = $6, at = $7, due = $8",
            .where = "first = $1",
            .insert = "(first, last, account, state, failed, reason, at, due) SELECT $1, $2, $3, "
                      "$4, $5, $6, $7, $8",
            .on_conflict = "ON CONFLICT (first) DO UPDATE SET last = excluded.last, state = "
                           "excluded.state, failed = excluded.failed, reason = "
                           "excluded.reason, at = excluded.at, due = excluded.due"}),
      put_claim_(
          db,
          "INSERT INTO claim(first, last, account, node, epoch, policy, failed, at, settled) "
          "VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9)"),
      settle_(db, "UPDATE claim SET last = $2, settled = $3 WHERE first = $1"),
      erase_(db, "DELETE FROM span WHERE first = $1"),
      erase_claim_(db, "DELETE FROM claim WHERE first = $1"),
      waiting_(db,
               std::string("SELECT ") + span_columns +
                   " WHERE state = 0 AND state <> 4 AND account = $1 ORDER BY due, first LIMIT $2"),
      due_(db,
           std::string("SELECT ") + span_columns +
               " WHERE state = 2 AND state <> 4 AND account = $1 AND due <= $2 ORDER BY due LIMIT "
               "$3"),
      due_after_(db,
                 std::string("SELECT ") + span_columns +
                     " WHERE state = 2 AND state <> 4 AND account = $1 AND due > $2 ORDER BY due "
                     "LIMIT $3"),
      claims_(db, std::string("SELECT ") + claim_columns +
                      " WHERE node = $1 AND epoch <> $2 ORDER BY first"),
      claims_of_others_(db, std::string("SELECT ") + claim_columns +
                                " WHERE account = ANY($1) AND node <> $2 ORDER BY first"),
      due_times_(db,
                 "SELECT min(due), max(due) FROM span WHERE state = 2 AND state <> 4 AND account = "
                 "$1"),
      first_in_(db, "SELECT min(first) FROM span WHERE state = $2 AND state <> 4 AND account = $1"),
      first_claim_(db, "SELECT min(first) FROM claim WHERE first >= $1 AND first < $2"),
      page_(db, both("first >= $1 AND first < $2", " ORDER BY first LIMIT $3") +
                    " ORDER BY first LIMIT $3"),
      page_in_state_(db, std::string("SELECT ") + span_columns +
                             " WHERE state = $4 AND state <> 4 AND account = $3 AND last >= $1 "
                             "AND first < $2 ORDER BY first LIMIT 256") {}

bool span_table::is_fresh(span_row const& row) {
    return row.is == span_state{} &&
           row.last + 1 >= accounts_.stored_next_id(event_no{row.first}.account());
}

bool span_table::has_no_row(std::uint64_t first) {
    auto const known = fresh_.find(event_no{first}.account());
    return known != fresh_.end() && known->second == first;
}

std::uint64_t span_table::fresh_begin(account_no account) {
    if (auto const known = fresh_.find(account); known != fresh_.end()) return known->second;
    auto row =
        select_.read(event_no::of(account_no{static_cast<std::uint32_t>(account) + 1}, 0).value - 1,
                     first_id(account));
    auto const begin = row.next() ? row.number(1) + 1 : first_id(account);
    if (accounts_.is_owned(account)) fresh_[account] = begin;
    return begin;
}

std::optional<span_row> span_table::at_or_before(std::uint64_t id) {
    auto const account = event_no{id}.account();
    if (account == account_no{0} || static_cast<std::size_t>(account) > accounts_.count())
        return std::nullopt;
    auto const ahead = ahead_rows_.upper_bound(id);
    if (ahead != ahead_rows_.begin())
        if (auto const& row = std::prev(ahead)->second; row.last >= id) return row;
    auto const end = accounts_.stored_next_id(account);
    if (id >= end) return std::nullopt;
    if (accounts_.is_owned(account)) {
        span_row fresh;
        fresh.first = fresh_begin(account);
        fresh.last = end - 1;
        if (id >= fresh.first) return fresh;
    }
    auto row = select_.read(id, first_id(account));
    std::optional<span_row> found;
    if (row.next()) found = span_from(row);
    if (found && found->last >= id) return found;
    // What no row covers comes after the last one.
    span_row fresh;
    fresh.first = found ? found->last + 1 : first_id(account);
    fresh.last = end - 1;
    return fresh;
}

void span_table::put(span_row const& r) {
    auto const account = event_no{r.first}.account();
    if (auto const known = fresh_.find(account); known != fresh_.end())
        known->second = std::max(known->second, r.last + 1);
    if (r.is.state == event_state::in_flight) {
        with_bits(r, [&](auto const& bits) {
            put_claim_.run(r.first, r.last, account, node_, r.is.run, r.is.policy, r.is.failed,
                           r.is.at, bits);
        });
        return;
    }
    put_.write(static_cast<std::int64_t>(r.first), r.first, r.last, account, r.is.state,
               r.is.failed, std::string_view(r.is.reason), r.is.at, r.is.due);
}

void span_table::insert(span_row const& r) {
    if (is_fresh(r))
        fresh_[event_no{r.first}.account()] = r.first;
    else
        put(r);
}

void span_table::update(span_row const& r, key const& was) {
    bool const was_claim = was.state == event_state::in_flight;
    bool const is_claim = r.is.state == event_state::in_flight;
    if (was_claim && is_claim) {
        with_bits(r, [&](auto const& bits) { settle_.run(r.first, r.last, bits); });
        return;
    }
    if (is_fresh(r)) {
        erase(r.first, was.state);
        fresh_[event_no{r.first}.account()] = r.first;
        return;
    }
    if (was_claim != is_claim) erase(r.first, was.state);
    put(r);
}

void span_table::erase(std::uint64_t first, event_state was) {
    if (was == event_state::in_flight)
        erase_claim_.run(first);
    else if (!has_no_row(first))
        erase_.run(first);
}

void span_table::each(rows found, first_visit const& visit) {
    while (found.next())
        if (!visit(found.number(0))) return;
}

std::optional<span_row> span_table::fresh_of(account_no account) {
    span_row fresh;
    fresh.first = fresh_begin(account);
    fresh.last = accounts_.stored_next_id(account) - 1;
    if (fresh.last < fresh.first) return std::nullopt;
    return fresh;
}

void span_table::each_waiting(account_no account, std::uint64_t waiting, std::uint64_t most,
                              first_visit const& visit) {
    auto const fresh = fresh_of(account);
    bool goes_on = true;
    if (auto const ahead = ahead_.find(account); ahead != ahead_.end()) {
        for (auto const first : ahead->second.waiting)
            if (!(goes_on = visit(first))) return;
    } else if (!fresh || fresh->size() < waiting) {
        each(waiting_.read(account, most),
             [&](std::uint64_t first) { return goes_on = visit(first); });
    }
    if (goes_on && fresh) visit(fresh->first);
}

void span_table::each_due(account_no account, std::int64_t until, std::uint64_t most,
                          first_visit const& visit) {
    auto const ahead = ahead_.find(account);
    if (ahead == ahead_.end()) return each(due_.read(account, until, most), visit);
    for (auto const first : ahead->second.due)
        if (!visit(first)) return;
}

void span_table::each_due_after(account_no account, std::int64_t until, std::uint64_t most,
                                first_visit const& visit) {
    auto const ahead = ahead_.find(account);
    if (ahead == ahead_.end()) return each(due_after_.read(account, until, most), visit);
    for (auto const first : ahead->second.due_after)
        if (!visit(first)) return;
}

void span_table::read_ahead(std::vector<wanted> const& accounts) {
    forget_ahead();
    for (auto const& w : accounts) {
        if (w.is_deferred) {
            due_.look_later(w.account, w.now, w.most);
            due_after_.look_later(w.account, w.latest, w.most);
        }
        if (w.is_waiting) waiting_.look_later(w.account, w.most);
    }
    auto found = db_.looked();
    auto next = found.begin();
    auto const take = [&](std::vector<std::uint64_t>& to) {
        for (auto& row = *next++; row.next();) {
            auto span = span_from(row);
            to.push_back(span.first);
            auto const first = span.first;
            ahead_rows_.insert_or_assign(first, std::move(span));
        }
    };
    for (auto const& w : accounts) {
        auto& ahead = ahead_[w.account];
        if (w.is_deferred) {
            take(ahead.due);
            take(ahead.due_after);
        }
        if (w.is_waiting) take(ahead.waiting);
    }
}

std::vector<span_row> span_table::ahead_of(account_no account) const {
    std::vector<span_row> out;
    auto const ahead = ahead_.find(account);
    if (ahead == ahead_.end()) return out;
    for (auto const* list : {&ahead->second.due, &ahead->second.due_after, &ahead->second.waiting})
        for (auto const first : *list)
            out.push_back(ahead_rows_.at(first));
    return out;
}

std::vector<span_row> span_table::claims_before(std::uint64_t run) {
    std::vector<span_row> out;
    auto found = claims_.read(node_, run);
    while (found.next())
        out.push_back(span_from(found));
    return out;
}

std::vector<span_row> span_table::claims_of_others(std::vector<std::int64_t> const& accounts) {
    std::vector<span_row> out;
    auto found = claims_of_others_.read(accounts, node_);
    while (found.next())
        out.push_back(span_from(found));
    return out;
}

std::optional<span_rows::due_range> span_table::due_times(account_no account) {
    if (is_later_) {
        due_times_.look_later(account);
        return std::nullopt;
    }
    return due_times_from(due_times_.read(account));
}

std::optional<span_rows::due_range> span_table::due_times_from(rows row) {
    if (!row.next() || row.is_null(0)) return std::nullopt;
    return due_range{row.integer(0), row.integer(1)};
}

std::optional<std::uint64_t> span_table::first_in(account_no account, event_state state) {
    auto const first = [](rows row) -> std::optional<std::uint64_t> {
        if (!row.next() || row.is_null(0)) return std::nullopt;
        return row.number(0);
    };
    if (state == event_state::in_flight)
        return first(first_claim_.read(
            first_id(account),
            event_no::of(account_no{static_cast<std::uint32_t>(account) + 1}, 0).value));
    auto const stored = first(first_in_.read(account, state));
    if (stored || state != event_state::waiting) return stored;
    auto const fresh = fresh_of(account);
    return fresh ? std::optional(fresh->first) : std::nullopt;
}

std::vector<span_row> span_table::page(std::uint64_t first, std::optional<event_state> state) {
    auto const account = event_no{first}.account();
    auto const end = event_no::of(account_no{static_cast<std::uint32_t>(account) + 1}, 0).value;
    auto from = std::max(first, first_id(account));
    std::vector<span_row> out;
    bool const is_stored_only =
        state && *state != event_state::waiting && *state != event_state::in_flight;
    if (is_stored_only) {
        auto found = page_in_state_.read(from, end, account, *state);
        while (found.next())
            out.push_back(span_from(found));
        return out;
    }
    // The one that holds the first id may begin before it.
    if (auto const holds = at_or_before(from); holds && holds->last >= from) {
        out.push_back(*holds);
        from = holds->last + 1;
    }
    auto found = page_.read(from, end, spans_a_page);
    while (found.next())
        out.push_back(span_from(found));
    if (found.count() < spans_a_page)
        if (auto const fresh = fresh_of(account))
            if (out.empty() ? fresh->last >= first : out.back().last < fresh->first)
                out.push_back(*fresh);
    return out;
}

}  // namespace setclick::ledger::postgres
