#include "recovery.hpp"

#include <utility>

#include "recovery_plan.hpp"
#include "setclickd/spool/claim.hpp"
#include "setclickd/spool/publish.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::intake {
namespace {

using spool::place;
using telemetry::level;
using telemetry::log_line;
namespace name = telemetry::log_field;

/// Lines about single files; a spool that lost thousands logs the rest as a number.
constexpr std::size_t most_lines = 100;

void log_missing(spool::directory const& spool, recovery_plan const& plan) {
    std::size_t lines = 0;
    for (auto const& info : plan.missing) {
        if (++lines > most_lines) break;
        bool const half = !info.at_end;
        log_line(level::error,
                 half ? "a file is missing in work/ and was not read to its end: put it back and "
                        "start again"
                      : "a file is missing in work/: its events are in the ledger and go on, the "
                        "file is gone",
                 {{name::file, info.claimed.name},
                  {name::path, spool.path_of(place::work, info.claimed.work_name)},
                  {"read_up_to", info.offset}});
    }
    for (auto const& foreign : plan.foreign) {
        if (++lines > most_lines) break;
        log_line(level::warn, "a file in work/ that setclickd did not put there is left alone",
                 {{name::file, foreign}});
    }
    if (lines > most_lines)
        log_line(level::error, "more files are missing or foreign in work/ than are named here",
                 {{name::count, plan.missing.size() + plan.foreign.size()}});
}

spool_file& take_up(ledger::file_info const& info, stage at, crash_places const& crashes,
                    file_table& files) {
    auto& file = files.add(at, reading_of(info));
    file.read_on_from(info);
    file.with_care = true;
    crashes.mark(file.reading);
    return file;
}

}  // namespace

result<void> take_up_unfinished(spool::directory const& spool,
                                std::vector<ledger::file_info> unfinished,
                                crash_places const& crashes, file_table& files) {
    auto const count = unfinished.size();
    auto plan = plan_recovery(spool, std::move(unfinished));
    if (!plan) return plan.error();
    // A kill may have come between their renames and the syncs: nothing of a file reaches the
    // ledger before its name is durable.
    if (!plan->unknown.empty())
        if (auto r = spool::sync_claims(spool); !r) return r.error();
    auto const not_imported = plan->unknown.size();
    for (auto& claimed : plan->unknown)
        crashes.mark(files.add_claimed(std::move(claimed)).reading);
    for (auto& info : plan->bring_back) {
        auto const moved = spool::move_back(spool, info.done_name, info.claimed.work_name);
        if (!moved && moved.error().code != errc::not_found) return moved.error();
        (moved ? plan->read_on : plan->missing).push_back(std::move(info));
    }
    log_missing(spool, *plan);
    for (auto const& info : plan->read_on)
        take_up(info, stage::importing, crashes, files);
    for (auto& info : plan->publish) {
        auto& file = take_up(info, stage::publishing, crashes, files);
        if (info.state == ledger::file_state::complete) file.last_word = std::move(info);
    }
    for (auto const no : plan->finish)
        files.add_complete(no);
    if (count > 0 || not_imported > 0)
        log_line(level::info, "files of an earlier run taken up",
                 {{name::count, count + not_imported},
                  {"not_imported", not_imported},
                  {"half_imported", plan->read_on.size()},
                  {"to_finish", plan->finish.size()},
                  {"missing", plan->missing.size()}});
    return {};
}

}  // namespace setclick::intake
