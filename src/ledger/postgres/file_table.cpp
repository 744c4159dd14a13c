#include "file_table.hpp"

#include <algorithm>

namespace setclick::ledger::postgres {
namespace {

std::string name_of(file_no no) {
    return "file " + std::to_string(static_cast<std::uint64_t>(no));
}

std::string without_marks(std::string_view done_name) {
    done_name.remove_prefix(std::min(done_name.find_first_not_of(removed_mark), done_name.size()));
    return std::string(done_name);
}

std::string select_files_counting(std::string const& from) {
    return "SELECT no, name, work_name, device, inode, size, \"offset\", line, at_end, "
           "reader_state, "
           "accepted, file.duplicate, refused, claimed_at, is_done, finished_at, done_name, "
           "read_at, "
           "c.delivered, c.rejected, c.discarded, c.held, c.at, done_day, (SELECT node.name FROM "
           "node WHERE node.no = file.node), file.node, unfinished AND EXISTS (SELECT 1 FROM node "
           "WHERE node.no = file.node AND node.forgotten) FROM file CROSS JOIN LATERAL (SELECT "
           "coalesce(sum(delivered), 0)::bigint AS delivered, coalesce(sum(rejected), 0)::bigint "
           "AS "
           "rejected, coalesce(sum(discarded), 0)::bigint AS discarded, coalesce(sum(held), "
           "0)::bigint AS held, coalesce(max(at), 0)::bigint AS at " +
           from + ") c ";
}

/// As two ranges: a condition that leaves one node out would meet all versions of its row.
std::string select_files_of_others() {
    std::string const part =
        "SELECT delivered, rejected, discarded, held, at FROM file_count WHERE file_count.file = "
        "file.no AND node ";
    return select_files_counting("FROM (" + part + "< $2 UNION ALL " + part + "> $2) o");
}

}  // namespace

std::string select_files() {
    return select_files_counting("FROM file_count WHERE file_count.file = file.no");
}

file_info file_from(rows const& row, file_counts const& more) {
    file_info f;
    f.no = static_cast<file_no>(row.number(0));
    f.claimed.name = row.text(1);
    f.claimed.work_name = row.text(2);
    f.claimed.device = row.number(3);
    f.claimed.inode = row.number(4);
    f.claimed.size = row.number(5);
    f.offset = row.number(6);
    f.line = row.number(7);
    f.at_end = row.integer(8) != 0;
    f.reader_state = row.text(9);
    f.accepted = row.number(10);
    f.duplicate = row.number(11);
    f.refused = row.number(12);
    f.claimed_at = from_ms(row.integer(13));
    f.done_name = row.text(16);
    f.removed = f.done_name.starts_with(removed_mark);
    if (f.removed) f.done_name.clear();
    f.delivered = row.number(18) + more.delivered;
    f.rejected = row.number(19) + more.rejected;
    f.discarded = row.number(20) + more.discarded;
    f.held = row.number(21) + more.held;
    f.pending = f.accepted - f.delivered - f.rejected - f.discarded;
    bool const is_complete = f.at_end && f.pending == 0;
    if (row.integer(14) != 0)
        f.state = file_state::done;
    else if (!f.at_end)
        f.state = file_state::importing;
    else
        f.state = is_complete ? file_state::complete : file_state::open;
    if (f.state == file_state::done)
        f.finished_at = from_ms(row.integer(15));
    else if (is_complete)
        f.finished_at = from_ms(std::max({row.integer(17), row.integer(22), more.at}));
    f.node = row.text(24);
    f.given_up = row.integer(26) != 0;
    return f;
}

namespace {

std::int64_t node_of(rows const& row) {
    return row.integer(25);
}

}  // namespace

file_table::file_table(session& db)
    : lock_(db, "SELECT no FROM file WHERE no = ANY($1) ORDER BY no FOR NO KEY UPDATE"),
      completed_elsewhere_(
          db, select_files() +
                  "WHERE unfinished AND node = $1 AND at_end AND accepted = c.delivered + "
                  "c.rejected + c.discarded AND EXISTS (SELECT 1 FROM file_count o WHERE o.file = "
                  "no AND o.node <> $1) ORDER BY no"),
      numbers_(db,
               "SELECT nextval(pg_get_serial_sequence('file', 'no')) FROM generate_series(1, $1)"),
      insert_(db,
              "INSERT INTO file(no, node, name, work_name, device, inode, size, claimed_at, "
              "\"offset\", line, at_end, reader_state, accepted, duplicate, refused, read_at) "
              "OVERRIDING SYSTEM VALUE VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, "
              "$13, $14, $15, $8)"),
      select_(db, select_files() + "WHERE no = $1"),
      select_list_(db, select_files() + "WHERE no = ANY($1) ORDER BY no"),
      select_of_others_(db, select_files_of_others() + "WHERE no = ANY($1) ORDER BY no"),
      select_not_done_(db, select_files() + "WHERE unfinished AND node = $1 ORDER BY no"),
      advance_(db,
               "UPDATE file SET \"offset\" = $2, line = $3, at_end = $4, reader_state = $5, "
               "accepted = accepted + $6, duplicate = duplicate + $7, refused = refused + $8, "
               "read_at = $9 WHERE no = $1 AND unfinished AND \"offset\" <= $2"),
      done_(db,
            "UPDATE file SET is_done = true, unfinished = false, done_day = $2, done_name = $3, "
            "finished_at = $4, inode = CASE WHEN $5 = 0 THEN inode ELSE $5 END WHERE no = $1"),
      count_(
          db,
          {.table = "file_count",
           .set = "delivered = delivered + $3, rejected = rejected + $4, discarded = discarded + "
                  "$5, held = held + $6, at = $7",
           .where = "file = $1 AND node = $2",
           .insert = "(file, node, delivered, rejected, discarded, held, at) SELECT $1, $2, $3, "
                     "$4, $5, $6, $7",
           .on_conflict = "ON CONFLICT (file, node) DO UPDATE SET delivered = "
                          "file_count.delivered + $3, rejected = file_count.rejected + $4, "
                          "discarded = file_count.discarded + $5, held = file_count.held + $6, at "
                          "= $7",
           .result = "max(delivered), max(rejected), max(discarded), max(held), max(at)",
           .columns = "delivered, rejected, discarded, held, at"},
          [this](std::int64_t key, rows const& found) {
              if (!has_looks()) return;
              own_counts_[static_cast<file_no>(key)] = {found.number(1), found.number(2),
                                                        found.number(3), found.number(4),
                                                        found.integer(5)};
          }),
      reopen_(db,
              "UPDATE file SET is_done = false, unfinished = true, finished_at = 0 WHERE no = $1"),
      removed_(db,
               "UPDATE file SET done_name = '/' WHERE no = $1 AND "
               "substr(done_name, 1, 1) = '/'"),
      given_back_(db,
                  "UPDATE file SET done_name = '//'::bytea || ltrim(done_name, '/'::bytea) WHERE "
                  "no = $1 AND "
                  "at_end AND done_name <> ''"),
      read_on_(db,
               "UPDATE file SET is_done = false, unfinished = true, at_end = false, finished_at = "
               "0, done_name = $2 WHERE no = $1"),
      names_(db, select_files() + "WHERE node = $3 AND no > $1 ORDER BY no LIMIT $2"),
      expire_(db, "UPDATE file SET done_name = '/'::bytea || done_name WHERE no = $1"),
      // Its name refers to a file in done/ for as long as that is there.
      forgettable_(
          db,
          "SELECT no, is_done AND done_day <= $1 AND ($2 OR done_name = '/') AND NOT "
          "EXISTS (SELECT 1 FROM pack WHERE pack.file = file.no) FROM file WHERE node = $5 AND "
          "no > $3 ORDER BY no LIMIT $4"),
      erase_(db,
             "WITH c AS (DELETE FROM file_count WHERE file = $1) DELETE FROM file WHERE no = "
             "$1") {}

std::vector<file_no> file_table::new_numbers(std::size_t count) {
    std::vector<file_no> out;
    auto found = numbers_.read(count);
    while (found.next())
        out.push_back(static_cast<file_no>(found.number(0)));
    return out;
}

bool file_table::add(file_no no, claimed_file const& file, import_chunk const& first,
                     import_result const& counts, std::int64_t now) {
    insert_.run(no, node_, bytes{file.name}, bytes{file.work_name}, file.device, file.inode,
                file.size, now, first.next_offset, first.next_line, first.at_end,
                bytes{first.reader_state}, counts.accepted, counts.duplicates, counts.refused);
    return first.at_end && counts.accepted == 0;
}

file_info file_table::get(file_no no) {
    std::string done_name;
    return get(no, done_name);
}

file_info file_table::get(file_no no, std::string& done_name) {
    auto row = select_.read(no);
    if (!row.next()) throw failure(fail(errc::not_found, "the ledger has no " + name_of(no)));
    done_name = row.text(16);
    return file_from(row);
}

std::vector<file_info> file_table::not_done() {
    std::vector<file_info> out;
    auto found = select_not_done_.read(node_);
    while (found.next()) {
        auto f = file_from(found);
        if (f.state == file_state::complete)
            tell(std::move(f), out);
        else
            out.push_back(std::move(f));
    }
    return out;
}

void file_table::done(done_file const& file, std::int64_t now, std::int64_t day) {
    std::string done_name;
    lock_.run(std::vector{static_cast<std::int64_t>(file.no)});
    auto const found = get(file.no, done_name);
    bool const is_as_told = !file.finished_at || found.finished_at == *file.finished_at;
    if (found.state == file_state::complete && !is_as_told)
        throw failure(fail(errc::invalid_data,
                           name_of(file.no) + " was opened again and has become complete anew"));
    if (found.state != file_state::complete)
        throw failure(fail(errc::invalid_data,
                           name_of(file.no) + " is not complete: " + std::to_string(found.pending) +
                               " of its events are pending"));
    // What was removed from done/ stays so; see removed_mark.
    if (done_name == "/")
        done_name = "//";
    else if (!done_name.starts_with(removed_mark))
        done_name = file.name;
    auto const finished_at = to_ms(found.finished_at);
    told_.erase(file.no);
    done_.run(file.no, day, bytes{done_name}, finished_at == 0 ? now : finished_at, file.inode);
}

void file_table::read_on(file_no no) {
    std::string done_name;
    lock_.run(std::vector{static_cast<std::int64_t>(no)});
    auto const found = get(no, done_name);
    auto const bare_name = without_marks(done_name);
    if (found.state != file_state::done || bare_name.empty() || done_name.starts_with("//"))
        throw failure(
            fail(errc::invalid_data, name_of(no) + " is not done, or not in done/ any more"));
    read_on_.run(no, bytes{bare_name});
}

bool file_table::advance(file_no no, import_chunk const& chunk, import_result const& counts,
                         std::int64_t now) {
    auto const changed =
        advance_
            .write(no, chunk.next_offset, chunk.next_line, chunk.at_end, bytes{chunk.reader_state},
                   counts.accepted, counts.duplicates, counts.refused, now)
            .changed();
    if (changed != 1) {
        auto const found = get(no);
        throw failure(
            fail(errc::invalid_data, name_of(no) + " cannot go on at offset " +
                                         std::to_string(chunk.next_offset) + ": it is at " +
                                         std::to_string(found.offset) +
                                         (found.state == file_state::done ? " and done" : "")));
    }
    if (!chunk.at_end || counts.accepted > 0) return false;
    auto const found = get(no);
    if (found.state != file_state::complete) return false;
    told_[no] = found.finished_at;
    return true;
}

void file_table::tell(file_info f, std::vector<file_info>& out) {
    told_[f.no] = f.finished_at;
    out.push_back(std::move(f));
}

std::vector<file_info> file_table::completed_elsewhere(rows found) {
    std::vector<file_info> out;
    while (found.next()) {
        auto f = file_from(found);
        auto const told = told_.find(f.no);
        if (told == told_.end() || told->second != f.finished_at) tell(std::move(f), out);
    }
    return out;
}

std::vector<file_info> file_table::looked(rows found) {
    std::vector<file_info> out;
    while (found.next()) {
        auto const own = own_counts_.find(static_cast<file_no>(found.number(0)));
        auto f = file_from(found, own != own_counts_.end() ? own->second : file_counts{});
        if (f.state == file_state::complete && node_of(found) == node_) tell(std::move(f), out);
    }
    looked_at_.clear();
    own_counts_.clear();
    return out;
}

file_rows::flushed file_table::apply(changes const& by_file, std::int64_t now) {
    flushed out;
    std::vector<std::int64_t> numbers;
    std::vector<std::int64_t> opened;
    for (auto const& [no, d] : by_file)
        if (d.pending > 0) opened.push_back(static_cast<std::int64_t>(no));
    if (!opened.empty()) lock_.run(opened);
    for (auto const& [no, d] : by_file) {
        if (d == file_delta{}) continue;
        count_.write(static_cast<std::int64_t>(no), no, node_, d.delivered, d.rejected, d.discarded,
                     d.held, now);
        numbers.push_back(static_cast<std::int64_t>(no));
    }
    if (numbers.empty()) return out;
    if (is_later_) {
        looked_at_ = std::move(numbers);
        select_of_others_.look_later(looked_at_, node_);
        return out;
    }
    std::size_t known = 0;
    auto found = select_list_.read(numbers);
    for (; found.next(); ++known) {
        auto f = file_from(found);
        if (f.state == file_state::done) {
            reopen_.run(f.no);
            f.state = f.pending == 0 ? file_state::complete : file_state::open;
            f.finished_at = f.pending == 0 ? from_ms(now) : wall_time{};
        }
        auto const before = static_cast<std::int64_t>(f.pending) - by_file.at(f.no).pending;
        if (f.state == file_state::open && before == 0) out.reopened.push_back(f.no);
        if (f.state == file_state::complete && node_of(found) == node_)
            tell(std::move(f), out.complete);
    }
    if (known != numbers.size())
        throw failure(fail(errc::not_found, "the ledger does not have one of the files"));
    return out;
}

void file_table::each_name(std::uint64_t after, std::size_t most,
                           std::function<bool(name const&)> const& visit) {
    auto found = names_.read(after, most, node_);
    while (found.next()) {
        auto const file = file_from(found);
        name row;
        row.no = file.no;
        row.claimed = file.claimed.name;
        row.done_name = found.text(16);
        row.reader_state = file.reader_state;
        row.inode = file.claimed.inode;
        row.offset = file.offset;
        row.state = file.state;
        row.finished_at = to_ms(file.finished_at);
        row.done_day = found.integer(23);
        if (!visit(row)) return;
    }
}

void file_table::each_forgettable(std::int64_t day, bool is_in_done_for_ever, std::uint64_t after,
                                  std::size_t most,
                                  std::function<bool(file_no, bool)> const& visit) {
    auto found = forgettable_.read(day, is_in_done_for_ever, after, most, node_);
    while (found.next())
        if (!visit(static_cast<file_no>(found.number(0)), found.integer(1) != 0)) return;
}

}  // namespace setclick::ledger::postgres
