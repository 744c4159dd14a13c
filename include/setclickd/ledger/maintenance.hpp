// Looking after a ledger as a whole: check, backup, adopt. Programs for people; nothing here runs
// while events are sent.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "setclickd/base/error.hpp"
#include "setclickd/base/time.hpp"
#include "setclickd/ledger/place.hpp"
#include "setclickd/ledger/types.hpp"

namespace setclick::ledger {

struct check_report {
    std::vector<std::string> findings;  ///< empty: sound. At most some hundred
    std::uint64_t events = 0;           ///< that were given numbers
    std::uint64_t spans = 0;
    std::uint64_t packs = 0;
    std::uint64_t identities = 0;
};

/// Whether what lies beside the ledger is its own, as far as that shows without opening it: `io`
/// names the file that is not, and the step that helps. Changes nothing, also while the daemon runs; a
/// ledger that is not there, or older than it should be, is no finding.
result<void> verify_files(place const& where);

/// Reads the whole ledger, changes nothing, works while the daemon runs (on a snapshot): SQLite's
/// own integrity check, then what this module promises: spans tile each account's numbers,
/// neighbours are merged, counters of accounts and files equal the spans, packs hold what they say,
/// identities are in order. An error means that the check could not run.
result<check_report> check_ledger(place const& where);

struct migration_report {
    int from = 0;  ///< version of the schema; 0: there was none
    int to = 0;
    int min_writer = 0;                ///< the oldest program that may write knows this version
    bool contracted = false;           ///< it is newer than before
    bool can_contract = false;         ///< it could be newer
    std::vector<std::string> granted;  ///< roles that got what they need
};
/// Makes a ledger in PostgreSQL, or brings it to this program's version, and grants the roles that there are;
/// with the role of the schema's owner. Done again it changes nothing. `contracts`: also takes away what only older
/// programs need; `busy` names those that still work with it, and then nothing is taken away. `busy` where somebody
/// else locks the tables.
result<migration_report> migrate_ledger(place const& where, bool contracts = false);
/// SQL that makes those roles, for a superuser to run in the ledger's database.
std::string ledger_roles();

/// A consistent copy while the daemon runs: written beside `to`, synced, then renamed; never over
/// an existing file. It is marked as a copy: what is delivered afterwards is not in it, so no
/// daemon works with it before it was adopted.
result<void> backup_ledger(place const& where, std::string const& to);

/// A file that lies in done/.
struct filed_file {
    std::string name;
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
};

struct adoption {
    doubt_policy policy = doubt_policy::hold;
    std::vector<std::pair<std::string, doubt_policy>>
        accounts;  ///< where an account's policy is another
    /// Of the files in work/: what the ledger has not read of them may have been sent by the life
    /// of the ledger that came after the copy.
    std::vector<std::string> work_names{};
    /// In done/: those that the ledger does not know were delivered by that life. Dropped once more
    /// they are in doubt, too.
    std::vector<filed_file> done_files{};
    std::uint64_t at_least_run =
        0;  ///< the spool's start counter: the ledger must not be older than its spool
};

struct adoption_report {
    std::uint64_t in_doubt = 0;
    std::uint64_t resent = 0;
    std::uint64_t held = 0;
    std::uint64_t files = 0;  ///< what is read of them from now on will be in doubt
    std::string id;           ///< of the ledger, for the spool's copy
    std::uint64_t run = 0;
};

/// How many events are waiting, deferred or in flight; also of a ledger of an earlier version, as a
/// backup may be that is to be adopted. Changes nothing.
result<std::uint64_t> count_pending(place const& where);

/// A node of a ledger in PostgreSQL, before it works with it: where a person has adopted that on another node since,
/// it does for its own files what `adopt_ledger` did there. `how` is asked for only then. Another kind of ledger, or
/// none, is no error.
result<void> join_adoption(place const& where, std::function<result<adoption>()> const& how);

/// For a restored or foreign ledger: what is not final may have been received since, so it is in
/// doubt, and waits or is held by the policy; so is what is read from now on of files that were there
/// already. Takes the ledger's lock; in PostgreSQL no node may work with it, `busy` names one, and the others join at
/// their next start. Run again after a crash it does what is left.
result<adoption_report> adopt_ledger(place const& where, adoption const& how, wall_time now);

}  // namespace setclick::ledger
