// A stretch of a spool file → a chunk for the ledger: split, read, checked.
//
// One file is read a chunk at a time: at most 4096 events or about 1 MiB, so files take turns and
// memory does not depend on their size. Between two chunks a file is a position; a restart goes on
// from the position that the ledger has.
//
// Numbers: the ledger keeps each event under a number of its own in the file. For .ndjson that is
// the line. In .json several elements may begin on one line: then each gets the number after its
// neighbour's, so a one-line array counts elements.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "file_position.hpp"
#include "setclickd/base/ids.hpp"
#include "setclickd/base/unique_fd.hpp"
#include "setclickd/csv/table_reader.hpp"
#include "setclickd/event/file_reader.hpp"
#include "setclickd/event/reader.hpp"
#include "setclickd/intake/reading_note.hpp"
#include "setclickd/ledger/types.hpp"
#include "setclickd/settings/settings.hpp"
#include "setclickd/spool/window.hpp"
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
    std::uint64_t looked = 0;  ///< bytes that its last chunk looked at without reading them

    running_sum sum;                        ///< of what was read in this run
    std::int64_t modified_at_begin_ns = 0;  ///< the time stamp when its first chunk was read

    // For the log line.
    std::string first_refusal;  ///< "line 3: …"
    std::string first_warning;
};

/// Of a chunk, or of all chunks that are imported together.
struct chunk_limits {
    std::size_t events = 1024;
    std::size_t bytes = std::size_t{384} << 10;

    bool is_used_up() const noexcept { return events == 0 || bytes == 0; }
};

/// What is imported together. Each account in it costs the ledger pages of its own, however few its
/// events are: files that mix many accounts are read in larger portions (at 500 accounts eight
/// times as much).
chunk_limits portion(std::size_t accounts) noexcept;

class chunk_reader {
public:
    /// `accounts` are the ledger's numbers of `rules.accounts`, in their order. `note`, where there
    /// is one, always says what is being read. `tables`: how tables are mapped.
    chunk_reader(event::rules rules, std::vector<account_no> accounts, settings::dedupe_key key,
                 std::size_t max_line, reading_note* note = nullptr,
                 csv::mapping_rules tables = {});

    /// Fills `out` from the file's position on and moves the position. `out` is empty before (its
    /// capacity is reused). An error means that the file cannot be read, or is shorter than it was;
    /// then neither has changed.
    /// One of the file's crash lines is refused unread; where it is not known where the line ends,
    /// so is the rest of the file. A table is looked at as a whole before its first row is read: as
    /// long as that takes, the chunks are empty.
    result<void> read(reading_file& file, chunk_limits limits, wall_time now,
                      ledger::import_chunk& out);

    /// Bytes of the largest line that is taken.
    std::size_t max_line() const noexcept { return max_line_; }
    spool::window& buffer() noexcept { return window_; }

private:
    result<spool::window::view> fill(reading_file& file);
    result<bool> open_table(reading_file& file);
    template <class Pieces>
    void read_pieces(Pieces& pieces, reading_file& file, std::string_view bytes, bool at_end,
                     std::uint64_t start, chunk_limits limits, wall_time now,
                     ledger::import_chunk& out);
    void end_chunk(reading_file const& file, ledger::import_chunk& out) const;
    void refuse_table(reading_file& file, ledger::import_chunk& out);
    std::optional<fingerprint> print_of(reading_file& file, std::uint64_t start,
                                        std::string_view bytes) const;
    void take(reading_file& file, event::read_piece const& piece, std::uint64_t number,
              wall_time now, ledger::import_chunk& out);
    void refuse(reading_file& file, event::piece const& p, std::uint64_t number,
                std::string_view reason, std::size_t account, ledger::import_chunk& out);
    void refuse_rest(reading_file& file, event::position const& from, std::string_view reason,
                     ledger::import_chunk& out);

    event::reader reader_;
    std::vector<account_no> accounts_;
    std::vector<std::uint64_t> met_in_;  ///< by account: the last chunk that had one of its events
    std::uint64_t chunk_ = 0;
    settings::dedupe_key key_;
    std::size_t max_line_;
    spool::window window_;
    csv::mapping_rules tables_;
    reading_note own_note_;  ///< where nobody wants to know
    reading_note* note_;
};

/// The number of a piece: strictly rising, the line wherever that is possible.
inline std::uint64_t next_number(std::uint64_t line, std::uint64_t last) noexcept {
    return line > last ? line : last + 1;
}

}  // namespace setclick::intake
