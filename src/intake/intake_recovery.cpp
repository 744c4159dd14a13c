// service::loop: taking up what an earlier run left.
#include "intake_loop.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::intake {
namespace {

using spool::place;
using telemetry::level;
using telemetry::log_line;
namespace name = telemetry::log_field;

/// Lines about single files; a spool that lost thousands says the rest as a number.
constexpr std::size_t most_lines = 100;

}  // namespace

result<void> service::loop::open_ledger() {
    auto opened = ledger::reader::open(options_.ledger_path);
    if (!opened) return opened.error();
    ledger_ = std::move(*opened);
    finish_wiring wiring;
    wiring.spool = wiring_.spool;
    wiring.writer = wiring_.writer;
    wiring.wake = [w = waker_] { w->wake(); };
    wiring.tools = {wiring_.spool, ledger_.get(), &reader_.buffer(), reader_.max_line()};
    wiring.log = &log_;
    wiring.try_again_after = options_.try_again_after;
    wiring.grew = [this](ledger::file_info info, bool again) {
        if (again) again_.insert(info.no);
        log_line(level::warn, "a file grew after it was read: it is read on",
                 {{name::file, info.claimed.name}});
        turns_.push_back(&take_up(info));
    };
    wiring.unreadable = [this](ledger::file_info const& info, error const& e) {
        not_filed_ = true;
        log_line(
            level::error,
            "a file cannot be read again for the lines that the server rejected: it stays where "
            "it is, the next start tries again; other files go on",
            {{name::file, info.claimed.name}, {name::error, e.message}});
    };
    finisher_ = std::make_unique<finisher>(std::move(wiring));
    done_cleaner_ = std::make_unique<done_cleaner>(
        done_cleaner_wiring{wiring_.spool, wiring_.writer, [w = waker_] { w->wake(); }});
    return {};
}

result<void> service::loop::recover(std::vector<ledger::file_info> unfinished) {
    auto const count = unfinished.size();
    auto plan = plan_recovery(*wiring_.spool, std::move(unfinished));
    if (!plan) return plan.error();
    tell_missing(*plan);
    // A kill may have come between their renames and the syncs: nothing of a file reaches the
    // ledger before its name is durable.
    if (!plan->unknown.empty())
        if (auto r = spool::sync_claims(*wiring_.spool); !r) return r.error();
    for (auto& file : plan->unknown)
        take_up_unknown(std::move(file));
    for (auto const& info : plan->read_on) {
        again_.insert(info.no);
        turns_.push_back(&take_up(info));
    }
    for (auto const& info : plan->publish) {
        again_.insert(info.no);
        auto& file = take_up(info);
        file.at_end = true;
        if (info.state == ledger::file_state::complete) early_complete_.insert(info.no);
        to_publish_.push_back(&file);
    }
    for (auto const no : plan->finish)
        finisher_->add(no, true);
    if (count > 0 || !plan->unknown.empty())
        log_line(level::info, "files of an earlier run taken up",
                 {{name::count, count + plan->unknown.size()},
                  {"not_imported", plan->unknown.size()},
                  {"half_imported", plan->read_on.size()},
                  {"to_finish", plan->finish.size()},
                  {"missing", plan->missing.size()}});
    return {};
}

reading_file& service::loop::take_up(ledger::file_info const& info) {
    auto file = std::make_unique<reading_file>();
    file->no = info.no;
    file->name = info.claimed.name;
    file->work_name = info.claimed.work_name;
    file->format = event::format_of(file->name).value_or(event::file_format::lines);
    file->size = info.claimed.size;
    file->position = file_position::from(info.offset, info.line, info.reader_state);
    file->published = published_lines::from(info.reader_state);
    file->events = info.accepted;
    file->refused = info.refused;
    file->duplicates = info.duplicate;
    take_crash_lines(*file);
    auto& out = *file;
    files_.emplace(&out, std::move(file));
    by_number_.emplace(out.no, &out);
    return out;
}

void service::loop::take_up_unknown(ledger::claimed_file claimed) {
    auto file = std::make_unique<reading_file>();
    file->name = claimed.name;
    file->work_name = claimed.work_name;
    file->format = event::format_of(file->name).value_or(event::file_format::lines);
    file->size = claimed.size;
    file->position = file_position::from(0, 1, {});
    take_crash_lines(*file);
    new_.emplace_back(file.get(), std::move(claimed));
    files_.emplace(file.get(), std::move(file));
}

void service::loop::take_crash_lines(reading_file& file) {
    for (auto const& place : options_.crash_lines) {
        if (place.work_name != file.work_name || place.offset < file.position.at.offset) continue;
        file.crash_lines.push_back(place);
        log_line(level::error,
                 "reading a file ended the daemon three times at the same place: that line is "
                 "refused unread, reason crash",
                 {{name::file, file.name}, {"offset", place.offset}});
    }
}

void service::loop::tell_missing(recovery_plan const& plan) {
    std::size_t said = 0;
    for (auto const& info : plan.missing) {
        if (++said > most_lines) break;
        bool const half = !info.at_end;
        log_line(level::error,
                 half ? "a file is missing in work/ and was not read to its end: put it back and "
                        "start again"
                      : "a file is missing in work/: its events are in the ledger and go on, the "
                        "file is gone",
                 {{name::file, info.claimed.name},
                  {name::path, wiring_.spool->path_of(place::work, info.claimed.work_name)},
                  {"read_up_to", info.offset}});
    }
    for (auto const& foreign : plan.foreign) {
        if (++said > most_lines) break;
        log_line(level::warn, "a file in work/ that setclickd did not put there is left alone",
                 {{name::file, foreign}});
    }
    if (said > most_lines)
        log_line(level::error, "more files are missing or foreign in work/ than are named here",
                 {{name::count, plan.missing.size() + plan.foreign.size()}});
}

}  // namespace setclick::intake
