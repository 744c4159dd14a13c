// A stretch of a spool file → a chunk for the ledger: split, read, checked.
//
// One file is read a chunk at a time: at most 4096 events or about 1 MiB, so files take turns and
// memory does not depend on their size. Between two chunks a file is a position; a restart goes on
// from the position that the ledger has.
//
// A table is looked at as a whole before its first row is read (`look`), a step at a time, so that it
// takes turns with the others meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "chunk_entries.hpp"
#include "chunk_limits.hpp"
#include "reading_file.hpp"
#include "setclickd/base/error.hpp"
#include "setclickd/base/ids.hpp"
#include "setclickd/csv/mapping.hpp"
#include "setclickd/event/reader.hpp"
#include "setclickd/intake/reading_note.hpp"
#include "setclickd/ledger/types.hpp"
#include "setclickd/settings/settings.hpp"
#include "setclickd/spool/window.hpp"

namespace setclick::intake {

class chunk_reader {
public:
    /// `accounts` are the ledger's numbers of `rules.accounts`, in their order. `note`, where there
    /// is one, always says what is being read. `tables`: how tables are mapped.
    chunk_reader(event::rules rules, std::vector<account_no> accounts, settings::dedupe_key key,
                 std::size_t max_line, reading_note* note = nullptr,
                 csv::mapping_rules tables = {});

    enum class look_result : std::uint8_t {
        ready,    ///< `read` may be called
        goes_on,  ///< a part of a table was looked at (`reading_file::looked`)
        waits,    ///< nothing was: too many large tables are being looked at
    };
    /// Large tables that are looked at by turns: what is known of each lies in memory until it is
    /// through. One that a single step looks at waits for none of them.
    static constexpr std::size_t most_first_passes = 32;

    /// Before each `read`. An error as for `read`.
    result<look_result> look(reading_file& file);

    /// Fills `out` from the file's position on and moves the position. `out` is empty before (its
    /// capacity is reused). An error means that the file cannot be read, or is shorter than it was;
    /// then neither has changed.
    /// One of the file's crash lines is refused unread; where it is not known where the line ends,
    /// so is the rest of the file.
    result<void> read(reading_file& file, chunk_limits limits, wall_time now,
                      ledger::import_chunk& out);

    /// Bytes of the largest line that is taken.
    std::size_t max_line() const noexcept { return max_line_; }
    spool::window& buffer() noexcept { return window_; }

private:
    result<spool::window::view> fill(reading_file& file);
    result<void> read_texts(reading_file& file, chunk_limits limits, wall_time now,
                            ledger::import_chunk& out);
    result<void> read_rows(reading_file& file, chunk_limits limits, wall_time now,
                           ledger::import_chunk& out);
    template <class Pieces>
    void read_pieces(Pieces& pieces, reading_file& file, std::string_view bytes, bool at_end,
                     std::uint64_t start, chunk_limits limits, wall_time now,
                     ledger::import_chunk& out);
    std::optional<fingerprint> print_of(reading_file& file, std::uint64_t start,
                                        std::string_view bytes) const;

    event::reader reader_;
    chunk_entries entries_;
    std::size_t max_line_;
    spool::window window_;
    csv::mapping_rules tables_;
    std::shared_ptr<void const> first_passes_ = std::make_shared<char>();  ///< each holds a copy
    reading_note own_note_;  ///< where nobody wants to know
    reading_note* note_;
};

}  // namespace setclick::intake
