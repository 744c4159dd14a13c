// The spool's files, as far as the ledger knows them.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "../core/file_delta.hpp"
#include "setclickd/ledger/operations.hpp"
#include "setclickd/ledger/types.hpp"
#include "sqlite.hpp"

namespace setclick::ledger {

inline constexpr char const* file_columns =
    "no, name, work_name, device, inode, size, state, offset, line, at_end, reader_state, "
    "accepted, "
    "duplicate, refused, pending, delivered, rejected, discarded, claimed_at, finished_at, "
    "done_name, held";
file_info file_from(statement::cursor const& row);

/// In front of a done_name: the file is past its time in done/ and about to be removed; alone: it
/// has been. Two alone: it has been, and was finished anew since, so that a new result is to go in
/// its turn; three, that turn has come. No name has it.
inline constexpr char removed_mark = '/';

class file_table {
public:
    explicit file_table(connection& db);

    /// For the next new file; used up also when the transaction fails.
    file_no next_number() noexcept { return static_cast<file_no>(next_number_++); }
    /// With its first chunk, or an empty one. True when the file is complete with it.
    bool add(file_no no, claimed_file const& file, import_chunk const& first,
             import_result const& counts, std::int64_t now);
    file_info get(file_no no);  ///< throws `not_found`
    std::vector<file_info> not_done();
    void done(done_file const& file, std::int64_t now, std::int64_t day);

    /// What was marked as past its time is not in done/ any more.
    void removed(file_no no) { removed_.run(no); }
    /// From done back to importing; its name in done/ stays.
    void read_on(file_no no);

    /// The chunk's progress and counts. True when the file is complete with it.
    bool advance(file_no no, import_chunk const& chunk, import_result const& counts,
                 std::int64_t now);

    /// Gathered here, written by `flush`.
    file_delta& change(file_no no) { return changes_[no]; }
    struct flushed {
        std::vector<file_info> complete;
        std::vector<file_no> reopened;
    };
    flushed flush(std::int64_t now);
    /// After a rollback.
    void reload();

private:
    static bool change(statement& how, file_no no, file_delta const& d, std::int64_t now,
                       std::vector<file_no>& complete, std::vector<file_no>& reopened);

    statement insert_;
    statement select_;
    statement select_not_done_;
    statement select_state_;
    statement advance_;
    statement done_;
    statement change_;
    statement reopen_;
    statement removed_;
    statement read_on_;
    statement highest_;
    std::uint64_t next_number_ = 1;
    std::map<file_no, file_delta> changes_;
};

}  // namespace setclick::ledger
