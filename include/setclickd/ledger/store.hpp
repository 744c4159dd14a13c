// The ledger: the only truth about every event, from its import on, and the only place that knows
// SQL.
//
// `store` is the synchronous face of one ledger, whatever it lies in; each call that changes
// something is one transaction, durable when it returns. Not thread-safe: the daemon gives
// it to one `writer` thread (writer.hpp). Promises: an attempt is durable before `cycle` returns
// its batch; a state is changed from exactly one other state or the transaction fails; a full disk
// is `errc::disk_full` and changes nothing, and so is `errc::busy`: another program locks it (named in
// the message), and `errc::unreachable`: its server is away; anything else the disk does is `errc::io`,
// after which the store refuses to go on, and so it does after `errc::refused`: another node has taken
// over what was this one's, and after `errc::lost`.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "setclickd/base/figures.hpp"
#include "setclickd/ledger/commands.hpp"
#include "setclickd/ledger/nodes.hpp"
#include "setclickd/ledger/operations.hpp"
#include "setclickd/ledger/place.hpp"
#include "setclickd/ledger/server_reach.hpp"
#include "setclickd/ledger/types.hpp"

namespace setclick::ledger {

/// What only a ledger in an SQLite file has.
struct sqlite_options {
    /// Bytes kept back on disk, so that settling stays possible when the disk is full. Enough to
    /// fold the whole log into the ledger: from then on the log's own room is used again and again.
    std::uint64_t reserve = std::uint64_t{8} << 20;
    /// Memory for pages; no effect on promises.
    std::uint32_t cache_kib = 1024;
    /// How long a call waits for another program's lock before it is `errc::busy`.
    milliseconds lock_wait{10'000};
};

/// What only a ledger in PostgreSQL has.
struct postgres_options {
    /// How long the server may be silent before it counts as away.
    milliseconds call_limit{5'000};
    /// How long the outcome of a commit without an answer is looked for before the store gives up.
    milliseconds longest_look{60'000};
    /// No other node works with it: one that does is `errc::busy`.
    bool alone = false;
    /// For tests: rows are reached by their place from the begin, as beside an old transaction.
    bool rows_by_place = false;
    /// Where the store notes how it meets the server; outlives it. Null: nobody wants to know.
    server_reach* reach = nullptr;
};

/// Nothing was changed, and the same may go through later: there is no room, another program
/// locks the ledger, or its server is away.
constexpr bool may_be_given_again(errc code) noexcept {
    return code == errc::disk_full || code == errc::busy || code == errc::unreachable;
}

/// What somebody else makes of a ledger in use.
struct ledger_health {
    std::uint64_t log_bytes = 0;
    /// Who keeps a log that has grown large from being folded into the ledger by reading an old
    /// moment of it; empty for nobody.
    std::string log_held_by{};
    /// Why what was acknowledged may be lost with the server's machine; empty where nothing is known that
    /// would be against it.
    std::string unsafe{};
};

/// A ledger of an earlier version is written anew once, so that its pages carry checksums.
struct ledger_rewrite {
    enum class outcome : std::uint8_t {
        begins,  ///< it takes as long as its disk needs for some times `ledger_bytes`
        done,
        no_room,  ///< it stays as it is, and works: damage by its disk may go unnoticed
    } is = outcome::begins;
    std::uint64_t ledger_bytes = 0;
    std::uint64_t needed_bytes = 0;  ///< free on its disk, for as long as it takes
    std::uint64_t free_bytes = 0;
};

/// From the end of the work to the moment at which it is durable, what folds the log into the ledger
/// included. Written by the store's thread, readable by any.
struct commit_figures {
    static constexpr std::array bounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                       0.1,    0.25,  0.5,    1.0,   2.5,  5.0,   10.0};
    histogram seconds{bounds};
};

struct options {
    place where{};
    /// How long the identity of a delivered event holds; zero for ever.
    milliseconds identity_window{std::chrono::hours{24 * 400}};
    sqlite_options sqlite{};
    postgres_options postgres{};
    /// Asked with the ledger's id and start counter before anything of an existing ledger is
    /// written; its error is that of `open`.
    std::function<result<void>(std::string const& id, std::uint64_t run)> accept{};
    /// Called when `open` finds the ledger locked by another program; it tries again after that.
    /// Unset: `errc::busy`.
    std::function<void(error const&)> while_locked{};
    /// Where it counts how long its commits take; outlives the store. Null: nobody wants to know.
    commit_figures* figures = nullptr;
    /// Called by an `open` that writes an older ledger anew, or finds no room for it.
    std::function<void(ledger_rewrite const&)> rewriting{};
};

class store {
public:
    /// Opens or creates (parent directory must exist); migrates an older schema inside one
    /// transaction; a newer one is refused with both versions. Takes the lock that makes this the
    /// only writer: `errc::busy` names the other's pid.
    static result<std::unique_ptr<store>> open(options const& opts);
    store() = default;
    store(store const&) = delete;
    store& operator=(store const&) = delete;
    virtual ~store() = default;

