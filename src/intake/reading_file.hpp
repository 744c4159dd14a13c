// A spool file while it is read: where its reading goes on, and what was seen of it so far.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "file_position.hpp"
#include "fingerprint.hpp"
#include "setclickd/base/ids.hpp"
#include "setclickd/base/unique_fd.hpp"
#include "setclickd/event/splitter.hpp"
#include "setclickd/ledger/types.hpp"
#include "table_file.hpp"

namespace setclick::intake {

/// A file being read.
struct reading_file {
    file_no no{};      ///< zero until the ledger has given it
    std::string name;  ///< the producer's
    std::string work_name;
    event::file_format format = event::file_format::lines;
    unique_fd fd;            ///< may be closed between turns
    std::uint64_t size = 0;  ///< when it was claimed: it may grow, but not shrink
    reading_state state;
    bool at_end = false;                             ///< read to its end
    std::size_t accounts = 0;                        ///< in its last chunk
    std::vector<ledger::reading_place> crash_lines;  ///< of this file; mostly none

    /// The number of the refused line that is read again, since the file has grown after it.
    std::uint64_t read_again = 0;

    std::unique_ptr<table_file> table;  ///< of a table; made when its turn first comes
    bool knows_profile = false;         ///< whether that has changed was looked at in this run
    std::uint64_t looked = 0;  ///< bytes that its last chunk looked at without reading them

    running_sum sum;                        ///< of what was read in this run
    std::int64_t modified_at_begin_ns = 0;  ///< the time stamp when its first chunk was read

    // For the log line.
    std::string first_refusal;  ///< "line 3: …"
    std::string first_warning;
};

/// The number of a piece: strictly rising, the line wherever that is possible.
inline std::uint64_t next_number(std::uint64_t line, std::uint64_t last) noexcept {
    return line > last ? line : last + 1;
}

}  // namespace setclick::intake
