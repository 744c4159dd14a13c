// From incoming/ to the ledger, and from the ledger's last word on a file to done/.
//
//     claim a round → read by turns, a chunk each → import → refused lines to rejected/ →
//     (delivery) → finish
//
// Promises: a file is claimed durably before the ledger hears of it, and imported together with its
// offset, so a crash anywhere loses and repeats nothing; a giant file never holds up a small one;
// memory does not depend on the size or number of files; nothing here waits for delivery. With a
// full disk the spool stays as it is and work goes on by itself when there is room. An I/O error
// that leaves the disk's content unknown ends the daemon (`fatal`).
//
// One thread of its own, which blocks on the disk. Public functions may be called from any thread,
// except where said.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "setclickd/base/ids.hpp"
#include "setclickd/csv/mapping.hpp"
#include "setclickd/event/reader.hpp"
#include "setclickd/intake/figures.hpp"
#include "setclickd/intake/hold_up.hpp"
#include "setclickd/intake/reading_note.hpp"
#include "setclickd/ledger/operations.hpp"
#include "setclickd/ledger/place.hpp"
#include "setclickd/ledger/types.hpp"
#include "setclickd/ledger/writer.hpp"
#include "setclickd/settings/settings.hpp"
#include "setclickd/spool/directory.hpp"
#include "setclickd/spool/left_alone.hpp"

namespace setclick::intake {

struct service_options {
    settings::spool_settings spool;
    settings::dedupe_key key = settings::dedupe_key::automatic;
    event::rules rules;
    std::vector<account_no> accounts;  ///< the ledger's numbers of rules.accounts, in their order
    csv::mapping_rules tables{};       ///< how tables are mapped
    std::uint64_t run = 0;             ///< the ledger's start counter
    std::uint64_t after = 0;  ///< `last_sequence` of the intake before this one in the same run
    ledger::place ledger{};   ///< for a reader of its own, and for messages
    milliseconds try_again_after{5000};              ///< after trouble with a disk or a folder
    bool once = false;                               ///< only what lies in incoming/ at the start
    std::vector<ledger::reading_place> crash_lines;  ///< refused unread (ledger::recovery)
};

struct service_wiring {
    spool::directory* spool = nullptr;  ///< outlives the intake; nobody else uses it meanwhile
    ledger::writer* writer = nullptr;   ///< outlives the intake
    /// On the ledger's thread, after each commit of an import: accounts that got events, and how
    /// many events.
    std::function<void(std::vector<account_no>, std::uint64_t)> imported;
    figures* counted = nullptr;  ///< outlives the intake; null: nobody wants to know
    reading_note* reading =
        nullptr;  ///< says what is being read, where somebody wants to know; outlives the intake
    /// On the intake's thread, before all else.
    std::function<void()> thread_begins;
    /// On the intake's thread: it has stopped, the daemon must end.
    std::function<void(error)> fatal;
};

class service {
public:
    service(service_options options, service_wiring wiring);
    ~service();  ///< stops

    /// Once, with what the ledger's recovery found: takes up what an earlier run left, then works
    /// until `stop`. They may be a million: nothing keeps them once they are taken up.
    void start(std::vector<ledger::file_info> unfinished);

    /// Ends after the current piece of work, when the ledger has answered what is under way; joins.
    /// Before the ledger's thread ends.
    void stop();

    /// Of these files nothing is pending any more, as the ledger's commit knew them (from the
    /// delivery side; naming a file twice does no harm).
    void complete(std::vector<ledger::file_info> files);

    /// Past their time in done/ (ledger::prune_slice): they go. `oldest_kept` comes after a
    /// sweep's last ones.
    void expire(std::vector<ledger::expired_file> files, std::optional<wall_time> oldest_kept);
    /// How many of these are still to go: whoever names them waits while there are many, or a
    /// million would be in memory.
    std::size_t expiring() const noexcept;

    /// After `stop`: what `complete` named and nobody looked at any more, for the intake that takes
    /// over.
    std::vector<ledger::file_info> left_over();
    /// After `stop`: the number of the last file that was claimed in this run. Whoever takes over
    /// goes on from it, so that no name in work/ is given twice.
    std::uint64_t last_sequence() const noexcept;

    /// Steps done so far; grows at least every five seconds while the thread is alive.
    std::uint64_t progress() const noexcept;

    /// For `--once`: everything that was in incoming/ at the start is imported (or left alone), and
    /// every file that `complete` named is archived.
    bool idle() const noexcept;

    /// Some file in work/ could not be read on, or one in incoming/ could be neither read nor moved:
    /// it stays there for the next start.
    bool has_unreadable() const noexcept;

    /// What it waits for now, as of at most a second ago.
    hold_up held_up() const noexcept;

    /// What is left in incoming/, by the reason, as of the last look.
    spool::left_counts left_alone() const noexcept;

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace setclick::intake
