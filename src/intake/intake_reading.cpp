// service::loop: from incoming/ to the ledger.
#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "intake_loop.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::intake {
namespace {

using spool::place;
using telemetry::level;
using telemetry::log_line;
namespace name = telemetry::log_field;

/// Files in a claim, and in a call: their descriptors are open meanwhile.
constexpr std::size_t round_size = 512;
/// Files being read by turns; while there are as many, incoming/ waits.
constexpr std::size_t most_files = 4096;
/// Descriptors of files that stay open until their next turn.
constexpr std::size_t most_open = 64;
/// While new files come, a large one stands back: it is read in small chunks, one on its way at a
/// time, so that a new file waits for one short call at most. After so many calls without it it has
/// its turn all the same.
constexpr chunk_limits beside_new_files{128, std::size_t{48} << 10};
constexpr milliseconds new_files_come_for{1000};
constexpr unsigned most_calls_without_turn = 4;

chunk_limits what_is_left(chunk_limits of, chunk_limits used) noexcept {
    return {of.events - std::min(of.events, used.events),
            of.bytes - std::min(of.bytes, used.bytes)};
}

}  // namespace

bool service::loop::may_read() const noexcept {
    return !full_.is_troubled() && calls_.has_room();
}

bool service::loop::may_claim() const noexcept {
    return files_.size() < most_files + broken_;
}

result<bool> service::loop::read_round(steady_time now) {
    auto call = calls_.fresh();
    if (!new_.empty()) {
        // What an earlier run had claimed goes first.
        for (auto count = std::min(round_size, new_.size()); count > 0; --count, new_.pop_front()) {
            call->new_owners.push_back(new_.front().first);
            call->new_files.push_back(std::move(new_.front().second));
        }
    } else if (may_claim()) {
        if (auto r = claim(*call, now); !r) return r.error();
    }
    std::deque<reading_file*> const fresh(call->new_owners.begin(), call->new_owners.end());
    for (; !to_mark_.empty(); to_mark_.pop_front())
        add_mark(*call, *to_mark_.front());
    read_first_chunks(*call, fresh);
    bool const new_files_come = now < files_came_at_ + new_files_come_for;
    bool const stand_back = new_files_come && (!fresh.empty() || calls_.in_flight() > 0);
    if (!stand_back || calls_without_turn_ >= most_calls_without_turn) {
        calls_without_turn_ = 0;
        read_next_chunks(*call, new_files_come);
    }
    if (call->is_empty()) {
        calls_.recycle(std::move(call));
        return false;
    }
    if (stand_back) ++calls_without_turn_;
    for (auto* owner : call->owners)
        ++owner->in_flight;
    calls_.post(std::move(call));
    return true;
}

result<void> service::loop::claim(import_call& call, steady_time now) {
    auto names = source_.next(round_size, now);
    auto round = claimer_.claim(names, wall_now(), now);
    if (!round) return round.error();
    // A file that comes alone stands back for nobody.
    if (!round->files.empty() && !turns_.empty()) files_came_at_ = now;
    for (auto& claimed : round->files)
        add_new(call, std::move(claimed));
    for (auto const& left : round->left)
        if (told_.tell(left)) log_.left(left, wiring_.spool->path_of(place::incoming));
    if (source_.pass_ended())
        if (auto const more = told_.pass_ended(); more > 0)
            log_line(level::warn, "more files are left alone in incoming/ than are named here",
                     {{name::count, more}, {name::path, wiring_.spool->path_of(place::incoming)}});
    source_.ask_again(std::move(round->unquiet), now);
    if (round->trouble) {
        std::erase_if(names, [](auto const& c) { return c.name.empty(); });
        source_.ask_again(std::move(names), now);
        source_.pause(now + options_.try_again_after);
        if (claim_trouble_.trouble(now))
            log_line(level::error, "files cannot be taken now; nothing is lost, it is tried again",
                     {{name::error, round->trouble->message}});
    } else if (!round->files.empty() && claim_trouble_.ended(now)) {
        log_line(level::info, "files can be taken again", {});
    }
    return {};
}

void service::loop::add_new(import_call& call, spool::claimed claimed) {
    auto file = std::make_unique<reading_file>();
    file->name = claimed.name;
    file->work_name = claimed.work_name;
    file->format = event::format_of(file->name).value_or(event::file_format::lines);
    file->fd = std::move(claimed.fd);
    file->size = claimed.size;
    file->position = file_position::from(0, 1, {});
    call.new_files.push_back({std::move(claimed.name), std::move(claimed.work_name), claimed.device,
                              claimed.inode, claimed.size});
    call.new_owners.push_back(file.get());
    auto* const at = file.get();
    files_.emplace(at, std::move(file));
}

