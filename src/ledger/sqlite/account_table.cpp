#include "account_table.hpp"

#include <charconv>
#include <system_error>
#include <utility>

#include "../core/span.hpp"

namespace setclick::ledger {

namespace {

std::string key_of_taken_back(account_no no) {
    return taken_back_key + std::to_string(static_cast<std::uint32_t>(no));
}

std::string text_of_taken_back(std::array<std::uint64_t, event_state_count> const& counts) {
    std::string out;
    for (std::size_t i = 0; i < event_state_count; ++i)
        if (is_final(static_cast<event_state>(i)))
            out += (out.empty() ? "" : " ") + std::to_string(counts[i]);
    return out;
}

}  // namespace

account_row account_from(statement::cursor const& row) {
    account_row a;
    a.no = static_cast<account_no>(row.integer(0));
    a.id = row.text(1);
    a.next_sequence = row.number(2);
    for (std::size_t i = 0; i < event_state_count; ++i)
        a.counts[i] = row.number(3 + static_cast<int>(i));
    a.duplicate = row.number(10);
    a.refused = row.number(11);
    a.in_doubt_ever = row.number(12);
    a.last_delivered = row.integer(13);
    return a;
}

void read_taken_back(std::string_view text, std::array<std::uint64_t, event_state_count>& out) {
    for (std::size_t i = 0; i < event_state_count; ++i) {
        if (!is_final(static_cast<event_state>(i))) continue;
        while (text.starts_with(' '))
            text.remove_prefix(1);
        auto const* const end = text.data() + text.size();
        auto const read = std::from_chars(text.data(), end, out[i]);
        if (read.ec != std::errc{}) return;
        text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
    }
}

account_table::account_table(connection& db)
    : select_(db, std::string("SELECT ") + account_columns + " FROM account ORDER BY no"),
      insert_(db, "INSERT INTO account(no, id) VALUES(?, ?)"),
      update_(db,
              "UPDATE account SET next_sequence = ?2, waiting = ?3, in_flight = ?4, deferred = ?5, "
              "held = ?6, delivered = ?7, rejected = ?8, discarded = ?9, duplicate = ?10, "
              "refused = ?11, in_doubt_ever = ?12, last_delivered = ?13 WHERE no = ?1"),
      select_taken_back_(db, "SELECT value FROM meta WHERE key = ?"),
      keep_taken_back_(db, "INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)") {
    reload();
}

void account_table::reload() {
    rows_.clear();
    names_.clear();
    dirty_.clear();
    news_ = {};
    auto rows = select_.rows();
    while (rows.next()) {
        auto a = account_from(rows);
        if (static_cast<std::size_t>(a.no) != rows_.size() + 1)
            throw failure(
                fail(errc::io, "the ledger's accounts are damaged; run `setclickd ledger check`"));
        names_.emplace(a.id, a.no);
        rows_.push_back(std::move(a));
    }
    for (auto& a : rows_) {
        auto kept = select_taken_back_.rows(key_of_taken_back(a.no));
        if (kept.next()) read_taken_back(kept.text(0), a.taken_back);
    }
}

account_row* account_table::named(std::string_view id) {
    auto const it = names_.find(id);
    return it == names_.end() ? nullptr : &at(it->second);
}

account_row& account_table::at(account_no no) {
    auto const index = static_cast<std::size_t>(no);
    if (index == 0 || index > rows_.size())
        throw failure(fail(errc::not_found, "the ledger has no account " + std::to_string(index)));
    return rows_[index - 1];
}

account_row& account_table::add(std::string_view id) {
    auto const no = rows_.size() + 1;
    insert_.run(no, id);
    account_row a;
    a.no = static_cast<account_no>(no);
    a.id = id;
    names_.emplace(a.id, a.no);
    return rows_.emplace_back(std::move(a));
}

void account_table::move(account_row& a, event_state from, event_state to, std::uint64_t count) {
    a.count(from) -= count;
    a.count(to) += count;
    if (to == event_state::delivered) news_.delivered += count;
    if (to == event_state::rejected) news_.rejected += count;
    if (to == event_state::deferred) news_.deferred += count;
    if (to == event_state::discarded) news_.discarded += count;
    if (is_final(from)) {
        a.taken_back[static_cast<std::size_t>(from)] += count;
        a.is_taken_back_dirty = true;
    }
    touch(a);
}

void account_table::doubt(account_row& a, std::uint64_t count) {
    a.in_doubt_ever += count;
    news_.in_doubt += count;
    touch(a);
}

void account_table::refuse(account_row* a, std::uint64_t count) {
    news_.rejected += count;
    if (a == nullptr) return;
    a->refused += count;
    touch(*a);
}

void account_table::repeat(account_row& a, std::uint64_t count) {
    a.duplicate += count;
    news_.duplicate += count;
    touch(a);
}

void account_table::touch(account_row& a) {
    if (a.dirty) return;
    a.dirty = true;
    dirty_.push_back(a.no);
}

void account_table::flush() {
    for (auto const no : dirty_) {
        auto& a = at(no);
        a.dirty = false;
        auto const& c = a.counts;
        update_.run(a.no, a.next_sequence, c[0], c[1], c[2], c[3], c[4], c[5], c[6], a.duplicate,
                    a.refused, a.in_doubt_ever, a.last_delivered);
        if (std::exchange(a.is_taken_back_dirty, false))
            keep_taken_back_.run(key_of_taken_back(a.no), text_of_taken_back(a.taken_back));
    }
    dirty_.clear();
}

}  // namespace setclick::ledger
