// One file of the spool between its claim and its last move, with the stage that it is in.
//
//     claimed      in work/; the ledger does not know it yet
//     importing    being read, a chunk each turn
//     read         read to its end; its last chunk is on the way to the ledger
//     publishing   its refused lines are being written to rejected/
//     marking      they lie there; the ledger is about to learn it
//     (delivering  its events wait for delivery: nothing of it is kept in memory)
//     complete     every event of it is final
//     finishing    what the server rejected is written down, the file moves to done/
//     unreadable   cannot be read on: stays where it is until the next start
//
// A file is in exactly one stage; only `file_table::set_stage` changes it. The names are those of
// the life table in docs/architecture.md.
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <string_view>

#include "reading_file.hpp"
#include "setclickd/ledger/types.hpp"

namespace setclick::intake {

enum class stage : std::uint8_t {
    claimed,
    importing,
    read,
    publishing,
    marking,
    complete,
    finishing,
    unreadable,
};
inline constexpr std::size_t stage_count = 8;

std::string_view name_of(stage s) noexcept;
/// The stages of a file that is still on its way into the ledger.
constexpr bool is_on_its_way_in(stage s) noexcept {
    return s <= stage::marking;
}

/// What the ledger accepted of a file, for its line in the log.
struct imported_counts {
    std::uint64_t events = 0;
    std::uint64_t refused = 0;
    std::uint64_t duplicates = 0;
};

struct spool_file {
    reading_file reading;
    std::optional<ledger::claimed_file> to_announce;  ///< while `claimed`
    imported_counts counts;
    unsigned chunks_under_way = 0;  ///< read, and not answered by the ledger yet
    /// Something of its way may have been done before (a crash, a try that failed half way): what
    /// is there already is looked for before it is done again.
    bool with_care = false;
    /// The ledger's last word, once every event is final.
    std::optional<ledger::file_info> last_word;
    /// It was named complete again since: `last_word` may not hold any more, the ledger is asked.
    bool last_word_is_old = false;

    /// Is to be read on from where the ledger says.
    void read_on_from(ledger::file_info const& info);

    file_no no() const noexcept { return reading.no; }
    stage at() const noexcept { return at_; }

private:
    friend class file_table;
    stage at_ = stage::claimed;
    std::list<spool_file>::iterator self_{};
};

/// Ready to be read on from where the ledger says.
reading_file reading_of(ledger::file_info const& info);
/// Ready to be read from its beginning.
reading_file reading_of(ledger::claimed_file const& claimed);

}  // namespace setclick::intake
