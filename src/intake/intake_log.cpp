#include "intake_log.hpp"

#include <algorithm>
#include <variant>

#include "setclickd/base/text.hpp"
#include "setclickd/event/position.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::intake {
namespace {

using telemetry::level;
using telemetry::log_line;
namespace name = telemetry::log_field;

/// "click_time: is missing (412)".
std::string most_often(result_notes const& notes) {
    auto const top = std::ranges::max_element(notes.reasons, {},
                                              [](auto const& reason) { return reason.second; });
    return top == notes.reasons.end() ? std::string()
                                      : top->first + " (" + grouped(top->second) + ")";
}

/// An export of nothing.
bool is_closed_array(event::place const& end) noexcept {
    auto const* const at = std::get_if<event::element_place>(&end);
    return at != nullptr && at->now == event::split_phase::closed;
}

}  // namespace

bool intake_log::may_write(unsigned& written, unsigned most, steady_time now) {
    tick(now);
    if (written >= most) return false;
    ++written;
    return true;
}

void intake_log::tick(steady_time now) {
    if (now - second_ < 1s) return;
    flush();
    second_ = now;
    lines_ = refusals_ = 0;
}

void intake_log::flush() {
    if (read_.files > 0)
        log_line(level::info, "more files read",
                 {{name::count, read_.files},
                  {name::events, read_.events},
                  {"refused", read_.refused},
                  {"duplicates", read_.duplicates}});
    if (finished_.files > 0)
        log_line(level::info, "more files finished",
                 {{name::count, finished_.files},
                  {name::events, finished_.events},
                  {"delivered", finished_delivered_},
                  {"refused", finished_.refused}});
    read_ = finished_ = {};
    finished_delivered_ = 0;
}

void intake_log::read(spool_file const& of, steady_time now) {
    auto const& file = of.reading;
    auto const& counts = of.counts;
    if (!file.state.remarks.empty() && may_write(refusals_, most_refusals, now)) {
        auto reason = file.state.remarks.text();
        if (!file.first_warning.empty()) reason += "; " + file.first_warning;
        log_line(level::warn, "the file looks odd",
                 {{name::file, file.name}, {name::reason, reason}});
    }
    bool const has_refused = counts.refused > 0;
    if (!may_write(has_refused ? refusals_ : lines_, has_refused ? most_refusals : most_lines,
                   now)) {
        ++read_.files;
        read_.events += counts.events;
        read_.refused += counts.refused;
        read_.duplicates += counts.duplicates;
        return;
    }
    bool const is_empty = !has_refused && counts.events + counts.duplicates == 0;
    bool const is_list = is_empty && is_closed_array(file.state.position.at.at);
    auto const* const message = has_refused ? "file read, some of it refused"
                                : is_list   ? "file read: its list is empty"
                                : is_empty  ? "file read: it holds no event"
                                            : "file read";
    auto const how = has_refused || (is_empty && !is_list) ? level::warn : level::info;
    if (!has_refused || file.first_refusal.empty())
        log_line(how, message,
                 {{name::file, file.name},
                  {name::events, counts.events},
                  {"refused", counts.refused},
                  {"duplicates", counts.duplicates}});
    else
        log_line(how, message,
                 {{name::file, file.name},
                  {name::events, counts.events},
                  {"refused", counts.refused},
                  {"duplicates", counts.duplicates},
                  {"first_refused", file.first_refusal}});
}

void intake_log::finished(ledger::file_info const& file, std::string const& done_name,
                          result_notes const& notes, steady_time now) {
    if (!may_write(lines_, most_lines, now)) {
        ++finished_.files;
        finished_.events += file.accepted;
        finished_.refused += file.refused;
        finished_delivered_ += file.delivered;
        return;
    }
    bool const is_well = file.rejected + file.refused == 0 || notes.reasons.empty();
    if (is_well)
        log_line(level::info, "file finished",
                 {{name::file, file.claimed.name},
                  {"delivered", file.delivered},
                  {"rejected", file.rejected},
                  {"refused", file.refused},
                  {"duplicates", file.duplicate},
                  {"discarded", file.discarded},
                  {"done", done_name}});
    else
        log_line(level::warn, "file finished, some of it rejected",
                 {{name::file, file.claimed.name},
                  {"delivered", file.delivered},
                  {"rejected", file.rejected},
                  {"refused", file.refused},
                  {"duplicates", file.duplicate},
                  {"discarded", file.discarded},
                  {"done", done_name},
                  {"most_often", most_often(notes)}});
}

void intake_log::left(spool::left_file const& file, std::string const& incoming) {
    log_line(level::warn, "file left alone",
             {{name::file, file.name}, {name::path, incoming}, {name::reason, file.why}});
}

}  // namespace setclick::intake
