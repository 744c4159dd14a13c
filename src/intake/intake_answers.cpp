// service::loop: the ledger's answers, and what follows from them.
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>

#include "intake_loop.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::intake {
namespace {

using telemetry::level;
using telemetry::log_line;
namespace name = telemetry::log_field;

std::string free_space(std::string const& path) {
    struct statvfs room {};
    auto const slash = path.rfind('/');
    auto const directory =
        slash == std::string::npos ? std::string(".") : path.substr(0, slash + 1);
    if (::statvfs(directory.c_str(), &room) != 0) return "unknown";
    return grouped(std::uint64_t{room.f_bavail} * room.f_frsize) + " bytes";
}

}  // namespace

result<bool> service::loop::take_answers(steady_time now) {
    auto answers = calls_.collect();
    if (answers.fatal) return *answers.fatal;
    if (answers.full) disk_full(*answers.full, now);
    for (auto& call : answers.done) {
        answered(*call, now);
        calls_.recycle(std::move(call));
    }
    if (!answers.done.empty() && !calls_.is_parked() && full_.ended(now))
        log_line(level::info, "the ledger has room again: the intake goes on",
                 {{name::path, options_.ledger_path}});
    return !answers.done.empty();
}

void service::loop::disk_full(error const& e, steady_time now) {
    retry_at_ = now + options_.try_again_after;
    if (full_.trouble(now))
        log_line(level::error,
                 "the ledger's disk is full: nothing more is taken, the spool stays as it is; it "
                 "goes on by itself "
                 "when there is room",
                 {{name::path, options_.ledger_path},
                  {"free", free_space(options_.ledger_path)},
                  {name::error, e.message}});
}

void service::loop::answered(import_call& call, steady_time now) {
    for (std::size_t i = 0; i < call.new_owners.size(); ++i) {
        auto& file = *call.new_owners[i];
        file.no = call.answer.files[i];
        by_number_.emplace(file.no, &file);
    }
    for (std::size_t i = 0; i < call.owners.size(); ++i) {
        --call.owners[i]->in_flight;
        chunk_answered(*call.owners[i], call.answer.chunks[i], now);
    }
}

void service::loop::chunk_answered(reading_file& file, ledger::import_result const& r,
                                  steady_time now) {
    if (file.marking) {
        leave(file, r.complete.has_value());
        return;
    }
    file.events += r.accepted;
    file.refused += r.refused;
    file.duplicates += r.duplicates;
    if (!file.at_end || file.in_flight > 0 || file.broken) return;
    log_.read(file, now);
    if (file.refused == 0) {
        leave(file, r.complete.has_value());
        return;
    }
    if (r.complete) early_complete_.insert(file.no);
    to_publish_.push_back(&file);
}

/// Nothing more is to be read or written of it: from here on it is the delivery's, or ready to be
/// finished.
void service::loop::leave(reading_file& file, bool complete) {
    auto const no = file.no;
    by_number_.erase(no);
    if (early_complete_.erase(no) > 0 || complete) finisher_->add(no, again_.erase(no) > 0);
    files_.erase(&file);
}

void service::loop::take_completes(std::vector<file_no> const& files) {
    for (auto const no : files)
        if (by_number_.contains(no))
            early_complete_.insert(no);
        else
            finisher_->add(no, again_.erase(no) > 0);
}

/// Writes refused lines of files that were read to their end, a piece at a time.
result<bool> service::loop::publish_turn(steady_time now) {
    if (to_publish_.empty() || now < publish_at_) return false;
    auto& file = *to_publish_.front();
    auto const done = publish_piece(file);
    if (!done) return cannot_publish(file, done.error(), now);
    if (!*done) return true;
    if (publish_trouble_.ended(now))
        log_line(level::info, "refused lines can be written again", {});
    if (!publishing_->published_as().empty())
        file.published = published_lines{publishing_->last_number(), publishing_->published_as()};
    publishing_.reset();
    to_publish_.pop_front();
    to_mark_.push_back(&file);
    return true;
}

result<bool> service::loop::publish_piece(reading_file& file) {
    if (publishing_) return publishing_->turn();
    rejects_job job;
    job.no = file.no;
    job.name = file.name;
    job.format = file.format;
    job.again = again_.contains(file.no);
    if (file.published) job.after = file.published->last_number;
    job.file = open_work(file.work_name);
    // Where it is gone, the reasons alone are written.
    if (!job.file && errno != ENOENT) {
        auto const value = errno;
        return of_input(
            errno_error(value, "open", wiring_.spool->path_of(spool::place::work, file.work_name)));
    }
    publishing_.emplace(
        rejects_tools{wiring_.spool, ledger_.get(), &reader_.buffer(), reader_.max_line()},
        std::move(job));
    return publishing_->turn();
}

result<bool> service::loop::cannot_publish(reading_file& file, error const& e, steady_time now) {
    publishing_.reset();
    again_.insert(file.no);
    if (e.code == errc::unreadable) {
        to_publish_.pop_front();
        give_up(file, e);
        return true;
    }
    if (!may_pass(e.code)) return e;
    publish_at_ = now + options_.try_again_after;
    if (publish_trouble_.trouble(now))
        log_line(level::error,
                 "refused lines cannot be written now; nothing is lost, it is tried again",
                 {{name::error, e.message}});
    return true;
}

}  // namespace setclick::intake
