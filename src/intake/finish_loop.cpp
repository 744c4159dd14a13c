#include "finish_loop.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "call_builder.hpp"
#include "setclickd/async/ledger_call.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/ledger/reasons.hpp"
#include "setclickd/spool/name.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::intake {
namespace {

namespace asio = boost::asio;
using spool::place;
using telemetry::level;
using telemetry::log_line;
namespace name = telemetry::log_field;

constexpr std::uint32_t most_reasons = 20;

bool is_unknown(finish_item const& it) {
    return !it.file->last_word || it.file->last_word_is_old;
}

bool has_unknown(std::vector<finish_item> const& files) {
    return std::any_of(files.begin(), files.end(), is_unknown);
}

/// Nothing where the file is nowhere. One that a crash left moved, with nobody knowing as what, is
/// found by its inode and its name: its rejected lines must be written as they were before, or they
/// would be published twice.
result<unique_fd> open_moved(spool::directory const& spool, ledger::file_info const& info) {
    if (info.removed) return unique_fd{};
    auto done_name = info.done_name;
    if (done_name.empty()) {
        spool::moved_file const wanted[]{{info.claimed.inode, info.claimed.name, info.offset}};
        auto found = spool::names_of(spool, place::done, wanted);
        if (!found) return found.error();
        done_name = std::move(found->front());
    }
    if (done_name.empty()) return unique_fd{};
    auto fd = open_in(spool, place::done, done_name);
    if (fd || errno == ENOENT) return fd;
    auto const value = errno;
    return of_input(errno_error(value, "open", spool.path_of(place::done, done_name)));
}

}  // namespace

finish_loop::finish_loop(loop_context const& context, ledger::writer& writer,
                         rejects_tools const& tools, milliseconds try_again_after,
                         crash_places const& crashes, file_table& files, intake_log& log,
                         std::function<void(filed)> when_done)
    : context_(&context),
      writer_(&writer),
      tools_(tools),
      try_again_after_(try_again_after),
      crashes_(&crashes),
      files_(&files),
      log_(&log),
      archiver_(*tools.spool),
      when_done_(std::move(when_done)),
      wake_(context.io) {}

/// As the ledger says that it stands. One that was brought back from done/ still has its name there.
void finish_loop::begin(finish_item& it) const {
    auto const& info = it.info();
    bool const was_moved = !info.done_name.empty() || info.removed;
    it.is_moved =
        was_moved && ::faccessat(tools_.spool->fd(place::work), info.claimed.work_name.c_str(),
                                 F_OK, AT_SYMLINK_NOFOLLOW) != 0;
    it.done_name = it.is_moved ? info.done_name : std::string();
    it.notes = {};
    it.has_notes = info.rejected == 0 && info.refused == 0;
    it.has_result = false;
}

asio::awaitable<void> finish_loop::run() {
    for (;;) {
        if (!files_->has_complete()) {
            context_->rests();
            co_await wake_.wait();
            continue;
        }
        round files;
        for (auto* const file : files_->take_complete(round_size)) {
            auto& it = files.emplace_back();
            it.file = file;
            if (!is_unknown(it)) begin(it);
        }
        bool const goes_on = co_await finish(files);
        if (!goes_on) co_return;
        context_->rests();
        co_await context_->pause_until(steady_now() + gap);
    }
}

asio::awaitable<bool> finish_loop::finish(round& files) {
    bool archived = false;
    while (!files.empty()) {
        auto const did = co_await pass(files, archived);
        if (did) continue;
        auto const now = steady_now();
        if (!may_go_on(did.error(), now)) {
            context_->fatal(did.error());
            co_return false;
        }
        co_await context_->pause_until(now + try_again_after_);
    }
    co_return true;
}

asio::awaitable<result<void>> finish_loop::pass(round& files, bool& archived) {
    if (has_unknown(files)) {
        // What was archived of the others is found when it is done again.
        if (std::exchange(archived, false))
            for (auto& it : files)
                it.file->with_care = true;
        co_return co_await ask_ledger(files);
    }
    if (!archived) {
        // Before what the server rejected is written down: it would be written again at the new end.
        look_at_work(files);
        if (has_unknown(files)) co_return result<void>{};
        auto const noted = co_await write_notes(files);
        if (!noted || has_unknown(files)) co_return noted;
        look_at_work(files);
        if (files.empty() || has_unknown(files)) co_return result<void>{};
        auto const did = archiver_.archive(files);
        if (!did) {
            for (auto& it : files)
                it.file->with_care = true;
            co_return did;
        }
        archived = true;
    }
    auto const reported = co_await report_done(files);
    co_return reported;
}

