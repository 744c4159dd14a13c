#include "sqlite_reader.hpp"

#include <algorithm>
#include <cstdlib>

#include "../core/receipt_walk.hpp"
#include "file_table.hpp"
#include "history_table.hpp"
#include "identity_index.hpp"
#include "ledger_files.hpp"
#include "schema.hpp"
#include "span_table.hpp"

namespace setclick::ledger {
namespace {

/// When the oldest event of an account that is on its way was imported; 0 for none. Prepared once for all
/// accounts: there may be five hundred, once a second.
class oldest_pending {
public:
    explicit oldest_pending(connection& db)
        : first_(db,
                 "SELECT min(first) FROM span WHERE state = ?2 AND state <> 4 AND account = ?1"),
          imported_(db,
                    "SELECT imported_at FROM pack WHERE first <= ? ORDER BY first DESC LIMIT 1") {}

    std::int64_t of(account_row const& a) {
        std::uint64_t oldest = 0;
        // What is held waits for a person, not for us: a stall is something else.
        for (auto const state :
             {event_state::waiting, event_state::in_flight, event_state::deferred}) {
            if (a.counts[static_cast<std::size_t>(state)] == 0) continue;
            auto rows = first_.rows(a.no, state);
            if (!rows.next() || rows.is_null(0)) continue;
            oldest = oldest == 0 ? rows.number(0) : std::min(oldest, rows.number(0));
        }
        if (oldest == 0) return 0;
        auto rows = imported_.rows(oldest);
        return rows.next() ? rows.integer(0) : 0;
    }

private:
    statement first_;
    statement imported_;
};

connection open_for_reading(std::string const& path) {
    require_own_log(path);
    return {path, connection::mode::read_only};
}

/// The tables that the statements name are there only in a ledger of this version.
connection& prepared(connection& db) {
    prepare_for_reading(db);
    require_version(db);
    return db;
}

}  // namespace

sqlite_reader::sqlite_reader(std::string const& path)
    : db_(open_for_reading(path)),
      rows_(prepared(db_)),
      events_(rows_),
      lines_(rows_),
      reasons_(db_) {}

template <class Body>
auto sqlite_reader::read(Body&& body) -> result<decltype(body())> {
    try {
        reading const moment(db_);
        return body();
    } catch (failure const& f) {
        return f.what_failed();
    }
}

std::vector<file_info> sqlite_reader::select_files(std::string_view where_and_order,
                                                   auto const&... values) {
    statement select(
        db_, std::string("SELECT ") + file_columns + " FROM file " + std::string(where_and_order));
    std::vector<file_info> out;
    auto rows = select.rows(values...);
    while (rows.next())
        out.push_back(file_from(rows));
    return out;
}

std::vector<account_info> sqlite_reader::select_accounts() {
    statement select(db_, std::string("SELECT ") + account_columns +
                              ", (SELECT state FROM account_note WHERE account = no), "
                              "(SELECT min(due) FROM span WHERE span.state = 2 AND span.state <> 4 "
                              "AND span.account = no), "
                              "(SELECT value FROM meta WHERE key = 'taken_back/' || no) "
                              "FROM account ORDER BY no");
    oldest_pending pending(db_);
    std::vector<account_info> out;
    auto rows = select.rows();
    while (rows.next()) {
        auto const a = account_from(rows);
        account_info info;
        info.no = a.no;
        info.id = a.id;
        info.counts = a.counts;
        info.duplicate = a.duplicate;
        info.refused = a.refused;
        info.in_doubt_ever = a.in_doubt_ever;
        info.last_delivered = from_ms(a.last_delivered);
        info.state = rows.text(14);
        info.next_due = from_ms(rows.integer(15));
        read_taken_back(rows.text(16), info.taken_back);
        info.oldest_waiting = from_ms(pending.of(a));
        out.push_back(std::move(info));
    }
    return out;
}

result<std::vector<account_info>> sqlite_reader::accounts() {
    return read([&] { return select_accounts(); });
}

result<ledger_totals> sqlite_reader::totals() {
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
        statement select(db_,
                         "SELECT (SELECT value FROM meta WHERE key = 'refused_without_account'), "
                         "(SELECT value FROM meta WHERE key = 'run'), "
                         "(SELECT value FROM meta WHERE key = 'ledger_id'), "
                         "(SELECT count(*) FROM file WHERE unfinished = 1), "
                         "(SELECT claimed_at FROM file ORDER BY no DESC LIMIT 1)");
        auto rows = select.rows();
        if (rows.next()) {
            out.refused += rows.number(0);
            out.run = rows.number(1);
            out.ledger_id = rows.text(2);
            out.files_open = rows.number(3);
            out.last_file = from_ms(rows.integer(4));
        }
        return out;
    });
}

result<std::vector<history_slot>> sqlite_reader::history() {
    return read([&] { return history_of(db_); });
}

