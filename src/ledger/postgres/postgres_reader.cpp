#include "postgres_reader.hpp"

#include <algorithm>

#include "../core/receipt_walk.hpp"
#include "file_table.hpp"
#include "schema.hpp"
#include "side_tables.hpp"

namespace setclick::ledger::postgres {
postgres_reader::postgres_reader(place const& where)
    : node_(where.node),
      db_(connect_options{where.postgres, "setclickd-reader", where.password, false},
          milliseconds{10'000}),
      rows_(db_),
      events_(rows_),
      lines_(rows_),
      reasons_(db_),
      identities_(db_),
      imported_(db_, "SELECT imported_at FROM pack WHERE first <= $1 ORDER BY first DESC LIMIT 1"),
      cluster_(db_) {
    try {
        verify_schema();
    } catch (failure const& f) {
        // It is asked again with the first question: whoever looks for long outlives its restarts.
        if (f.what_failed().code != errc::unreachable) throw;
    }
}

void postgres_reader::verify_schema() {
    if (is_verified_) return;
    require_schema(db_);
    is_verified_ = true;
}

template <class Body>
auto postgres_reader::read(Body&& body) -> result<decltype(body())> {
    try {
        verify_schema();
        db_.begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        rows_.begin();
        auto out = body();
        db_.rollback();
        return out;
    } catch (failure const& f) {
        db_.rollback();
        return f.what_failed();
    }
}

std::vector<file_info> postgres_reader::select_files(std::string_view where_and_order,
                                                     auto const&... values) {
    auto const sql = ledger::postgres::select_files() + std::string(where_and_order);
    std::vector<file_info> out;
    auto found = db_.ask(sql.c_str(), parameters(values...));
    while (found.next())
        out.push_back(file_from(found));
    return out;
}

/// When the oldest event of an account that is on its way was imported; zero for none.
wall_time postgres_reader::oldest_pending(account_row const& a) {
    std::uint64_t oldest = 0;
    // What is held waits for a person, not for us: a stall is something else.
    for (auto const state : {event_state::waiting, event_state::in_flight, event_state::deferred}) {
        if (a.counts[static_cast<std::size_t>(state)] == 0) continue;
        if (auto const first = rows_.spans().first_in(a.no, state))
            oldest = oldest == 0 ? *first : std::min(oldest, *first);
    }
    if (oldest == 0) return {};
    auto row = imported_.read(oldest);
    return row.next() ? from_ms(row.integer(0)) : wall_time{};
}

std::vector<account_info> postgres_reader::select_accounts() {
    auto found = db_.ask(
        "SELECT no, (SELECT state FROM account_note WHERE account = no), (SELECT min(due) FROM "
        "span "
        "WHERE span.state = 2 AND span.state <> 4 AND span.account = no) FROM account ORDER BY no",
        parameters());
    std::vector<account_info> out;
    for (auto const& a : rows_.known_accounts()) {
        account_info info;
        info.no = a.no;
        info.id = a.id;
        info.counts = a.counts;
        info.duplicate = a.duplicate;
        info.refused = a.refused;
        info.in_doubt_ever = a.in_doubt_ever;
        info.last_delivered = from_ms(a.last_delivered);
        info.taken_back = a.taken_back;
        if (found.next()) {
            info.state = found.text(1);
            info.next_due = from_ms(found.is_null(2) ? 0 : found.integer(2));
        }
        info.oldest_waiting = oldest_pending(a);
        out.push_back(std::move(info));
    }
    return out;
}

result<std::vector<account_info>> postgres_reader::accounts() {
    return read([&] { return select_accounts(); });
}

result<ledger_totals> postgres_reader::totals() {
    return read([&] {
        ledger_totals out;
        out.accounts = select_accounts();
        for (auto const& a : out.accounts) {
            for (std::size_t i = 0; i < event_state_count; ++i)
                out.counts[i] += a.counts[i];
            out.duplicate += a.duplicate;
            out.refused += a.refused;
            out.in_doubt_ever += a.in_doubt_ever;
            out.last_delivered = std::max(out.last_delivered, a.last_delivered);
            bool const earlier = a.oldest_waiting < out.oldest_waiting;
            if (a.oldest_waiting != wall_time{} && (out.oldest_waiting == wall_time{} || earlier))
                out.oldest_waiting = a.oldest_waiting;
        }
        auto row = db_.ask(
            "SELECT (SELECT number FROM meta WHERE key = 'refused_without_account'), (SELECT "
            "max(epoch) FROM node), (SELECT id FROM ledger), (SELECT count(*) FROM file WHERE "
            "unfinished AND NOT EXISTS (SELECT 1 FROM node WHERE node.no = file.node AND "
            "forgotten)), (SELECT claimed_at FROM file ORDER BY no DESC LIMIT 1)",
            parameters());
        if (row.next()) {
            out.refused += row.number(0);
            out.run = row.number(1);
            out.ledger_id = row.text(2);
            out.files_open = row.number(3);
            out.last_file = from_ms(row.integer(4));
        }
        return out;
    });
}

result<std::vector<history_slot>> postgres_reader::history() {
    return read([&] { return history_of(db_); });
}

result<std::vector<file_info>> postgres_reader::files_named(std::string_view name,
                                                            std::uint32_t limit) {
    return read([&] {
        return select_files("WHERE name = $1 ORDER BY no DESC LIMIT $2", bytes{name}, limit);
    });
}

result<file_info> postgres_reader::file(file_no no) {
    return read([&] {
        auto found = select_files("WHERE no = $1", no);
        if (found.empty())
            throw failure(
                fail(errc::not_found,
                     "the ledger has no file " + std::to_string(static_cast<std::uint64_t>(no))));
        return std::move(found.front());
    });
}

result<std::vector<file_info>> postgres_reader::newest_files(std::uint32_t most) {
    return read([&] { return select_files("ORDER BY no DESC LIMIT $1", most); });
}

result<std::vector<file_info>> postgres_reader::newest_done(std::uint32_t most) {
    return read([&] {
        return select_files(
            "WHERE no > (SELECT coalesce(max(no), 0) FROM file) - $1 AND is_done AND done_name <> "
            "'' "
            "AND substr(done_name, 1, 1) <> '/' ORDER BY no",
            most);
    });
}

result<reader::page> postgres_reader::list(event_filter const& filter, event_no after,
                                           std::uint32_t limit) {
    return read([&] { return events_.list(filter, after, limit); });
}

result<event_details> postgres_reader::show(event_no no) {
    return read([&] { return events_.show(no); });
}

result<reader::receipt_page> postgres_reader::receipts(account_no account, wall_time imported_since,
                                                       event_no after, std::uint32_t limit) {
    return read([&] { return receipts_page(rows_, account, imported_since, after, limit); });
}

result<std::string> postgres_reader::endpoint_note() {
    return read([&] {
        auto row = db_.ask(
            "SELECT state FROM account_note WHERE account < 0 ORDER BY account = "
            "-(SELECT no FROM node WHERE id = $1) DESC NULLS LAST, account DESC "
            "LIMIT 1",
            parameters(std::string_view(node_)));
        return row.next() ? std::string(row.text(0)) : std::string();
    });
}

result<std::vector<std::pair<account_no, std::string>>> postgres_reader::verdicts() {
    return read([&] {
        std::vector<std::pair<account_no, std::string>> out;
        auto found = db_.ask(
            "SELECT substr(key, 9)::bigint, value FROM meta WHERE key LIKE 'verdict/%' ORDER BY "
            "key",
            parameters());
        while (found.next())
            out.emplace_back(static_cast<account_no>(found.integer(0)), std::string(found.text(1)));
        return out;
    });
}

result<known_identity> postgres_reader::find_identity(account_no account, std::string_view event_id,
                                                      content_key const& content) {
    return read([&] {
        std::string key;
        if (event_id.empty())
            append_content_identity(key, content);
        else
            append_event_identity(key, account, event_id);
        auto const held = identities_.find_one(key);
        if (held.event == 0) throw failure(fail(errc::not_found, "nothing has this identity"));
        auto const span = span_map(rows_.spans()).find(held.event);
        auto const state = span.state_of(held.event);
        return known_identity{event_no{held.event},
                              event_id.empty() || held.content == content_part(content),
                              is_final(state) && state != event_state::delivered};
    });
}

result<event_no> postgres_reader::find_event_id(account_no account, std::string_view event_id) {
    return read([&] {
        std::string key;
        append_event_identity(key, account, event_id);
        auto const holder = identities_.find_one(key);
        if (holder.event == 0) throw failure(fail(errc::not_found, "no event has this event_id"));
        return event_no{holder.event};
    });
}

result<std::vector<refused_row>> postgres_reader::refused_lines(file_no file,
                                                                std::uint64_t after_line,
                                                                std::uint32_t limit) {
    return read([&] { return lines_.refused(file, after_line, limit); });
}

result<std::vector<rejected_row>> postgres_reader::rejected_events(file_no file, event_no after,
                                                                   std::uint32_t limit) {
    return read([&] { return lines_.rejected(file, after, limit); });
}

result<std::vector<duplicate_row>> postgres_reader::duplicates(file_no file,
                                                               std::uint64_t after_line,
                                                               std::uint32_t limit) {
    return read([&] { return lines_.duplicates(file, after_line, limit); });
}

result<bool> postgres_reader::count_refused(file_no file, std::uint64_t& after, std::uint32_t limit,
                                            reason_counts& to) {
    return read([&] { return lines_.count_refused(file, after, limit, to); });
}

result<bool> postgres_reader::count_rejected(file_no file, event_no& after, std::uint32_t limit,
                                             reason_counts& to) {
    return read([&] { return lines_.count_rejected(file, after, limit, to); });
}

result<std::uint32_t> postgres_reader::look_at_rejected(file_no file, std::uint32_t limit,
                                                        reason_counts& to) {
    return read([&] { return reasons_.look_at_rejected(file, limit, to); });
}

result<held_look> postgres_reader::held(account_no account, std::uint32_t limit) {
    return read([&] { return reasons_.held(account, limit); });
}

result<cluster_view> postgres_reader::cluster() {
    return read([&] { return cluster_.look(); });
}

}  // namespace setclick::ledger::postgres
