// Where reading of a spool file goes on, and what of it lies in rejected/ already: what the ledger
// keeps beside a file's offset and line, as one text.
//
//     ""                          the usual file of lines: number and line agree
//     v2;last=90;splits=30,812<790:17:;resume=990:20:;remarks=a12:3!7200;print=77@1700000000;at=elements next;published=12:crm.ndjson
//     v2;last=9;at=table;table=1 0 0 44 …     a table, with its layout (csv::text_of, or "refused")
//     90,30,812;4 0 0 …|12|crm.ndjson          as versions before the tag wrote it; still read
//
// Members that say nothing are left out; `published` comes last, since a name has any bytes. Pure.
// Never: a text that loses a part of what it was made from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fingerprint.hpp"
#include "setclickd/event/file_remarks.hpp"
#include "setclickd/event/position.hpp"

namespace setclick::intake {

/// That a file's refused lines lie in rejected/.
struct published_lines {
    std::uint64_t last_number = 0;  ///< those up to this one
    std::string name;               ///< in rejected/

    friend bool operator==(published_lines const&, published_lines const&) = default;
};

/// An offset at which the file ended when it was read, and behind which it has grown since.
struct file_split {
    std::uint64_t at = 0;
    /// Where reading went on: before the piece that was refused at that end. Nothing: at `at`, since
    /// the piece before it was complete; what comes after is a line of its own.
    std::optional<event::position> from;

    friend bool operator==(file_split const&, file_split const&) = default;
};

/// Where reading goes on, with the numbering's memory.
struct file_position {
    /// Of a file that grows again and again in the middle of its lines.
    static constexpr std::size_t most_splits = 256;

    event::position at;
    std::uint64_t last_number = 0;
    /// In the file's order. Whoever looks for a line by its number splits there too.
    std::vector<file_split> splits{};
    /// The file's last piece was refused where the file ends: if it grows, that piece is read again
    /// from here.
    std::optional<event::position> resume;
};

/// All that is kept of a file that was read in part or as a whole.
struct reading_state {
    file_position position;
    std::optional<published_lines> published{};
    event::file_remarks remarks{};
    std::optional<fingerprint> print{};  ///< of a file that was read to its end
    std::string table{};                 ///< table_file::text, of a table that was looked at

    /// For ledger::import_chunk::reader_state, beside offset and line.
    std::string text() const;
    static reading_state from(std::uint64_t offset, std::uint64_t line, std::string_view text);
    /// The start of a file.
    static file_position start() { return from(0, 1, {}).position; }
};

}  // namespace setclick::intake
