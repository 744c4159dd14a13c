// Which names of incoming/ to try next: hints first, then those that were not quiet yet, then the
// scan.
//
// With `once` there is one pass over incoming/, and what was not quiet in it is asked again until
// it is taken or gone; what comes later is left for the next run.
//
// A file that is renamed in is a hint from the moment on when this is made; one that was there before
// is found, and has to be quiet.
//
// One thread at a time. Blocking.
#pragma once

#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "setclickd/base/time.hpp"
#include "setclickd/spool/claim.hpp"
#include "setclickd/spool/scan.hpp"
#include "setclickd/spool/watch.hpp"
#include "setclickd/telemetry/log_limiter.hpp"

namespace setclick::intake {

struct source_options {
    milliseconds settle{2000};
    milliseconds scan_every{2000};
    bool inotify = true;
    bool once = false;
};

class candidate_source {
public:
    candidate_source(spool::directory& spool, source_options const& options);

    /// Up to `limit` names worth a look now; empty when there are none.
    std::vector<spool::candidate> next(std::size_t limit, steady_time now);
    /// What was not quiet, and what a round that ended early did not look at: it is offered again.
    void ask_again(std::vector<spool::candidate> unquiet, steady_time now);
    /// The round found no room: nothing is offered before `until`.
    void pause(steady_time until);

    /// When `next` may have something without a hint.
    steady_time next_look() const noexcept;
    /// Not paused.
    bool may_look(steady_time now) const noexcept { return now >= paused_until_; }
    /// To wait for hints; -1 for none. Stays the same.
    int hint_fd() const noexcept { return watch_ ? watch_->fd() : -1; }
    /// With `once`: everything that was there at the start has been taken, left alone or is gone.
    bool is_exhausted() const noexcept {
        return options_.once && passes_ > 0 && !in_pass_ && !unquiet_overflow_ &&
               unquiet_.empty() && asked_.empty();
    }
    bool is_once() const noexcept { return options_.once; }
    /// True once after each end of a pass.
    bool pass_ended() noexcept { return std::exchange(pass_ended_, false); }

private:
    void open_watch();
    void follow_incoming();
    void no_watch(error const& e);
    void read_hints(std::size_t limit);
    void scan(std::size_t limit, steady_time now, std::vector<spool::candidate>& out);

    spool::directory* spool_;
    source_options options_;
    spool::scanner scanner_;
    std::optional<spool::watch> watch_;
    bool watch_failed_ = false;
    std::vector<spool::candidate> hints_;
    std::unordered_set<std::string> unquiet_;
    std::vector<std::string> asked_;  ///< being asked again now
    bool unquiet_overflow_ = false;
    steady_time unquiet_at_ = never;
    steady_time scan_at_{};
    steady_time paused_until_{};
    bool in_pass_ = false;
    bool pass_ended_ = false;
    std::uint64_t passes_ = 0;
    std::uint64_t incoming_inode_ = 0;
    telemetry::log_limiter scan_trouble_;
};

}  // namespace setclick::intake
