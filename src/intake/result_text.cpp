#include "result_text.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include <algorithm>

#include "file_position.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/base/time.hpp"

namespace setclick::intake {
namespace {

/// A JSON string; a name that is no UTF-8 appears in its printable form.
std::string quoted(std::string_view raw) {
    return boost::json::serialize(
        boost::json::string(is_utf8(raw) ? std::string(raw) : printable(raw, 4096)));
}

std::string number(std::string_view key, std::uint64_t value) {
    return quoted(key) + ":" + std::to_string(value);
}

std::string text(std::string_view key, std::string_view value) {
    return quoted(key) + ":" + quoted(value);
}

std::string nullable(std::string_view key, std::string_view value) {
    return value.empty() ? quoted(key) + ":null" : text(key, value);
}

std::uint64_t as_number(file_no no) {
    return static_cast<std::uint64_t>(no);
}

event::file_remarks remarks_of(ledger::file_info const& f) {
    return reading_state::from(f.offset, f.line, f.reader_state).remarks;
}

std::string in_rejected(std::string const& name) {
    return name.empty() ? name : "rejected/" + name;
}

std::string warnings(ledger::file_info const& f) {
    return quoted("warnings") + ":" + remarks_of(f).json();
}

}  // namespace

bool is_one_delivered(ledger::file_info const& f) noexcept {
    return f.accepted == 1 && f.delivered == 1 && f.duplicate == 0 && f.refused == 0 &&
           f.rejected == 0 && f.discarded == 0;
}

std::string results_name(wall_time finished_at) {
    std::string day;
    for (char const c : wall_text(finished_at).substr(0, 10))
        if (c != '-') day += c;
    return "results-" + day + ".ndjson";
}

std::string result_mark(file_no no) {
    return number("file_no", as_number(no)) + ",";
}

std::string result_line(ledger::file_info const& f, std::string_view done_name) {
    return "{" + text("file", f.claimed.name) + "," + result_mark(f.no) + text("done", done_name) +
           "," + number("delivered", f.delivered) + "," +
           text("first", wall_text(f.claimed_at, true)) + "," +
           text("last", wall_text(f.finished_at, true)) +
           (remarks_of(f).empty() ? "" : "," + warnings(f)) + "}\n";
}

std::string result_text(ledger::file_info const& f, result_notes const& notes) {
    std::string reasons;
    auto other = f.rejected + f.refused;
    auto const add = [&](std::string_view reason, std::uint64_t count) {
        reasons += (reasons.empty() ? "\n  " : ",\n  ") + number(reason, count);
        other -= std::min(other, count);
    };
    for (auto const& [reason, count] : notes.reasons)
        add(reason, count);
    if (other > 0) add("other", other);
    // As in `status`: a line that could not be read is one rejected event.
    auto const rejected = f.rejected + f.refused;
    auto const events = f.accepted + f.duplicate + f.refused;
    return "{" + text("file", f.claimed.name) + ",\n " + result_mark(f.no) + " " +
           nullable("done", notes.done_name) + ",\n " + number("events", events) + ", " +
           number("delivered", f.delivered) + ", " + number("rejected", rejected) + ", " +
           number("duplicate", f.duplicate) + ", " + number("discarded", f.discarded) + ",\n " +
           number("refused_on_reading", f.refused) + ", " +
           number("rejected_by_server", f.rejected) + ",\n " +
           text("first", wall_text(f.claimed_at, true)) + ", " +
           text("last", wall_text(f.finished_at, true)) + ",\n " + quoted("reasons") + ":{" +
           reasons + "},\n " + nullable("refused_lines", in_rejected(notes.refused_file)) + ", " +
           nullable("rejected_lines", in_rejected(notes.by_server_file)) + ",\n " + warnings(f) +
           ",\n " + text("look", "setclickd list --file '" + printable(f.claimed.name) + "'") +
           "}\n";
}

}  // namespace setclick::intake