/// Tells the ledger that a file's refused lines lie in rejected/: a chunk without events.
void service::loop::add_mark(import_call& call, reading_file& file) {
    file.marking = true;
    auto& chunk = call.chunks.emplace_back();
    chunk.file = file.no;
    chunk.next_offset = file.position.at.offset;
    chunk.next_line = file.position.at.line;
    chunk.at_end = true;
    chunk.reader_state = file.state_text();
    call.owners.push_back(&file);
}

/// As many of the new files as fit into one call; the others get their turn when the ledger has
/// given them a number.
void service::loop::read_first_chunks(import_call& call, std::deque<reading_file*> const& fresh) {
    chunk_limits used{0, 0};
    for (std::size_t n = 0; n < fresh.size(); ++n) {
        auto* const file = fresh[n];
        auto const left = what_is_left({}, used);
        if (left.is_used_up()) {
            await_turn(*file);
            continue;
        }
        if (!open(*file) || !read_chunk(call, *file, left, used)) continue;
        call.chunks.back().new_file = n;
    }
}

/// The file whose turn it is, and the next ones too where it leaves room.
void service::loop::read_next_chunks(import_call& call, bool new_files_come) {
    chunk_limits used{0, 0};
    std::size_t accounts = 0;
    // That cannot be read now: the ledger has given them no number yet, or there is no descriptor
    // for them.
    for (auto strangers = turns_.size(); strangers > 0 && !turns_.empty();) {
        auto const left = what_is_left(new_files_come ? beside_new_files : portion(accounts), used);
        if (left.is_used_up()) return;
        auto* const file = turns_.front();
        turns_.pop_front();
        if (file->no == file_no{}) {
            turns_.push_back(file);
            --strangers;
            continue;
        }
        if (!open(*file)) {
            if (!file->broken) --strangers;
            continue;
        }
        if (!read_chunk(call, *file, left, used)) continue;
        accounts = std::max(accounts, file->accounts);
    }
}

/// False: nothing was added (the file is broken). A file that is not at its end goes to the end of
/// the row.
bool service::loop::read_chunk(import_call& call, reading_file& file, chunk_limits limits,
                              chunk_limits& used) {
    auto const begin = file.position.at.offset;
    auto& chunk = call.chunks.emplace_back();
    auto const read = reader_.read(file, limits, wall_now(), chunk);
    if (!read) {
        call.chunks.pop_back();
        give_up(file, read.error());
        return false;
    }
    call.owners.push_back(&file);
    // A chunk without any (a long comment, say) counts as one: a call always ends.
    used.events += std::max<std::size_t>(chunk.events.size() + chunk.refused.size(), 1);
    used.bytes += static_cast<std::size_t>(chunk.next_offset - begin);
    if (file.at_end)
        file.fd.reset();
    else
        await_turn(file);
    return true;
}

void service::loop::await_turn(reading_file& file) {
    if (turns_.size() >= most_open) file.fd.reset();
    turns_.push_back(&file);
}

unique_fd service::loop::open_work(std::string const& work_name) const {
    return unique_fd(::openat(wiring_.spool->fd(place::work), work_name.c_str(),
                              O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
}

/// False: it is broken, or the system has no descriptor left and it awaits another turn.
bool service::loop::open(reading_file& file) {
    if (file.fd) return true;
    file.fd = open_work(file.work_name);
    int const value = errno;
    auto const now = std::chrono::steady_clock::now();
    if (file.fd) {
        if (open_trouble_.ended(now))
            log_line(level::info, "files in work/ can be opened again", {});
        return true;
    }
    auto const why =
        errno_error(value, "open", wiring_.spool->path_of(place::work, file.work_name));
    if (value != EMFILE && value != ENFILE && value != ENOMEM) {
        give_up(file, why);
        return false;
    }
    await_turn(file);
    if (open_trouble_.trouble(now))
        log_line(level::error,
                 "files in work/ cannot be opened now; nothing is lost, it is tried again",
                 {{name::error, why.message}});
    return false;
}

void service::loop::give_up(reading_file& file, error const& e) {
    file.broken = true;
    file.fd.reset();
    ++broken_;
    log_line(level::error,
             "a file cannot be read on: it stays in work/, the next start tries again; other files "
             "go on",
             {{name::file, file.name}, {name::error, e.message}});
}

}  // namespace setclick::intake
