// The durable steps at a file's end, for a round of files at once.
//
//     work/… → done/<file>                 renamed; done/ and work/ synced, once for the round
//     done/<file>.result.json              or a line in done/results-YYYYMMDD.ndjson for a file
//                                          of one delivered event that has none yet
//
// Promises: restartable; killed anywhere, or failed anywhere, the same files are given again `with
// care`, what is there already is found (the moved file by its inode and name, the result by its
// file's number) and the rest is done. done/ is synced before work/: a crash between the two leaves
// a name too many, never one too few. Never: asks or tells the ledger.
//
// The intake's thread; blocks on the disk.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "result_text.hpp"
#include "setclickd/spool/publish.hpp"
#include "spool_file.hpp"

namespace setclick::intake {

/// A file in the round that is being finished.
struct finish_item {
    spool_file* file = nullptr;
    std::string done_name;  ///< empty: not moved, or nowhere
    result_notes notes;
    bool has_notes = false;   ///< what the server rejected of it is written down
    bool is_moved = false;    ///< out of work/, or missing there
    bool has_result = false;  ///< published as a file of its own, maybe not synced yet
    bool was_asked = false;   ///< the ledger was, in this round

    ledger::file_info const& info() const noexcept { return *file->last_word; }
};

class archiver {
public:
    explicit archiver(spool::directory const& spool) : spool_(&spool) {}

    /// All steps for all of them. After an error the same round is given again. `errc::unreadable`
    /// where somebody made a results file one that may not be written: nothing is unknown then.
    result<void> archive(std::vector<finish_item>& round);

private:
    result<void> move_all(std::vector<finish_item>& round);
    result<void> move_one(finish_item& it, std::vector<finish_item*>& missing);
    result<void> find_moved(std::vector<finish_item*> const& missing);
    result<void> publish_results(std::vector<finish_item>& round);
    result<std::string> earlier_result(finish_item const& it) const;
    result<void> publish_result(finish_item& it, std::string const& earlier);

    spool::directory const* spool_;
    /// Names were moved to done/, and neither directory has been synced since. Outlives a try that
    /// fails half way: the next one may have nothing left to move.
    bool unsynced_ = false;
};

}  // namespace setclick::intake