/// Those of which the last word is missing or old. Who is not complete any more leaves: it was
/// opened by a person's command, and comes back when it is complete again.
asio::awaitable<result<void>> finish_loop::ask_ledger(round& files) {
    std::vector<file_no> numbers;
    for (auto& it : files) {
        if (!is_unknown(it)) continue;
        numbers.push_back(it.file->no());
        it.file->last_word_is_old = false;
        it.file->last_word.reset();
    }
    auto task = [numbers](ledger::store& store) { return store.files(numbers); };
    auto const infos =
        co_await async::ledger_call(*writer_, ledger::writer::priority::delivery, std::move(task));
    if (!infos) co_return infos.error();
    std::size_t next = 0;
    for (auto& it : files) {
        if (next == numbers.size() || it.file->no() != numbers[next]) continue;
        auto const& info = (*infos)[next++];
        // Named again while the ledger was asked: once more.
        if (it.file->last_word) {
            it.file->last_word_is_old = true;
            continue;
        }
        it.was_asked = true;
        it.file->with_care = true;
        if (info.state == ledger::file_state::complete) {
            it.file->last_word = info;
            begin(it);
            continue;
        }
        files_->leave_for_delivery(*it.file);
        it.file = nullptr;
    }
    std::erase_if(files, [](finish_item const& it) { return it.file == nullptr; });
    co_return result<void>{};
}

/// What was read of it is not there any more: what follows is the rest of nothing.
bool finish_loop::has_changed(ledger::file_info const& info) const {
    auto const print = reading_state::from(info.offset, info.line, info.reader_state).print;
    if (!print) return false;
    auto const fd = open_in(*tools_.spool, place::work, info.claimed.work_name);
    auto const sum = fd ? sum_of(fd.get(), info.offset) : std::nullopt;
    return sum && *sum != print->sum;
}

void finish_loop::look_at_work(round& files) {
    std::erase_if(files, [&](finish_item& it) { return look_at_work(it); });
}

/// True: the file grew after what was read of it, and is to be read on.
bool finish_loop::look_at_work(finish_item& it) {
    if (it.is_moved) return false;
    auto& file = *it.file;
    auto& info = *file.last_word;
    struct stat seen {};
    if (::fstatat(tools_.spool->fd(place::work), info.claimed.work_name.c_str(), &seen,
                  AT_SYMLINK_NOFOLLOW) != 0) {
        // Perhaps it has been finished since these words were written.
        if (!it.was_asked) file.last_word_is_old = true;
        return false;
    }
    // Another one than was claimed, where a person put it back.
    info.claimed.inode = seen.st_ino;
    if (static_cast<std::uint64_t>(seen.st_size) <= info.offset) return false;
    // It is filed away as it was read; the look at done/ that follows gives it back.
    if (has_changed(info)) return false;
    log_line(level::warn, "a file grew after it was read: it is read on",
             {{name::file, info.claimed.name}});
    file.read_on_from(info);
    crashes_->mark(file.reading);
    file.last_word.reset();
    files_->set_stage(file, stage::importing);
    return true;
}

asio::awaitable<result<void>> finish_loop::write_notes(round& files) {
    for (std::size_t i = 0; i < files.size();) {
        auto& it = files[i];
        if (it.has_notes) {
            ++i;
            continue;
        }
        auto const written = co_await write_notes_of(it);
        if (is_unknown(it)) co_return result<void>{};
        if (written) continue;
        it.file->with_care = true;
        if (written.error().code != errc::unreadable) co_return written;
        log_line(level::error,
                 "a file cannot be read again for the lines that the server rejected: it stays "
                 "where it is, the next start tries again; other files go on",
                 {{name::file, it.info().claimed.name}, {name::error, written.error().message}});
        files_->set_stage(*it.file, stage::unreadable);
        files.erase(files.begin() + static_cast<std::ptrdiff_t>(i));
    }
    co_return result<void>{};
}

