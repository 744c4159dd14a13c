// Takes out of done/ what the ledger calls past its time: finished files, their results, and
// results-YYYYMMDD.ndjson of days of which nothing is left.
//
// Promises: only what the ledger named goes (a file by its inode, a result by its number); done/ is
// synced before the ledger learns that it is gone, and what it does not learn it names again. No
// directory is listed. What cannot be removed stays until the next sweep, with a log line.
//
// One thread (the intake's, which alone works in done/); `turn` does a bounded piece of work and
// never waits for the ledger.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "setclickd/ledger/operations.hpp"
#include "setclickd/ledger/writer.hpp"
#include "setclickd/spool/directory.hpp"
#include "setclickd/telemetry/log_limiter.hpp"

namespace setclick::intake {

struct done_cleaner_wiring {
    spool::directory const* spool = nullptr;
    ledger::writer* writer = nullptr;
    std::function<void()> wake;  ///< any thread: an answer of the ledger is there
};

class done_cleaner {
public:
    /// Files in a turn: a few milliseconds.
    static constexpr std::size_t files_a_turn = 32;

    explicit done_cleaner(done_cleaner_wiring wiring);
    ~done_cleaner();

    void add(std::vector<ledger::expired_file> files);
    /// In done/ nothing finished before this moment, once what was added is gone.
    void keep_results_since(wall_time oldest);

    /// A piece of work: true when something was done. An error is fatal.
    result<bool> turn(steady_time now, wall_time wall_now);
    bool is_idle() const noexcept;
    /// Files that are still to go.
    std::size_t left() const noexcept { return queue_.size(); }

private:
    struct answer;

    result<bool> take_answer();
    result<void> remove(ledger::expired_file const& file);
    result<void> remove_result(ledger::expired_file const& file, std::string const& name);
    void remove_old_results(wall_time wall_now);
    void post_removed();
    void said(error const& e, steady_time now);

    done_cleaner_wiring wiring_;
    std::shared_ptr<answer> answer_;
    std::deque<ledger::expired_file> queue_;
    std::vector<file_no> removed_;  ///< to be told to the ledger
    std::optional<wall_time> oldest_;
    std::uint64_t files_ = 0;   ///< gone since the last line in the log
    std::uint64_t others_ = 0;  ///< left alone since then
    bool waiting_ = false;      ///< for the ledger
    telemetry::log_limiter trouble_;
};

}  // namespace setclick::intake
