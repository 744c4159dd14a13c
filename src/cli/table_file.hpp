// A table (CSV, TSV) on the disk, looked at from its start to its end: how it is laid out, which profile it is
// read with, and what its columns become.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "setclickd/base/error.hpp"
#include "setclickd/csv/mapping.hpp"
#include "setclickd/csv/survey.hpp"

namespace setclick::cli {

/// How far the look has come: bytes.
using look_progress = std::function<void(std::uint64_t done)>;

struct table_file {
    /// The file as a whole is refused, and why; below only `laid_out` is set then, and its `columns` is 0 where
    /// not even that is known.
    std::string refusal;
    bool is_empty = false;  ///< no row holds anything; as above
    csv::layout laid_out;
    csv::table_header header;
    std::string why;  ///< this profile
    std::optional<csv::mapping> columns;
};

/// "UTF-8, commas, lines end in LF; the header is line 1", for people.
std::string layout_text(csv::layout const& l);

/// By the name's end: .csv and .tsv; .txt where a profile's pattern has it.
bool is_table_name(std::string_view file_name, csv::profiles const& known);

/// `fd` can be read again from its start. `shown` is for messages; `file_name` and `wanted` choose the profile.
result<table_file> look_at_table(int fd, std::string const& shown, std::string_view file_name,
                                 csv::mapping_rules const& rules, std::string_view wanted,
                                 std::size_t max_row, look_progress const& progress);

/// The header alone, whatever profile it would have.
result<table_file> header_of_table(int fd, std::string const& shown, csv::profiles const& known,
                                   std::size_t max_row);

/// The next bytes of `fd` behind what `window` holds; true: there are no more.
result<bool> read_more(int fd, std::string const& shown, std::string& window);

}  // namespace setclick::cli
