// What was read of a file → the entries of a chunk for the ledger: an event with its record, or a
// refused piece with its reason.
//
// Numbers: the ledger keeps each event under a number of its own in the file. For .ndjson and tables
// that is the line. In .json several elements may begin on one line: then each gets the number after its
// neighbour's, so a one-line array counts elements.
//
// Keeps true: each piece is one entry, the numbers of a file rise. Takes note in the file of what its
// line in the log and its result report: remarks, the first refusal, the first warning.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "reading_file.hpp"
#include "setclickd/base/ids.hpp"
#include "setclickd/base/time.hpp"
#include "setclickd/event/file_reader.hpp"
#include "setclickd/event/reader.hpp"
#include "setclickd/ledger/types.hpp"
#include "setclickd/settings/settings.hpp"

namespace setclick::intake {

class chunk_entries {
public:
    /// `accounts` are the ledger's numbers of `rules.accounts`, in their order. `rules` outlives this.
    chunk_entries(event::rules const& rules, std::vector<account_no> accounts,
                  settings::dedupe_key key);

    /// What follows belongs to another chunk.
    void begin_chunk(reading_file& file) noexcept;
    /// The number of the file's next piece, which begins on `line`.
    static std::uint64_t number_for(reading_file& file, std::uint64_t line) noexcept;

    void add(reading_file& file, event::read_piece const& piece, std::uint64_t number,
             wall_time now, ledger::import_chunk& out);
    /// A remark alone, such as a footer: no entry.
    static void note(reading_file& file, event::piece const& remark);
    /// All bytes from `from` up to the file's end, as one refused piece.
    void refuse_rest(reading_file& file, event::position const& from, std::string_view reason,
                     ledger::import_chunk& out);

private:
    void refuse(reading_file& file, event::piece const& p, std::uint64_t number,
                std::string_view reason, std::size_t account, ledger::import_chunk& out) const;

    event::rules const* rules_;
    std::vector<account_no> accounts_;
    std::vector<std::uint64_t> met_in_;  ///< by account: the last chunk that had one of its events
    std::uint64_t chunk_ = 0;
    settings::dedupe_key key_;
};

}  // namespace setclick::intake
