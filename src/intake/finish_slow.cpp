// finisher: files with rejected lines, whose reasons and lines are written a piece at a time.
#include <fcntl.h>

#include <cerrno>

#include "finisher.hpp"
#include "setclickd/spool/name.hpp"

namespace setclick::intake {
namespace {

using spool::place;

constexpr std::uint32_t most_reasons = 20;

event::file_format format_of(ledger::file_info const& info) {
    return event::format_of(info.claimed.name).value_or(event::file_format::lines);
}

}  // namespace

/// Nothing where the file is nowhere. One that a crash left moved, with nobody knowing as what, is
/// found by its inode and its name: its rejected lines must be written as they were before, or they
/// would be published twice.
result<unique_fd> finisher::open_file(ledger::file_info const& info) const {
    constexpr int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    unique_fd fd(::openat(wiring_.spool->fd(place::work), info.claimed.work_name.c_str(), flags));
    if (fd) return fd;
    if (errno != ENOENT) {
        auto const value = errno;
        return of_input(errno_error(value, "open",
                                    wiring_.spool->path_of(place::work, info.claimed.work_name)));
    }
    if (info.removed) return fd;
    auto done_name = info.done_name;
    if (done_name.empty()) {
        spool::moved_file const wanted[]{{info.claimed.inode, info.claimed.name, info.offset}};
        auto found = spool::names_of(*wiring_.spool, place::done, wanted);
        if (!found) return found.error();
        done_name = std::move(found->front());
    }
    if (done_name.empty()) return fd;
    fd = unique_fd(::openat(wiring_.spool->fd(place::done), done_name.c_str(), flags));
    if (fd || errno == ENOENT) return fd;
    auto const value = errno;
    return of_input(errno_error(value, "open", wiring_.spool->path_of(place::done, done_name)));
}

/// A page further; true when all are in the notes.
result<bool> finisher::reasons_turn(item& it) {
    auto const done = counting_->turn();
    if (!done || !*done) return done;
    it.notes.reasons = counting_->refused().top(most_reasons);
    for (auto& reason : counting_->rejected().top(most_reasons))
        it.notes.reasons.push_back(std::move(reason));
    counting_.reset();
    return true;
}

result<void> finisher::begin_slow(item& it) {
    if (auto const published = published_lines::from(it.info.reader_state))
        it.notes.refused_file = published->name;
    rejects_job job;
    job.no = it.info.no;
    job.format = format_of(it.info);
    job.splits = file_position::from(it.info.offset, it.info.line, it.info.reader_state).splits;
    job.by_server = true;
    job.again = it.again || it.moved;
    job.name = spool::with_infix(it.info.claimed.name, ".rejected-by-server");
    auto file = open_file(it.info);
    if (!file) return file.error();
    job.file = std::move(*file);
    writing_.emplace(wiring_.tools, std::move(job));
    counting_.emplace(*wiring_.tools.ledger, it.info);
    return {};
}

/// Counts the reasons, then writes down what the server rejected; a piece at a time.
result<void> finisher::slow_turn(steady_time now) {
    auto& it = slow_.front();
    if (stale_.contains(it.info.no)) {
        counting_.reset();
        writing_.reset();
        ask_anew(it.info.no);
        slow_.pop_front();
        return {};
    }
    auto done = result<bool>(false);
    if (!writing_)
        if (auto r = begin_slow(it); !r) done = r.error();
    if (done && counting_) {
        done = reasons_turn(it);
        if (done) return {};
    }
    if (done) done = writing_->turn();
    if (!done) {
        counting_.reset();
        writing_.reset();
        it.again = true;
        if (done.error().code == errc::unreadable) {
            wiring_.unreadable(it.info, done.error());
            slow_.pop_front();  // and stays in known_: the next start tries again
            return {};
        }
        if (!may_pass(done.error().code)) return done.error();
        trouble(done.error(), now);
        return {};
    }
    if (!*done) return {};
    it.notes.by_server_file = writing_->published_as();
    writing_.reset();
    ready_.push_back(std::move(it));
    slow_.pop_front();
    return {};
}

}  // namespace setclick::intake
