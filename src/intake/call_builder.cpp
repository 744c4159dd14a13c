#include "call_builder.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "setclickd/base/clock.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::intake {
namespace {

using spool::place;
using telemetry::level;
using telemetry::log_line;
namespace name = telemetry::log_field;

chunk_limits what_is_left(chunk_limits of, chunk_limits used) noexcept {
    return {of.events - std::min(of.events, used.events),
            of.bytes - std::min(of.bytes, used.bytes)};
}

bool is_shortage(int value) noexcept {
    return value == EMFILE || value == ENFILE || value == ENOMEM;
}

}  // namespace

unique_fd open_in(spool::directory const& spool, spool::place where, std::string const& file) {
    return unique_fd(
        ::openat(spool.fd(where), file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
}

bool call_builder::build(import_call& call, bool under_way, steady_time now) {
    has_looked_ = false;
    add_new(call);
    bool const has_new = !call.new_owners.empty();
    add_marks(call);
    read_first_chunks(call, now);
    if (policy_.may_read_on(now, has_new, under_way)) read_on(call, now);
    if (!call.is_empty()) policy_.call_made(now, has_new, under_way);
    for (auto* owner : call.owners)
        ++owner->chunks_under_way;
    return has_looked_ || !call.is_empty();
}

/// From here on they await their turn, should their first chunk not fit into this call.
void call_builder::add_new(import_call& call) {
    while (call.new_owners.size() < most_new_files) {
        auto* const file = files_->first(stage::claimed);
        if (file == nullptr) return;
        call.new_files.push_back(std::move(*file->to_announce));
        file->to_announce.reset();
        call.new_owners.push_back(file);
        files_->set_stage(*file, stage::importing);
    }
}

/// Tells the ledger that a file's refused lines lie in rejected/: a chunk without events.
void call_builder::add_marks(import_call& call) {
    files_->for_each(stage::marking, [&](spool_file& file) {
        if (file.chunks_under_way > 0) return;
        auto const& read = file.reading;
        auto& chunk = call.chunks.emplace_back();
        chunk.file = read.no;
        chunk.next_offset = read.state.position.at.offset;
        chunk.next_line = read.state.position.at.line;
        chunk.at_end = true;
        chunk.reader_state = read.state.text();
        call.owners.push_back(&file);
    });
}

/// As many of the new files as fit into one call; the others get their turn when the ledger has
/// given them a number.
void call_builder::read_first_chunks(import_call& call, steady_time now) {
    chunk_limits used{0, 0};
    auto open_files = files_->count(stage::importing) - call.new_owners.size();
    for (std::size_t n = 0; n < call.new_owners.size(); ++n) {
        auto& file = *call.new_owners[n];
        auto const left = what_is_left({}, used);
        if (left.is_used_up()) {
            if (++open_files > most_open) file.reading.fd.reset();
            continue;
        }
        if (open(file, now) != opened::yes || read_chunk(call, file, left, used) != did::read)
            continue;
        call.chunks.back().new_file = n;
    }
}

/// The file whose turn it is, and the next ones too where it leaves room.
void call_builder::read_on(import_call& call, steady_time now) {
    chunk_limits used{0, 0};
    std::size_t accounts = 0;
    // Those that cannot be read now go to the end of the row: the ledger has given them no number
    // yet, or there is no descriptor for them.
    for (auto to_pass = files_->count(stage::importing); to_pass > 0;) {
        auto* const file = files_->first(stage::importing);
        auto const left = what_is_left(policy_.limits(now, accounts), used);
        if (file == nullptr || left.is_used_up()) return;
        if (file->no() == file_no{}) {
            files_->set_stage(*file, stage::importing);
            --to_pass;
            continue;
        }
        auto const can = open(*file, now);
        if (can == opened::no_descriptor) --to_pass;
        if (can != opened::yes) continue;
        auto const what = read_chunk(call, *file, left, used);
        if (what == did::waits) --to_pass;
        if (what == did::read) accounts = std::max(accounts, file->reading.accounts);
    }
}

/// Adds a chunk to the call where it is `read`. Of a table of which only a part was looked at the
/// ledger needs to know nothing.
call_builder::did call_builder::read_chunk(import_call& call, spool_file& file, chunk_limits limits,
                                           chunk_limits& used) {
    auto const looked = reader_->look(file.reading);
    if (!looked) {
        give_up(file, looked.error());
        return did::unreadable;
    }
    used.bytes += static_cast<std::size_t>(file.reading.looked);
    if (*looked != chunk_reader::look_result::ready) {
        bool const waits = *looked == chunk_reader::look_result::waits;
        has_looked_ = has_looked_ || !waits;
        await_turn(file);
        return waits ? did::waits : did::looked;
    }
    report_profile(file.reading);
    auto const begin = file.reading.state.position.at.offset;
    auto& chunk = call.chunks.emplace_back();
    auto const read = reader_->read(file.reading, limits, wall_now(), chunk);
    if (!read) {
        call.chunks.pop_back();
        give_up(file, read.error());
        return did::unreadable;
    }
    call.owners.push_back(&file);
    if (auto const& again = chunk.read_again)
        log_line(level::warn,
                 "a line that was refused where its file ended goes on, since the file has grown: "
                 "it is read again, and its refusal stays",
                 {{name::file, file.reading.name},
                  {"refused_line", again->line},
                  {"read_again_as", again->as}});
    // A chunk without any (a long comment, say) counts as one: a call always ends.
    used.events += std::max<std::size_t>(chunk.events.size() + chunk.refused.size(), 1);
    used.bytes += static_cast<std::size_t>(chunk.next_offset - begin);
    if (!file.reading.at_end) {
        await_turn(file);
        return did::read;
    }
    file.reading.fd.reset();
    file.reading.table.reset();
    files_->set_stage(file, stage::read);
    return did::read;
}

void call_builder::report_profile(reading_file& file) {
    if (!file.table || std::exchange(file.knows_profile, true)) return;
    if (!file.table->has_changed_profile()) return;
    log_line(level::warn,
             "a profile has changed since a table was looked at: the rest of the table is read by "
             "what it says now",
             {{name::file, file.name},
              {"profile", file.table->columns().used().name},
              {"from_line", file.state.position.at.line}});
}

void call_builder::await_turn(spool_file& file) {
    if (files_->count(stage::importing) > most_open) {
        file.reading.fd.reset();
        // It is made again from what was kept; a first pass would have to begin anew.
        if (file.reading.table && file.reading.table->is_ready()) file.reading.table.reset();
    }
    files_->set_stage(file, stage::importing);
}

call_builder::opened call_builder::open(spool_file& file, steady_time now) {
    auto& read = file.reading;
    if (read.fd) return opened::yes;
    read.fd = open_in(*spool_, place::work, read.work_name);
    int const value = errno;
    if (read.fd) {
        if (open_trouble_.ended(now))
            log_line(level::info, "files in work/ can be opened again", {});
        return opened::yes;
    }
    auto const why = errno_error(value, "open", spool_->path_of(place::work, read.work_name));
    if (!is_shortage(value)) {
        give_up(file, why);
        return opened::unreadable;
    }
    await_turn(file);
    if (open_trouble_.trouble(now))
        log_line(level::error,
                 "files in work/ cannot be opened now; nothing is lost, it is tried again",
                 {{name::error, why.message}});
    return opened::no_descriptor;
}

void call_builder::give_up(spool_file& file, error const& e) {
    file.reading.fd.reset();
    file.reading.table.reset();
    files_->set_stage(file, stage::unreadable);
    log_line(level::error,
             "a file cannot be read on: it stays in work/, the next start tries again; other files "
             "go on",
             {{name::file, file.reading.name}, {name::error, e.message}});
}

}  // namespace setclick::intake
