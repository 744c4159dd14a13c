#include "chunk_reader.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "setclickd/base/text.hpp"
#include "setclickd/csv/table_reader.hpp"
#include "setclickd/event/file_reader.hpp"
#include "setclickd/event/wide_text.hpp"
#include "setclickd/fault/fault.hpp"

namespace setclick::intake {
namespace {

constexpr std::size_t window_size = std::size_t{128} << 10;
/// Findings can be longer than the lines that they are about.
constexpr std::size_t most_arena = std::size_t{2} << 20;

constexpr std::string_view crash_line =
    "crash: reading this line ended the daemon three times, so it was not read again; please "
    "report it";
constexpr std::string_view crash_table =
    "crash: looking at this table as a whole ended the daemon three times, so it was not read; "
    "please report it";
constexpr std::string_view crash_rest =
    "crash: looking for the next line from here on ended the daemon three times, so the rest of "
    "the file was not read; please "
    "report it";

bool is_crash_line(reading_file const& file, std::uint64_t offset) {
    return std::any_of(file.crash_lines.begin(), file.crash_lines.end(),
                       [&](auto const& p) { return !p.between && p.offset == offset; });
}

/// Of a table that is looked at as a whole: no row of it was imported.
bool has_crash_between(reading_file const& file) {
    return std::any_of(file.crash_lines.begin(), file.crash_lines.end(),
                       [](auto const& p) { return p.between; });
}

/// The place was noted by an earlier run, whose chunks may have begun elsewhere.
bool is_crash_between(reading_file const& file, std::uint64_t chunk_start, std::uint64_t offset) {
    return std::any_of(file.crash_lines.begin(), file.crash_lines.end(), [&](auto const& p) {
        return p.between && p.offset >= chunk_start && p.offset <= offset;
    });
}

error shortened(reading_file const& file, std::uint64_t has, std::uint64_t had) {
    return fail(errc::unreadable,
                "it has " + grouped(has) + " bytes and had " + grouped(had) +
                    ": somebody shortened it after it was dropped. Stop the daemon, "
                    "put the whole file in the place of work/" +
                    printable(file.work_name) + ", and start again");
}

/// A file that has lost bytes is not at its end where it ends: its last line may be half of one,
/// and nobody would hear of the rest.
result<void> check_end(reading_file const& file, std::size_t read) {
    auto end = file.state.position.at.offset + read;
    struct stat now {};
    // Behind the end nothing is read either, wherever it is.
    if (read == 0 && ::fstat(file.fd.get(), &now) == 0)
        end = std::min(end, static_cast<std::uint64_t>(now.st_size));
    auto const had = std::max(file.size, file.state.position.at.offset);
    if (end >= had) return {};
    return shortened(file, end, had);
}

/// Between a table's rows, the last of which did not end.
bool is_inside_row(reading_file const& file) {
    auto const& at = file.state.position.at;
    auto const* const place = std::get_if<event::table_place>(&at.at);
    if (place == nullptr || place->is_broken || !file.table) return false;
    auto const& layout = file.table->layout();
    auto const unit = event::unit_of(layout.encoding);
    std::array<char, 4> before{};
    if (at.offset < layout.rows_offset + unit ||
        ::pread(file.fd.get(), before.data(), unit, static_cast<off_t>(at.offset - unit)) !=
            static_cast<ssize_t>(unit))
        return false;
    // One byte of a line's end is not zero.
    return std::none_of(before.begin(), before.end(),
                        [](char c) { return c == '\n' || c == '\r'; });
}

/// The file ended there before, and has grown since. Where it cannot be read, the read that follows
/// says so.
bool is_inside_line(reading_file const& file) {
    auto const& at = file.state.position.at;
    char before = '\n';
    if (file.format == event::file_format::table) return is_inside_row(file);
    return file.format == event::file_format::lines && at.offset > 0 && at.at == event::place{} &&
           ::pread(file.fd.get(), &before, 1, static_cast<off_t>(at.offset - 1)) == 1 &&
           before != '\n';
}

}  // namespace

chunk_reader::chunk_reader(event::rules rules, std::vector<account_no> accounts,
                           settings::dedupe_key key, std::size_t max_line, reading_note* note,
                           csv::mapping_rules tables)
    : reader_(std::move(rules)),
      entries_(reader_.active_rules(), std::move(accounts), key),
      max_line_(max_line),
      window_(std::max(window_size, max_line + event::splitter::slack + 1)),
      tables_(std::move(tables)),
      note_(note != nullptr ? note : &own_note_) {}

result<spool::window::view> chunk_reader::fill(reading_file& file) {
    auto& position = file.state.position;
    auto const seen = window_.fill(file.fd.get(), position.at.offset, file.name);
    if (!seen) return seen.error();
    if (seen->at_end)
        if (auto r = check_end(file, seen->bytes.size()); !r) return r.error();
    // Nothing has come after the end that was met before, or there was none.
    if (seen->bytes.empty() || position.splits.size() >= file_position::most_splits) return seen;
    if (!position.resume) {
        if (is_inside_line(file)) position.splits.push_back({position.at.offset, {}});
        return seen;
    }
    // What was refused as the file's end stays refused; now that it goes on there, it is read again.
    auto const from = *std::exchange(position.resume, std::nullopt);
    position.splits.push_back({position.at.offset, from});
    file.read_again = position.last_number;
    position.at = from;
    return window_.fill(file.fd.get(), position.at.offset, file.name);
}

result<void> chunk_reader::read(reading_file& file, chunk_limits limits, wall_time now,
                                ledger::import_chunk& out) {
    entries_.begin_chunk(file);
    auto const done = file.format == event::file_format::table ? read_rows(file, limits, now, out)
                                                               : read_texts(file, limits, now, out);
    if (!done) return done;
    out.file = file.no;
    out.next_offset = file.state.position.at.offset;
    out.next_line = file.state.position.at.line;
    out.reader_state = file.state.text();
    out.at_end = file.at_end;
    return {};
}

result<void> chunk_reader::read_texts(reading_file& file, chunk_limits limits, wall_time now,
                                      ledger::import_chunk& out) {
    auto const seen = fill(file);
    if (!seen) return seen.error();
    auto const& from = file.state.position.at;
    event::file_reader pieces(reader_, file.format, max_line_, from);
    read_pieces(pieces, file, seen->bytes, seen->at_end, from.offset, limits, now, out);
    return {};
}

result<void> chunk_reader::read_rows(reading_file& file, chunk_limits limits, wall_time now,
                                     ledger::import_chunk& out) {
    auto& table = *file.table;
    if (table.is_refused()) {
        // All of it, once; its bytes stay as they are.
        entries_.refuse_rest(file, {0, 1, event::table_place{}}, table.refusal(), out);
        return {};
    }
    auto const seen = fill(file);
    if (!seen) return seen.error();
    // The first window begins with the header, whose bytes count for the fingerprint.
    auto const start = file.state.position.at.offset;
    auto const from = csv::rows_from(table.layout(), file.state.position.at);
    auto const rows = seen->bytes.substr(
        std::min(static_cast<std::size_t>(from.offset - start), seen->bytes.size()));
    file.state.position.at = from;
    if (table.is_empty()) {
        event::file_reader pieces(reader_, event::file_format::lines, max_line_, from);
        read_pieces(pieces, file, rows, seen->at_end, start, limits, now, out);
    } else {
        csv::table_reader pieces(reader_, table.columns(), table.layout(), table.names(), max_line_,
                                 from);
        read_pieces(pieces, file, rows, seen->at_end, start, limits, now, out);
    }
    return {};
}

result<chunk_reader::look_result> chunk_reader::look(reading_file& file) {
    file.looked = 0;
    if (file.format != event::file_format::table) return look_result::ready;
    auto& table = file.table;
    if (!table && !file.state.table.empty()) {
        auto kept = table_file::kept(tables_, file.name, max_line_, file.state.table, file.fd.get(),
                                     window_);
        if (!kept) return kept.error();
        table = std::move(*kept);
    }
    if (!table) {
        auto const under_way = static_cast<std::size_t>(first_passes_.use_count()) - 1;
        if (file.size > table_file::step && under_way >= most_first_passes)
            return look_result::waits;
        table = std::make_unique<table_file>(tables_, file.name, max_line_, first_passes_);
    }
    if (table->is_decided()) return look_result::ready;
    if (has_crash_between(file)) {
        table->refuse(std::string(crash_table));
    } else {
        reading_note::scope const noted(*note_, file.work_name, table->looked_until());
        fault_at_line("first pass over " + file.name);
        auto const looked = table->look(file.fd.get(), window_);
        if (!looked) return looked.error();
        file.looked = *looked;
    }
    if (!table->is_decided()) return look_result::goes_on;
    // One that is shorter than it was is no whole file: nothing is decided by it.
    if (table->is_ready() && table->surveyed() < file.size) {
        auto const has = table->surveyed();
        table.reset();
        return shortened(file, has, file.size);
    }
    file.state.table = table->text();
    return look_result::ready;
}

/// `bytes`, from the file's position on, of a window that begins at `start`.
template <class Pieces>
void chunk_reader::read_pieces(Pieces& pieces, reading_file& file, std::string_view bytes,
                               bool at_end, std::uint64_t start, chunk_limits limits, wall_time now,
                               ledger::import_chunk& out) {
    auto const file_end = file.state.position.at.offset + bytes.size();
    bool breaks = is_crash_between(file, start, start);
    std::size_t count = 0;
    reading_note::scope const noted(*note_, file.work_name, start);
    auto const before = [&](event::piece const& p) -> std::string_view {
        if (is_crash_line(file, p.offset)) return crash_line;
        note_->at(p.offset);
        fault_at_line(p.text);
        return {};
    };
    auto good_until = file.state.position.at;
    std::optional<event::position> resume;
    auto const sink = [&](event::read_piece const& read) {
        auto const& p = read.from;
        if (p.is_remark) {
            chunk_entries::note(file, p);
            if (at_end) good_until = pieces.where();
            return true;
        }
        // At the file's end: what is refused there may go on when the file grows.
        if (at_end) {
            if (read.is_accepted() || p.offset + p.length < file_end) {
                good_until = pieces.where();
                resume.reset();
            } else {
                resume = good_until;
            }
        }
        auto const number = chunk_entries::number_for(file, p.line);
        if (file.read_again != 0) out.read_again = {std::exchange(file.read_again, 0), number};
        entries_.add(file, read, number, now, out);
        ++count;
        note_->between(p.offset + p.length);
        breaks = is_crash_between(file, start, p.offset + p.length);
        return !breaks && count < limits.events && p.offset + p.length - start < limits.bytes &&
               out.arena.size() < most_arena;
    };
    if (!breaks) pieces.consume(bytes, at_end, now, before, sink);
    // The splitter is done with the window and the file ends there: nothing is left, not even half
    // a line.
    file.at_end = at_end && pieces.finished();
    file.state.position.at = pieces.where();
    file.state.position.resume = file.at_end && !breaks ? resume : std::nullopt;
    // The window, which lies in the buffer still, may have begun before `bytes`.
    auto const before_bytes = static_cast<std::size_t>(file_end - bytes.size() - start);
    std::string_view const window(bytes.data() - before_bytes, before_bytes + bytes.size());
    file.state.print =
        print_of(file, start, window.substr(0, file.state.position.at.offset - start));
    if (breaks) entries_.refuse_rest(file, pieces.where(), crash_rest, out);
}

/// Of a file that is at its end; `bytes` from `start` on are what the chunk is made of.
std::optional<fingerprint> chunk_reader::print_of(reading_file& file, std::uint64_t start,
                                                  std::string_view bytes) const {
    struct stat seen {};
    auto const modified = ::fstat(file.fd.get(), &seen) == 0 ? modified_ns(seen) : 0;
    if (start == 0) file.modified_at_begin_ns = modified;
    file.sum.add(start, bytes, file.at_end);
    if (!file.at_end) return std::nullopt;
    auto const end = start + bytes.size();
    if (auto const sum = file.sum.up_to(end))
        return fingerprint{*sum, modified == file.modified_at_begin_ns ? modified : 0};
    // An earlier run read its beginning, or it has grown.
    auto const sum = sum_of(file.fd.get(), end);
    return sum ? std::optional(fingerprint{*sum, modified}) : std::nullopt;
}

}  // namespace setclick::intake
