// The end of a file's way: what the server rejected is written down, the file moves to done/, its
// result appears, and the ledger learns that it is done.
//
//     rejected/<file>.rejected-by-server.…   where the server rejected some
//     work/… → done/<file>                   renamed; done/ and work/ synced, once for a round of
//     files done/<file>.result.json                or a line in done/results-YYYYMMDD.ndjson for a
//     file of one delivered event that
//                                            has none yet
//     ledger::store::files_done              one transaction for the round
//
// Restartable: killed anywhere, the next start begins again with the same file, finds what is there
// already (the moved file by its inode and name, the published ones by their content) and does the
// rest. A full disk, or a system without descriptors, keeps the round and tries again; a file that
// cannot be read again is left for the next start, and the others go on.
//
// One thread (the intake's); `turn` does a bounded piece of work and never waits for the ledger.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_set>
#include <vector>

#include "setclickd/ledger/reasons.hpp"
#include "setclickd/ledger/writer.hpp"
#include "rejects_writer.hpp"
#include "result_text.hpp"
#include "intake_log.hpp"
#include "setclickd/telemetry/log_limiter.hpp"

namespace setclick::intake {

struct finish_wiring {
    spool::directory* spool = nullptr;
    ledger::writer* writer = nullptr;
    std::function<void()> wake;  ///< any thread: an answer of the ledger is there
    rejects_tools tools;
    intake_log* log = nullptr;
    milliseconds try_again_after{5000};  ///< behind trouble with a disk or a folder
    /// A file that grew behind what was read of it: it is to be read on. `again` as in `add`.
    std::function<void(ledger::file_info, bool again)> grew;
    /// A file that cannot be read again: it stays where it is.
    std::function<void(ledger::file_info const&, error const&)> unreadable;
};

class finisher {
public:
    static constexpr std::size_t round_size = 512;
    /// Rounds that are not full are at least this far apart: each costs four syncs.
    static constexpr milliseconds gap{100};

    explicit finisher(finish_wiring wiring);
    ~finisher();

    /// Of this file nothing is pending any more. `again`: it may have been finished in part before
    /// a crash. Named again while it is being finished, it is finished as it is then: a person's
    /// command has opened it in between.
    void add(file_no no, bool again = false);

    /// A piece of work: true when something was done. An error is fatal.
    result<bool> turn(steady_time now);

    bool is_idle() const noexcept;
    /// The next time at which `turn` has something to do by itself.
    steady_time next_turn() const noexcept;

private:
    struct item {
        ledger::file_info info;
        bool again = false;
        bool moved = false;
        bool result_published = false;
        std::string done_name;
        result_notes notes;
    };
    struct answer;  ///< from the ledger's thread

    result<void> take_answer(steady_time now);
    void ask();
    void let_go(file_no no);
    void ask_anew(file_no no);
    void ask_anew_of_stale(std::vector<item>& items);
    result<void> slow_turn(steady_time now);
    result<bool> archive(steady_time now);
    result<void> move_all();
    result<void> move_one(item& it, std::vector<item*>& missing);
    result<void> find_moved(std::vector<item*> const& missing);
    result<void> publish_results();
    static std::string result_file(item const& it);
    result<std::string> earlier_result(item const& it) const;
    result<void> publish_result(item& it, std::string const& earlier);
    void post_done();
    void tell_unread(item const& it) const;
    bool give_back_grown(item& it);
    result<unique_fd> open_file(ledger::file_info const& info) const;
    void trouble(error const& e, steady_time now);

    result<void> begin_slow(item& it);
    result<bool> reasons_turn(item& it);

    finish_wiring wiring_;
    std::shared_ptr<answer> answer_;
    std::deque<std::pair<file_no, bool>> queue_;
    std::unordered_set<file_no> known_;  ///< queued or under way
    std::unordered_set<file_no> stale_;  ///< of these: named again since the ledger was asked
    std::deque<item> slow_;              ///< with rejected lines to be written
    std::optional<ledger::reasons_walk> counting_;  ///< of the first of slow_
    std::optional<rejects_writer> writing_;         ///< beside it, and behind it
    std::vector<item> ready_;
    bool waiting_ = false;  ///< for the ledger
    bool moved_ = false;    ///< ready_ has been archived, the ledger is to learn it
    bool unsynced_ =
        false;  ///< names were moved to done/, and neither directory has been synced since
    steady_time not_before_{};
    telemetry::log_limiter trouble_;
};

}  // namespace setclick::intake
