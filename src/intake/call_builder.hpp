// Makes up the ledger's next call out of the files in the table: what is new, what is to be marked,
// and a chunk of each file whose turn it is.
//
// Promises: files take turns (`file_table`'s rows are their order); few descriptors stay open
// between turns; a file that cannot be read is `unreadable` and stops nobody; without descriptors
// all wait and nothing is lost. Never: a claim, the ledger.
//
// The intake's thread; blocks on the disk.
#pragma once

#include <vector>

#include "chunk_reader.hpp"
#include "file_table.hpp"
#include "import_call.hpp"
#include "reading_policy.hpp"
#include "setclickd/spool/directory.hpp"
#include "setclickd/telemetry/log_limiter.hpp"

namespace setclick::intake {

class call_builder {
public:
    /// Files in a call: their descriptors are open meanwhile.
    static constexpr std::size_t most_new_files = 512;
    /// Descriptors of files that stay open until their next turn.
    static constexpr std::size_t most_open = 64;

    call_builder(spool::directory const& spool, file_table& files, chunk_reader& reader)
        : spool_(&spool), files_(&files), reader_(&reader) {}

    /// Files were claimed just now.
    void files_came(steady_time now) noexcept {
        policy_.files_came(now, files_->count(stage::importing) > 0);
    }
    /// Fills `call`, which is empty before. `under_way`: another call is. True where something was
    /// done, even if the call is empty: a part of a table was looked at.
    bool build(import_call& call, bool under_way, steady_time now);
    /// There was no descriptor for the last file: it awaits another turn.
    bool is_short_of_descriptors() const noexcept { return open_trouble_.is_troubled(); }

private:
    enum class opened { yes, no_descriptor, unreadable };

    void add_new(import_call& call);
    void add_marks(import_call& call);
    void read_first_chunks(import_call& call, steady_time now);
    void read_on(import_call& call, steady_time now);
    enum class did { read, looked, waits, unreadable };
    static void report_profile(reading_file& file);
    did read_chunk(import_call& call, spool_file& file, chunk_limits limits, chunk_limits& used);
    opened open(spool_file& file, steady_time now);
    void await_turn(spool_file& file);
    void give_up(spool_file& file, error const& e);

    spool::directory const* spool_;
    file_table* files_;
    chunk_reader* reader_;
    reading_policy policy_;
    bool has_looked_ = false;  ///< in the build that is under way
    telemetry::log_limiter open_trouble_;
};

/// Open for reading; -1 with errno where it cannot be.
unique_fd open_in(spool::directory const& spool, spool::place where, std::string const& name);

}  // namespace setclick::intake
