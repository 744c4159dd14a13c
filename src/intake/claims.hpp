// Takes files out of incoming/: looks where something may lie, claims a round of it, and logs what
// is left alone.
//
// Promises: a claimed file is durably in work/ before it is in the table; a name that is left alone
// costs one log line, not one a scan; where files cannot be taken now (a full disk, no descriptors)
// nothing is offered for `try_again_after`. Never: reads a file, knows the ledger.
//
// The intake's thread; blocks on the disk.
#pragma once

#include "candidate_source.hpp"
#include "file_table.hpp"
#include "intake_log.hpp"
#include "setclickd/spool/claim.hpp"
#include "setclickd/spool/left_alone.hpp"
#include "setclickd/telemetry/log_limiter.hpp"

namespace setclick::intake {

class claims {
public:
    /// Files in a round: they stay open until they are read.
    static constexpr std::size_t round_size = 512;
    /// With `once` nobody waits for ever: after so many rounds in a row that could not take files it
    /// is an error.
    static constexpr unsigned most_troubles_once = 3;

    claims(spool::directory& spool, spool::claim_options const& claim, candidate_source source,
           milliseconds try_again_after, file_table& files, intake_log& log);

    /// A round. True when it took files; an error is fatal.
    result<bool> take(steady_time now);

    candidate_source& source() noexcept { return source_; }
    candidate_source const& source() const noexcept { return source_; }
    /// A file in incoming/ could be neither read nor moved.
    bool has_untaken() const noexcept { return untaken_ > 0; }
    /// As reported_names::counts.
    spool::left_counts const& left_alone() const noexcept { return reported_.counts(); }
    std::uint64_t last_sequence() const noexcept { return claimer_.last_sequence(); }

    /// It fails, and is tried again and again.
    bool is_held_up() const noexcept { return trouble_.is_troubled(); }

private:
    void log_left(std::vector<spool::left_file> const& left);
    result<void> trouble(error const& e, steady_time now);

    spool::directory* spool_;
    spool::claimer claimer_;
    candidate_source source_;
    spool::reported_names reported_;
    milliseconds try_again_after_;
    file_table* files_;
    intake_log* log_;
    telemetry::log_limiter trouble_;
    bool once_;
    unsigned troubles_ = 0;  ///< in a row
    std::size_t untaken_ = 0;
};

}  // namespace setclick::intake
