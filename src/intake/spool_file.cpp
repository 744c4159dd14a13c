#include "spool_file.hpp"

#include <array>
#include <string>
#include <string_view>

#include "setclickd/event/splitter.hpp"
#include "setclickd/spool/file_end.hpp"

namespace setclick::intake {
namespace {

/// Of a file that was taken: a .txt is a table then.
event::file_format format_of(std::string const& name) {
    if (spool::is_table_name(name)) return event::file_format::table;
    return event::format_of(name).value_or(event::file_format::lines);
}

constexpr std::array<std::string_view, stage_count> names{
    "claimed", "importing", "read", "publishing", "marking", "complete", "finishing", "unreadable"};

}  // namespace

std::string_view name_of(stage s) noexcept {
    return names[static_cast<std::size_t>(s)];
}

reading_file reading_of(ledger::claimed_file const& claimed) {
    reading_file out;
    out.name = claimed.name;
    out.work_name = claimed.work_name;
    out.format = format_of(out.name);
    out.size = claimed.size;
    out.state.position = reading_state::start();
    return out;
}

reading_file reading_of(ledger::file_info const& info) {
    auto out = reading_of(info.claimed);
    out.no = info.no;
    out.state = reading_state::from(info.offset, info.line, info.reader_state);
    return out;
}

void spool_file::read_on_from(ledger::file_info const& info) {
    reading = reading_of(info);
    counts = {info.accepted, info.refused, info.duplicate};
}

}  // namespace setclick::intake
