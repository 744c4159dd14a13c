// The first pass over a table: what it is encoded in, which sign separates its cells, where the header
// is and where the footers begin; and, by values_survey, what its values look like.
//
// Decides in bounded memory, a window at a time, over the whole file; what is ambiguous refuses the
// file with both readings. What is no table (an office file, an archive, XML, JSON) is refused with
// the cure. Pure.
//
//   encoding   a byte order mark, or zeros in every second byte: UTF-8, UTF-16, UTF-32. Else UTF-8 where
//              any row is; Windows-1252 where no row with further signs is UTF-8, each of them is a
//              letter or a sign in its place, and no other code page reads them as well.
//   separator  `sep=` in the first line; else the one of , ; tab | that makes columns of known names,
//              or the only one that makes columns at all.
//   header     the row with the most known names among the first; else the first that is as long
//              as most. Above it: "Parameters:…", "###" and "#" lines, titles, empty rows.
//   footers    at the file's end: totals, and rows of one cell behind an empty row.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "setclickd/csv/layout.hpp"
#include "setclickd/csv/values_survey.hpp"

namespace setclick::csv {

class survey {
public:
    /// `values` outlives this.
    survey(values_survey& values, std::size_t max_row);
    ~survey();
    survey(survey&&) noexcept;

    /// As row_reader::consume, from the file's start on. A refused file is read no further.
    std::size_t consume(std::string_view window, bool at_end);
    bool finished() const noexcept;
    std::uint64_t offset() const noexcept;  ///< bytes done with

    /// When finished: why the file as a whole is refused, for a person; empty = `found`.
    std::string const& refusal() const noexcept;
    layout const& found() const noexcept;
    /// No row holds anything: there is no header, and no event.
    bool is_empty() const noexcept;

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

/// The header of a file whose layout is known, read again.
struct table_header {
    std::vector<std::string> names;  ///< without our columns
    std::vector<parameter> parameters;
};
/// `head`: the file's bytes from its start on, up to `rows_offset` at least.
table_header header_of(layout const& l, std::string_view head, std::size_t max_row);

/// What `head`, which is no table, is: a sentence with the cure; empty where it may be one.
std::string other_format(std::string_view head);

}  // namespace setclick::csv
