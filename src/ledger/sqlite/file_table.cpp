#include "file_table.hpp"

#include <algorithm>

namespace setclick::ledger {
namespace {

[[noreturn]] void unknown(file_no no) {
    throw failure(fail(errc::not_found,
                       "the ledger has no file " + std::to_string(static_cast<std::uint64_t>(no))));
}

/// The index of unfinished files is written anew whenever its column is named: only where a
/// finished one comes back.
std::string change_text(std::string_view also, std::string_view where) {
    return "UPDATE file SET " + std::string(also) +
           "pending = pending + ?2, delivered = delivered + ?3, rejected = rejected + ?4, "
           "discarded = discarded + ?5, held = held + ?7, state = CASE WHEN at_end = 0 THEN 0 WHEN "
           "pending + ?2 = 0 "
           "THEN 2 ELSE 1 END, finished_at = CASE WHEN at_end = 1 AND pending + ?2 = 0 THEN ?6 "
           "ELSE 0 END WHERE no = ?1 " +
           std::string(where) + " RETURNING state, pending - ?2";
}

}  // namespace

file_info file_from(statement::cursor const& row) {
    file_info f;
    f.no = static_cast<file_no>(row.number(0));
    f.claimed.name = row.text(1);
    f.claimed.work_name = row.text(2);
    f.claimed.device = row.number(3);
    f.claimed.inode = row.number(4);
    f.claimed.size = row.number(5);
    f.state = static_cast<file_state>(row.integer(6));
    f.offset = row.number(7);
    f.line = row.number(8);
    f.at_end = row.integer(9) != 0;
    f.reader_state = row.text(10);
    f.accepted = row.number(11);
    f.duplicate = row.number(12);
    f.refused = row.number(13);
    f.pending = row.number(14);
    f.delivered = row.number(15);
    f.rejected = row.number(16);
    f.discarded = row.number(17);
    f.claimed_at = from_ms(row.integer(18));
    f.finished_at = from_ms(row.integer(19));
    f.done_name = row.text(20);
    f.removed = f.done_name.starts_with(removed_mark);
    if (f.removed) f.done_name.clear();
    f.held = row.number(21);
    return f;
}

file_table::file_table(connection& db)
    : insert_(
          db,
          "INSERT INTO file(no, name, work_name, device, inode, size, claimed_at, offset, line, "
          "at_end, reader_state, accepted, duplicate, refused, pending, state, finished_at) "
          "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?12, ?15, ?16)"),
      select_(db, std::string("SELECT ") + file_columns + " FROM file WHERE no = ?"),
      select_not_done_(db, std::string("SELECT ") + file_columns +
                               " FROM file WHERE unfinished = 1 ORDER BY no"),
      select_state_(db, "SELECT state FROM file WHERE no = ?"),
      advance_(db,
               "UPDATE file SET offset = ?2, line = ?3, at_end = ?4, reader_state = ?5, "
               "accepted = accepted + ?6, duplicate = duplicate + ?7, refused = refused + ?8, "
               "pending = pending + ?6, state = CASE WHEN ?4 = 0 THEN 0 WHEN pending + ?6 = 0 "
               "THEN 2 ELSE 1 END, finished_at = CASE WHEN ?4 = 1 AND pending + ?6 = 0 THEN ?9 "
               "ELSE 0 END WHERE no = ?1 AND unfinished = 1 AND offset <= ?2"),
      done_(db,
            "UPDATE file SET state = 3, unfinished = 0, done_day = ?4, done_name = CASE WHEN "
            "done_name = '/' THEN '//' WHEN substr(done_name, 1, 1) = '/' THEN done_name ELSE ?2 "
            "END, "
            "finished_at = CASE WHEN finished_at = 0 THEN ?3 ELSE finished_at END, "
            "inode = CASE WHEN ?6 = 0 THEN inode ELSE ?6 END "
            "WHERE no = ?1 AND state = 2 AND (?5 < 0 OR finished_at = ?5)"),
      change_(db, change_text("", "AND unfinished = 1")),
      // A finished file whose events change is complete anew, or open again when one waits.
      reopen_(db, change_text("unfinished = 1, ", "")),
      removed_(db,
               "UPDATE file SET done_name = '/' WHERE no = ? AND substr(done_name, 1, 1) = '/'"),
      given_back_(db,
                  "UPDATE file SET done_name = '//' || ltrim(done_name, '/') WHERE no = ? AND "
                  "state <> 0 AND "
                  "done_name <> ''"),
      read_on_(
          db,
          "UPDATE file SET state = 0, unfinished = 1, at_end = 0, finished_at = 0, done_name = "
          "ltrim(done_name, '/') WHERE no = ? AND state = 3 AND ltrim(done_name, '/') <> '' AND "
          "substr(done_name, 1, 2) <> '//'"),
      highest_(db, "SELECT ifnull(max(no), 0) FROM file"),
      names_(
          db,
          "SELECT no, name, inode, state, finished_at, done_day, done_name, offset, reader_state "
          "FROM file WHERE no > ? ORDER BY no LIMIT ?"),
      expire_(db, "UPDATE file SET done_name = '/' || done_name WHERE no = ?"),
      // Its name refers to a file in done/ for as long as that is there.
      forgettable_(
          db,
          "SELECT no, state = 3 AND done_day <= ? AND (? = 1 OR done_name = '/') AND NOT EXISTS "
          "(SELECT 1 FROM pack WHERE pack.file = file.no) FROM file WHERE no > ? ORDER BY no "
          "LIMIT ?"),
      erase_(db, "DELETE FROM file WHERE no = ?") {
    reload();
}

/// Numbers are not given twice in a run: what was pruned may still be named in a results file.
void file_table::reload() {
    auto rows = highest_.rows();
    if (rows.next()) next_number_ = std::max(next_number_, rows.number(0) + 1);
}

std::vector<file_no> file_table::new_numbers(std::size_t count) {
    std::vector<file_no> out;
    out.reserve(count);
    for (std::size_t i = 0; i < count; ++i)
        out.push_back(static_cast<file_no>(next_number_++));
    return out;
}

bool file_table::add(file_no no, claimed_file const& file, import_chunk const& first,
                     import_result const& counts, std::int64_t now) {
    bool const complete = first.at_end && counts.accepted == 0;
    auto state = file_state::importing;
    if (first.at_end) state = complete ? file_state::complete : file_state::open;
    insert_.run(no, std::string_view(file.name), std::string_view(file.work_name), file.device,
                file.inode, file.size, now, first.next_offset, first.next_line, first.at_end,
                std::string_view(first.reader_state), counts.accepted, counts.duplicates,
                counts.refused, state, complete ? now : 0);
    return complete;
}

file_info file_table::get(file_no no) {
    auto rows = select_.rows(no);
    if (!rows.next()) unknown(no);
    return file_from(rows);
}

std::vector<file_info> file_table::not_done() {
    std::vector<file_info> out;
    auto rows = select_not_done_.rows();
    while (rows.next())
        out.push_back(file_from(rows));
    return out;
}

void file_table::done(done_file const& file, std::int64_t now, std::int64_t day) {
    std::int64_t const finished_at = file.finished_at ? to_ms(*file.finished_at) : -1;
    if (done_.run(file.no, std::string_view(file.name), now, day, finished_at, file.inode) == 1)
        return;
    auto const found = get(file.no);
    auto const its_name = "file " + std::to_string(static_cast<std::uint64_t>(file.no));
    if (found.state == file_state::complete)
        throw failure(
            fail(errc::invalid_data, its_name + " was opened again and has become complete anew"));
    throw failure(
        fail(errc::invalid_data, its_name + " is not complete: " + std::to_string(found.pending) +
                                     " of its events are pending"));
}

void file_table::read_on(file_no no) {
    if (read_on_.run(no) == 1) return;
    throw failure(fail(errc::invalid_data, "file " +
                                               std::to_string(static_cast<std::uint64_t>(no)) +
                                               " is not done, or not in done/ any more"));
}

bool file_table::advance(file_no no, import_chunk const& chunk, import_result const& counts,
                         std::int64_t now) {
    if (advance_.run(no, chunk.next_offset, chunk.next_line, chunk.at_end,
                     std::string_view(chunk.reader_state), counts.accepted, counts.duplicates,
                     counts.refused, now) != 1) {
        auto const found = get(no);
        throw failure(fail(errc::invalid_data,
                           "file " + std::to_string(static_cast<std::uint64_t>(no)) +
                               " cannot go on at offset " + std::to_string(chunk.next_offset) +
                               ": it is at " + std::to_string(found.offset) +
                               (found.state == file_state::done ? " and done" : "")));
    }
    if (!chunk.at_end || counts.accepted > 0) return false;
    auto rows = select_state_.rows(no);
    return rows.next() && static_cast<file_state>(rows.integer(0)) == file_state::complete;
}

bool file_table::change_row(statement& how, file_no no, file_delta const& d, std::int64_t now,
                            std::vector<file_no>& complete, std::vector<file_no>& reopened) {
    auto rows = how.rows(no, d.pending, d.delivered, d.rejected, d.discarded, now, d.held);
    if (!rows.next()) return false;
    auto const state = static_cast<file_state>(rows.integer(0));
    if (state == file_state::complete) complete.push_back(no);
    if (state == file_state::open && rows.integer(1) == 0) reopened.push_back(no);
    return true;
}

file_table::flushed file_table::apply(changes const& by_file, std::int64_t now) {
    flushed out;
    std::vector<file_no> complete;
    for (auto const& [no, d] : by_file) {
        if (d == file_delta{}) continue;
        if (!change_row(change_, no, d, now, complete, out.reopened) &&
            !change_row(reopen_, no, d, now, complete, out.reopened))
            unknown(no);
    }
    out.complete.reserve(complete.size());
    for (auto const no : complete)
        out.complete.push_back(get(no));
    return out;
}

void file_table::each_name(std::uint64_t after, std::size_t most,
                           std::function<bool(name const&)> const& visit) {
    auto rows = names_.rows(after, most);
    while (rows.next()) {
        name const found{static_cast<file_no>(rows.number(0)),
                         rows.text(1),
                         rows.text(6),
                         rows.text(8),
                         rows.number(2),
                         rows.number(7),
                         static_cast<file_state>(rows.integer(3)),
                         rows.integer(4),
                         rows.integer(5)};
        if (!visit(found)) return;
    }
}

void file_table::each_forgettable(std::int64_t day, bool is_in_done_for_ever, std::uint64_t after,
                                  std::size_t most,
                                  std::function<bool(file_no, bool)> const& visit) {
    auto rows = forgettable_.rows(day, is_in_done_for_ever, after, most);
    while (rows.next())
        if (!visit(static_cast<file_no>(rows.number(0)), rows.integer(1) != 0)) return;
}

}  // namespace setclick::ledger
