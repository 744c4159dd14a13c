#include "publish_loop.hpp"

#include <cerrno>
#include <utility>

#include "call_builder.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/ledger/store.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::intake {
namespace {

namespace asio = boost::asio;
using spool::place;
using telemetry::level;
using telemetry::log_line;
namespace name = telemetry::log_field;

}  // namespace

asio::awaitable<void> publish_loop::run() {
    for (;;) {
        auto* const file = files_->first(stage::publishing);
        if (file == nullptr) {
            context_->rests();
            co_await wake_.wait();
            continue;
        }
        auto const published = co_await publish(*file);
        auto const now = steady_now();
        if (published) {
            if (trouble_.ended(now))
                log_line(level::info, "refused lines can be written again", {});
            files_->set_stage(*file, stage::marking);
        } else if (!may_go_on(*file, published.error(), now)) {
            context_->fatal(published.error());
            co_return;
        } else if (file->at() == stage::publishing) {
            co_await context_->pause_until(now + try_again_after_);
        }
        co_await context_->yield();
    }
}

asio::awaitable<result<void>> publish_loop::publish(spool_file& file) {
    auto job = job_of(file);
    if (!job) co_return job.error();
    rejects_writer writer(tools_, std::move(*job));
    for (;;) {
        auto const done = writer.turn();
        if (!done) co_return done.error();
        if (*done) break;
        co_await context_->yield();
    }
    if (!writer.published_as().empty())
        file.reading.state.published = published_lines{writer.last_number(), writer.published_as()};
    co_return result<void>{};
}

result<rejects_job> publish_loop::job_of(spool_file const& file) const {
    auto const& read = file.reading;
    rejects_job job;
    job.no = read.no;
    job.name = read.name;
    job.format = read.format;
    job.table = read.state.table;
    job.again = file.with_care;
    if (read.state.published) job.after = read.state.published->last_number;
    job.file = open_in(*tools_.spool, place::work, read.work_name);
    // Where it is gone, the reasons alone are written.
    if (!job.file && errno != ENOENT) {
        auto const value = errno;
        return of_input(
            errno_error(value, "open", tools_.spool->path_of(place::work, read.work_name)));
    }
    return job;
}

bool publish_loop::may_go_on(spool_file& file, error const& e, steady_time now) {
    file.with_care = true;
    if (e.code == errc::unreadable) {
        log_line(level::error,
                 "a file cannot be read on: it stays in work/, the next start tries again; other "
                 "files go on",
                 {{name::file, file.reading.name}, {name::error, e.message}});
        files_->set_stage(file, stage::unreadable);
        return true;
    }
    if (!may_pass(e.code) && !ledger::may_be_given_again(e.code)) return false;
    if (trouble_.trouble(now))
        log_line(level::error,
                 "refused lines cannot be written now; nothing is lost, it is tried again",
                 {{name::error, e.message}});
    return true;
}

}  // namespace setclick::intake