    /// Ends what an earlier run left: in flight → in doubt → waiting or held by the policy of the
    /// claim. Idempotent; once at the start, before anything else. An event that was in flight at
    /// three aborts in a row is held, reason "crash"; a line that was being read at three, with no
    /// other end of the daemon in between, is named in `crash_lines`.
    virtual result<recovery> recover(wall_time now, last_end const& end = {}) = 0;

    /// The number of an account, made when new.
    virtual result<account_no> account(std::string_view id) = 0;

    /// Records claimed files and imports chunks, of these and of earlier files: one transaction
    /// (many small files share a commit). The files' renames must be durable before this.
    virtual result<import_answer> import(std::span<claimed_file const> files,
                                         std::span<import_chunk const> chunks, wall_time now) = 0;

    /// Settles, then claims. Within an account deferred events that are due come first, then
    /// waiting ones by number. With the disk full only a cycle without wishes succeeds (from the
    /// reserve); one with wishes is `errc::disk_full` and changes nothing: give the settlements
    /// again, without the wishes.
    virtual result<cycle_result> cycle(cycle_request const& request) = 0;

    /// Complete files whose results have been published and which now lie in done/. One
    /// transaction; `invalid_data` where one of them is not complete, or not as its result says.
    virtual result<void> files_done(std::span<done_file const> files, wall_time now) = 0;

    virtual result<file_info> file(file_no no) = 0;
    /// The same of several, as they are at one moment.
    virtual result<std::vector<file_info>> files(std::span<file_no const> numbers) = 0;
    /// Every file that is not done, by number.
    virtual result<std::vector<file_info>> unfinished_files() = 0;
    virtual result<std::vector<account_info>> accounts() = 0;

    /// One slice of a person's command; see operations.hpp for the loop around it.
    virtual result<operation_slice> operate(operation const& what, event_no after,
                                            wall_time now) = 0;
    /// One slice of pruning, a few milliseconds long. Nothing to do is no error.
    virtual result<prune_slice> prune(retention const& keep, wall_time now,
                                      milliseconds elapsed) = 0;
    /// What `prune` named as expired and is no longer in done/. What is not reported is named
    /// again, at the next sweep.
    virtual result<void> files_removed(std::span<file_no const> files) = 0;
    /// A file in done/ of which bytes changed that were read: it was given back to incoming/, to be read as a new
    /// one, and is not in done/ any more; its result is. Nothing happens where that is known already, or
    /// where the file is being read on.
    virtual result<void> given_back(file_no no) = 0;
    /// A finished file that has grown in done/ since: it is to be read on from its offset, and lies
    /// in done/ under its `done_name` until whoever asked has moved it back. What is known of it
    /// then; `invalid_data` where it is not done, or not in done/ any more.
    virtual result<file_info> read_on(file_no no) = 0;

    /// The last verdict of a comparison with the vendor's report, as its maker wrote it
    /// (`reader::verdicts`).
    virtual result<void> keep_verdict(account_no account, std::string_view verdict) = 0;

    /// Free room where the ledger lies, in bytes, what is kept back not counted; none where the
    /// store cannot know.
    virtual result<std::optional<std::uint64_t>> free_bytes() = 0;

    // Several nodes on one ledger (nodes.hpp). A ledger in a file owns everything.
    /// What others did since it was asked last; once a second. Changes nothing.
    virtual result<node_news> poll(wall_time now) = 0;
    /// Makes these accounts this node's, as far as nobody has them, or their owner is stopped or was
    /// deposed. What that one had in flight is in doubt: waiting or held by the policy of its claim.
    virtual result<taken_accounts> take_over(std::span<account_no const> accounts,
                                             wall_time now) = 0;
    /// Anybody may take these accounts from now on. `invalid_data`, and nothing is changed, where one
    /// of them is not this node's or has events in flight.
    virtual result<void> give_up(std::span<account_no const> accounts) = 0;

    // What a person commanded through the ledger (command_box.hpp). All of them: `not_found`, and nothing is
    // changed, where the command is done already or its account is not this node's.
    /// One slice, and what is to be known of the command after it, in one transaction: whoever owns the account
    /// goes on from there.
    virtual result<operation_slice> carry_out(command_slice const& slice, wall_time now);
    /// It is done, by what this node has kept before.
    virtual result<void> answer(std::int64_t command, std::string_view text);
    /// It is done by this, in one transaction. `invalid_data`: it cannot be; the command is left open.
    virtual result<void> change_cluster(std::int64_t command, cluster_change const& what,
                                        std::string_view answer);
    /// This node does what the endpoint's pause of that version says, durably.
    virtual result<void> saw_endpoint_pause(std::int64_t version);

    /// To be asked now and then. `io` where what it lies in was removed or replaced by somebody
    /// else: what it still holds has been saved beside that place then, and the store refuses to go
    /// on.
    virtual result<ledger_health> look_after() = 0;

    /// The ledger's own random id (32 hex digits) and the start counter; the spool keeps a copy.
    virtual std::string id() const = 0;
    virtual std::uint64_t run() const = 0;
};

}  // namespace setclick::ledger
