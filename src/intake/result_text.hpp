// What a finished file leaves in done/, as text. Pure.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "setclickd/ledger/types.hpp"

namespace setclick::intake {

/// What the result says beside the counts.
struct result_notes {
    std::string done_name;       ///< in done/; empty: the file is gone
    std::string refused_file;    ///< in rejected/; empty for none
    std::string by_server_file;  ///< in rejected/; empty for none
    std::vector<std::pair<std::string, std::uint64_t>> reasons;  ///< the most frequent
};

/// True for a file of one event that was delivered: it gets a line among others and no file of its
/// own.
bool is_one_delivered(ledger::file_info const& file) noexcept;

/// "results-20261122.ndjson": by the day (UTC) on which the file became complete, so that a
/// repeated finish finds its line.
std::string results_name(wall_time finished_at);

/// A line with its end, for results-YYYYMMDD.ndjson.
std::string result_line(ledger::file_info const& file, std::string_view done_name);

/// The content of <file>.result.json, a few lines of JSON. File names that are no UTF-8 appear in
/// their printable form.
std::string result_text(ledger::file_info const& file, result_notes const& notes);

/// What both contain, to find them again: "\"file_no\":12,".
std::string result_mark(file_no no);

}  // namespace setclick::intake
