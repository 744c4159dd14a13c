// The intake of the moment: made at the start, and made anew by a reload that changes what it checks
// events against.
//
// Promises: there is one intake at a time; the one that takes over gets every file that was complete
// and not yet filed away, and goes on numbering files where the last one stopped. Before `start`
// and after `stop` what is named here is kept or ignored, never an error.
//
// Threads: the main one; `stop` blocks until the intake's thread has ended, so call it elsewhere.
#pragma once

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "configuration.hpp"
#include "setclickd/dispatch/dispatcher.hpp"
#include "setclickd/intake/service.hpp"
#include "setclickd/ledger/writer.hpp"
#include "setclickd/spool/directory.hpp"

namespace setclick::daemon {

class current_intake {
public:
    /// All of them outlive this.
    struct parts {
        boost::asio::io_context& context;
        configuration const& config;
        spool::directory& spool;
        ledger::writer& writer;
        dispatch::dispatcher& deliver;
    };
    struct run_facts {
        std::uint64_t run = 0;  ///< the ledger's start counter
        bool once = false;
        std::vector<ledger::reading_place> crash_lines;  ///< not to be read again
        std::function<void()> thread_begins;             ///< on each intake's thread, first of all
        /// On its thread: these accounts got events; unset where nobody else wants to know.
        std::function<void(std::vector<account_no>)> imported;
    };
    /// `fatal` is called on the main thread: the daemon must end.
    current_intake(parts with, run_facts facts, std::function<void(error)> fatal);

    /// Begins with the settings of now; after a `stop` it takes over from the one before.
    /// `unfinished`: every file that the ledger does not call done.
    void start(std::vector<ledger::file_info> unfinished);
    /// Blocks until the thread has ended. From a thread that may wait for a disk.
    void stop();

    /// Of these files nothing is pending any more.
    void complete(std::vector<ledger::file_info> files);
    /// Past their time in done/: they are removed.
    void expire(std::vector<ledger::expired_file> files, std::optional<wall_time> oldest_kept);
    /// How many of these still lie there.
    std::size_t expiring() const noexcept;

    /// Steps taken so far by the one that runs; nothing where none has started.
    std::optional<std::uint64_t> progress() const noexcept;
    /// For `--once`, as the intake's own.
    bool is_idle() const noexcept;
    bool has_unreadable() const noexcept;
    /// What keeps it from going on, for a person, and what it has counted.
    void add_to(delivery::deliver_status& s) const;
    spool::left_counts left_alone() const noexcept;

private:
    parts with_;
    run_facts facts_;
    std::function<void(error)> fatal_;
    intake::figures counted_;
    std::unique_ptr<intake::service> intake_;
};

}  // namespace setclick::daemon
