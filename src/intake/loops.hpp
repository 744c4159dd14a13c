// The intake's loops with what they share, wired to each other. Decides nothing.
//
//     take in ─► import ─► publish ─► (mark: take in, import)     a file on its way in
//     finish                                                      … whose events are all final
//     look again                                                  … that lies in done/
//     clean                                                       … that is past its time
//
// Keeps true: they end in this order, each when the one before has ended, so that what the ledger
// answers is always taken note of. Who wakes whom: `file_table::when_entered`, in the constructor.
#pragma once

#include <memory>

#include "candidate_source.hpp"
#include "done_cleaner.hpp"
#include "finish_loop.hpp"
#include "import_loop.hpp"
#include "inbox.hpp"
#include "publish_loop.hpp"
#include "recheck_loop.hpp"
#include "reject_sharing.hpp"
#include "setclickd/async/loop_group.hpp"
#include "setclickd/intake/hold_up.hpp"
#include "setclickd/intake/service.hpp"
#include "setclickd/ledger/reader.hpp"
#include "take_in_loop.hpp"

namespace setclick::intake {

class loops {
public:
    loops(service_options const& options, service_wiring const& wiring, loop_context const& context,
          candidate_source source, std::unique_ptr<ledger::reader> ledger);
    loops(loops const&) = delete;
    loops& operator=(loops const&) = delete;

    /// What an earlier run left, before `start`. An error is fatal.
    result<void> take_up(std::vector<ledger::file_info> unfinished);
    void start(async::loop_group& group);
    void take(inbox::content mail);

    /// With `once`: all that was there at the start is done.
    bool is_idle() const noexcept;
    /// Files that could not be read or taken.
    bool has_unreadable() const noexcept {
        return files_.count(stage::unreadable) > 0 || claims_.has_untaken();
    }
    /// The worst of what keeps a loop from going on.
    hold_up held_up() const noexcept;
    spool::left_counts const& left_alone() const noexcept { return claims_.left_alone(); }
    std::size_t expiring() const noexcept { return cleaner_.left(); }
    std::uint64_t last_sequence() const noexcept { return claims_.last_sequence(); }
    intake_log& log() noexcept { return log_; }

private:
    spool::directory* spool_;
    std::unique_ptr<ledger::reader> ledger_;
    crash_places crashes_;
    file_table files_;
    intake_log log_;
    chunk_reader reader_;
    claims claims_;
    call_builder builder_;
    import_loop import_;
    take_in_loop take_in_;
    reject_sharing sharing_;
    publish_loop publish_;
    done_return returns_;
    recheck_loop recheck_;
    finish_loop finish_;
    done_cleaner cleaner_;
};

}  // namespace setclick::intake