result<std::vector<file_info>> sqlite_reader::files_named(std::string_view name,
                                                          std::uint32_t limit) {
    return read(
        [&] { return select_files("WHERE name = ? ORDER BY no DESC LIMIT ?", name, limit); });
}

result<file_info> sqlite_reader::file(file_no no) {
    return read([&] {
        auto found = select_files("WHERE no = ?", no);
        if (found.empty())
            throw failure(
                fail(errc::not_found,
                     "the ledger has no file " + std::to_string(static_cast<std::uint64_t>(no))));
        return std::move(found.front());
    });
}

result<std::vector<file_info>> sqlite_reader::newest_files(std::uint32_t most) {
    return read([&] { return select_files("ORDER BY no DESC LIMIT ?", most); });
}

result<std::vector<file_info>> sqlite_reader::newest_done(std::uint32_t most) {
    return read([&] {
        return select_files(
            "WHERE no > (SELECT ifnull(max(no), 0) FROM file) - ?1 AND state = 3 AND done_name <> "
            "'' AND "
            "substr(done_name, 1, 1) <> '/' ORDER BY no",
            most);
    });
}

result<reader::page> sqlite_reader::list(event_filter const& filter, event_no after,
                                         std::uint32_t limit) {
    return read([&] { return events_.list(filter, after, limit); });
}

result<event_details> sqlite_reader::show(event_no no) {
    return read([&] { return events_.show(no); });
}

result<reader::receipt_page> sqlite_reader::receipts(account_no account, wall_time imported_since,
                                                     event_no after, std::uint32_t limit) {
    return read([&] { return receipts_page(rows_, account, imported_since, after, limit); });
}

result<std::string> sqlite_reader::endpoint_note() {
    return read([&] {
        statement select(db_, "SELECT state FROM account_note WHERE account = 0");
        auto rows = select.rows();
        return rows.next() ? std::string(rows.text(0)) : std::string();
    });
}

result<std::vector<std::pair<account_no, std::string>>> sqlite_reader::verdicts() {
    return read([&] {
        std::vector<std::pair<account_no, std::string>> out;
        statement select(
            db_, "SELECT substr(key, 9), value FROM meta WHERE key LIKE 'verdict/%' ORDER BY key");
        auto rows = select.rows();
        while (rows.next())
            out.emplace_back(static_cast<account_no>(
                                 std::strtoul(std::string(rows.text(0)).c_str(), nullptr, 10)),
                             std::string(rows.text(1)));
        return out;
    });
}

result<known_identity> sqlite_reader::find_identity(account_no account, std::string_view event_id,
                                                    content_key const& content) {
    return read([&] {
        identity_index identities(db_);
        std::string key;
        if (event_id.empty())
            append_content_identity(key, content);
        else
            append_event_identity(key, account, event_id);
        auto const held = identities.find_one(key);
        if (held.event == 0) throw failure(fail(errc::not_found, "nothing has this identity"));
        span_table stored(db_);
        auto const span = span_map(stored).find(held.event);
        auto const state = span.state_of(held.event);
        return known_identity{event_no{held.event},
                              event_id.empty() || held.content == content_part(content),
                              is_final(state) && state != event_state::delivered};
    });
}

result<event_no> sqlite_reader::find_event_id(account_no account, std::string_view event_id) {
    return read([&] {
        identity_index identities(db_);
        std::string key;
        append_event_identity(key, account, event_id);
        auto const holder = identities.find_one(key);
        if (holder.event == 0) throw failure(fail(errc::not_found, "no event has this event_id"));
        return event_no{holder.event};
    });
}

result<std::vector<refused_row>> sqlite_reader::refused_lines(file_no file,
                                                              std::uint64_t after_line,
                                                              std::uint32_t limit) {
    return read([&] { return lines_.refused(file, after_line, limit); });
}

result<std::vector<rejected_row>> sqlite_reader::rejected_events(file_no file, event_no after,
                                                                 std::uint32_t limit) {
    return read([&] { return lines_.rejected(file, after, limit); });
}

result<std::vector<duplicate_row>> sqlite_reader::duplicates(file_no file, std::uint64_t after_line,
                                                             std::uint32_t limit) {
    return read([&] { return lines_.duplicates(file, after_line, limit); });
}

result<bool> sqlite_reader::count_refused(file_no file, std::uint64_t& after, std::uint32_t limit,
                                          reason_counts& to) {
    return read([&] { return lines_.count_refused(file, after, limit, to); });
}

result<bool> sqlite_reader::count_rejected(file_no file, event_no& after, std::uint32_t limit,
                                           reason_counts& to) {
    return read([&] { return lines_.count_rejected(file, after, limit, to); });
}

result<std::uint32_t> sqlite_reader::look_at_rejected(file_no file, std::uint32_t limit,
                                                      reason_counts& to) {
    return read([&] { return reasons_.look_at_rejected(file, limit, to); });
}

result<held_look> sqlite_reader::held(account_no account, std::uint32_t limit) {
    return read([&] { return reasons_.held(account, limit); });
}

}  // namespace setclick::ledger
