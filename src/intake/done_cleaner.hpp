// Takes out of done/ what the ledger calls past its time: finished files, their results, and
// results-YYYYMMDD.ndjson of days of which nothing is left.
//
// Promises: only what the ledger named goes (a file by its inode, a result by its number), and none
// of it that was not read: a file that has grown since is brought back instead; one that somebody
// has open for writing stays until a later sweep. done/ is
// synced before the ledger learns that it is gone, and what it does not learn it names again. No
// directory is listed. What cannot be removed stays until the next sweep, with a log line.
// Where it waits: for something to remove (`add`, `keep_results_since`), for the ledger.
//
// The intake's thread, which alone works in done/.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "done_return.hpp"
#include "loop_context.hpp"
#include "setclickd/async/notification.hpp"
#include "setclickd/ledger/operations.hpp"
#include "setclickd/ledger/writer.hpp"
#include "setclickd/spool/directory.hpp"
#include "setclickd/telemetry/log_limiter.hpp"

namespace setclick::intake {

class done_cleaner {
public:
    /// Files in a turn: a few milliseconds.
    static constexpr std::size_t files_a_turn = 32;

    done_cleaner(loop_context const& context, spool::directory const& spool, ledger::writer& writer,
                 done_return& returns)
        : context_(&context),
          spool_(&spool),
          writer_(&writer),
          returns_(&returns),
          wake_(context.io) {}

    boost::asio::awaitable<void> run();
    void add(std::vector<ledger::expired_file> files);
    /// In done/ nothing finished before this moment, once what was added is gone.
    void keep_results_since(wall_time oldest);

    /// Files that are still to go.
    std::size_t left() const noexcept { return queue_.size(); }
    bool is_idle() const noexcept { return queue_.empty() && !oldest_ && !is_reporting_; }

private:
    boost::asio::awaitable<result<std::vector<file_no>>> remove_some(steady_time now);
    bool is_open_for_writing(ledger::expired_file const& file) const;
    result<void> remove(ledger::expired_file const& file);
    result<void> remove_result(ledger::expired_file const& file, std::string const& name);
    void remove_old_results(wall_time now);
    void log_trouble(error const& e, steady_time now);

    loop_context const* context_;
    spool::directory const* spool_;
    ledger::writer* writer_;
    done_return* returns_;
    async::notification wake_;
    std::deque<ledger::expired_file> queue_;
    std::optional<wall_time> oldest_;
    std::uint64_t files_ = 0;   ///< gone since the last line in the log
    std::uint64_t others_ = 0;  ///< left alone since then
    std::uint64_t open_ = 0;    ///< left until a later sweep
    bool is_reporting_ = false;
    telemetry::log_limiter trouble_;
};

}  // namespace setclick::intake
