// The spool's files, as far as the ledger knows them: where they are kept. A store implements this over
// its table; what a transaction changes in their counters gathers here.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "file_delta.hpp"
#include "setclickd/ledger/operations.hpp"
#include "setclickd/ledger/types.hpp"

namespace setclick::ledger {

/// In front of a done_name: the file is past its time in done/ and about to be removed; alone: it
/// has been. Two: it is gone, but its result is there and goes in its turn: the file was finished anew
/// since (two alone), or given back (before the name that it had); three, that turn has come. No name has it.
inline constexpr char removed_mark = '/';

class file_rows {
public:
    virtual ~file_rows() = default;

    /// For new files; used up also when the transaction fails.
    virtual std::vector<file_no> new_numbers(std::size_t count) = 0;
    /// With its first chunk, or an empty one. True when the file is complete with it.
    virtual bool add(file_no no, claimed_file const& file, import_chunk const& first,
                     import_result const& counts, std::int64_t now) = 0;
    virtual file_info get(file_no no) = 0;  ///< throws `not_found`
    virtual std::vector<file_info> not_done() = 0;
    virtual void done(done_file const& file, std::int64_t now, std::int64_t day) = 0;

    /// What was marked as past its time is not in done/ any more.
    virtual void removed(file_no no) = 0;
    /// A file that was given back: not in done/ any more. Nothing where it is not there, or being read on.
    virtual void given_back(file_no no) = 0;
    /// From done back to importing; its name in done/ stays.
    virtual void read_on(file_no no) = 0;

    /// The chunk's progress and counts. True when the file is complete with it.
    virtual bool advance(file_no no, import_chunk const& chunk, import_result const& counts,
                         std::int64_t now) = 0;

    /// Gathered here, written by `flush`.
    file_delta& change(file_no no) { return changes_[no]; }
    struct flushed {
        std::vector<file_info> complete;
        std::vector<file_no> reopened;
    };
    flushed flush(std::int64_t now) {
        auto const gathered = std::exchange(changes_, {});
        return gathered.empty() ? flushed{} : apply(gathered, now);
    }
    /// After a rollback.
    void forget() {
        changes_.clear();
        reload();
    }

    // For pruning.
    struct name {
        file_no no{};
        std::string_view claimed;    ///< the producer's; lasts for the visit, as the others
        std::string_view done_name;  ///< with its marks
        std::string_view reader_state;
        std::uint64_t inode = 0;
        std::uint64_t offset = 0;
        file_state state = file_state::importing;
        std::int64_t finished_at = 0;
        std::int64_t done_day = 0;
    };
    /// The files after this number, at most so many; returns false to end.
    virtual void each_name(std::uint64_t after, std::size_t most,
                           std::function<bool(name const&)> const& visit) = 0;
    /// Puts the mark in front of its done_name.
    virtual void expire(file_no no) = 0;
    /// The same, with whether it may be forgotten: done on `day` or before, without events, and not in
    /// done/ any more where that matters.
    virtual void each_forgettable(std::int64_t day, bool is_in_done_for_ever, std::uint64_t after,
                                  std::size_t most,
                                  std::function<bool(file_no, bool)> const& visit) = 0;
    virtual void erase(file_no no) = 0;

protected:
    using changes = std::map<file_no, file_delta>;
    /// Some of them may change nothing.
    virtual flushed apply(changes const& by_file, std::int64_t now) = 0;
    virtual void reload() = 0;

private:
    changes changes_;
};

}  // namespace setclick::ledger