/// Counts the reasons, then writes down what the server rejected; a piece at a time. Given up where
/// the file is named again meanwhile.
asio::awaitable<result<void>> finish_loop::write_notes_of(finish_item& it) {
    if (auto const& published =
            reading_state::from(it.info().offset, it.info().line, it.info().reader_state).published)
        it.notes.refused_file = published->name;
    auto job = job_of(it);
    if (!job) co_return job.error();
    rejects_writer writing(tools_, std::move(*job));
    ledger::reasons_walk counting(*tools_.ledger, it.info());
    for (bool counted = false; !counted && !is_unknown(it);) {
        auto const done = counting.turn();
        if (!done) co_return done.error();
        counted = *done;
        co_await context_->yield();
    }
    for (bool written = false; !written && !is_unknown(it);) {
        auto const done = writing.turn();
        if (!done) co_return done.error();
        written = *done;
        if (!written) co_await context_->yield();
    }
    if (is_unknown(it)) co_return result<void>{};
    it.notes.reasons = counting.refused().top(most_reasons);
    for (auto& reason : counting.rejected().top(most_reasons))
        it.notes.reasons.push_back(std::move(reason));
    it.notes.by_server_file = writing.published_as();
    it.has_notes = true;
    co_return result<void>{};
}

result<rejects_job> finish_loop::job_of(finish_item const& it) const {
    auto const& info = it.info();
    rejects_job job;
    job.no = info.no;
    job.format = it.file->reading.format;
    job.table = reading_state::from(info.offset, info.line, info.reader_state).table;
    job.splits = it.file->reading.state.position.splits;
    job.by_server = true;
    job.again = it.file->with_care || it.is_moved;
    job.name = spool::with_infix(info.claimed.name, ".rejected-by-server");
    job.file = open_in(*tools_.spool, place::work, info.claimed.work_name);
    if (job.file) return job;
    if (errno != ENOENT) {
        auto const value = errno;
        return of_input(
            errno_error(value, "open", tools_.spool->path_of(place::work, info.claimed.work_name)));
    }
    auto moved = open_moved(*tools_.spool, info);
    if (!moved) return moved.error();
    job.file = std::move(*moved);
    job.again = true;
    return job;
}

asio::awaitable<result<void>> finish_loop::report_done(round& files) {
    std::vector<ledger::done_file> numbers;
    numbers.reserve(files.size());
    for (auto const& it : files)
        numbers.push_back(
            {it.info().no, it.done_name, it.info().finished_at, it.info().claimed.inode});
    auto task = [numbers = std::move(numbers)](ledger::store& store) {
        return store.files_done(numbers, wall_now());
    };
    auto const known =
        co_await async::ledger_call(*writer_, ledger::writer::priority::delivery, std::move(task));
    if (known) {
        done(files);
    } else if (known.error().code == errc::invalid_data) {
        // A person opened one of them again meanwhile: the ledger is asked which are complete.
        for (auto& it : files)
            it.file->last_word_is_old = true;
        co_return result<void>{};
    }
    co_return known;
}

void finish_loop::done(round& files) {
    auto const now = steady_now();
    for (auto const& it : files) {
        log_->finished(it.info(), it.done_name, it.notes, now);
        // A producer that has kept it open may write after the last look.
        when_done_(filed_as(it.info().no, it.done_name, it.info().claimed.inode, it.info().offset,
                            it.info().reader_state));
        if (!it.file->last_word_is_old) {
            files_->remove(*it.file);
            continue;
        }
        it.file->with_care = true;
        files_->set_stage(*it.file, stage::complete);
    }
    files.clear();
    if (trouble_.ended(now)) log_line(level::info, "finished files can be archived again", {});
}

bool finish_loop::may_go_on(error const& e, steady_time now) {
    // With a results file that somebody made unwritable nothing is unknown on the disk.
    if (!may_pass(e.code) && !ledger::may_be_given_again(e.code) && e.code != errc::unreadable)
        return false;
    if (trouble_.trouble(now))
        log_line(level::error,
                 "finished files cannot be archived now; nothing is lost, it is tried again",
                 {{name::error, e.message}});
    return true;
}

}  // namespace setclick::intake
