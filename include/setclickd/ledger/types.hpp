// What goes into the ledger and what comes out, as plain data.
//
// Chunks, batches and settlements travel between threads by move; text lives in one arena for each
// of them, so that an event costs no allocation of its own.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "setclickd/base/doubt_policy.hpp"
#include "setclickd/base/due_time.hpp"
#include "setclickd/base/error.hpp"
#include "setclickd/base/ids.hpp"
#include "setclickd/base/time.hpp"

namespace setclick::ledger {

/// The states of an event. `delivered`, `rejected` and `discarded` are final; only a person changes
/// a final state.
enum class event_state : std::uint8_t {
    waiting = 0,
    in_flight = 1,
    deferred = 2,
    held = 3,
    delivered = 4,
    rejected = 5,
    discarded = 6,
};
inline constexpr std::size_t event_state_count = 7;
std::string_view name_of(event_state state) noexcept;
std::optional<event_state> event_state_named(std::string_view name) noexcept;

/// A slice of the text arena that travels with the data.
struct slice {
    std::uint32_t offset = 0;
    std::uint32_t length = 0;
};

enum class identity_kind : std::uint8_t { none = 0, content = 1, event_id = 2 };

/// 6 bytes click time (milliseconds, big endian), then 10 bytes of the content's hash: keys follow
/// time, so that inserts dirty few pages.
using content_key = std::array<std::byte, 16>;

/// One checked event of a chunk.
struct new_event {
    account_no account{};
    std::uint64_t line = 0;  ///< from 1
    slice record;            ///< event::append_record
    slice event_id;          ///< the producer's id, decoded; length 0 for none
    identity_kind identity = identity_kind::none;
    content_key content{};
    std::uint64_t offset =
        0;  ///< of its line in the file: for the receipt, should it be refused after all
    std::uint64_t length = 0;  ///< of its line, without the line's end; 0 = unknown
};

/// A line that never becomes an event.
struct refused_line {
    std::uint64_t line = 0;
    std::uint64_t offset = 0;  ///< of the line's first byte in the file
    std::uint64_t length = 0;  ///< bytes, without the line's end
    slice reason;              ///< all findings, for a person
    slice account;             ///< account id where it is known, else empty
};

/// A line that was refused where its file ended, and is read again as a whole: the file has grown.
struct line_read_again {
    std::uint64_t line = 0;  ///< that was refused; its refusal stays, and names
    std::uint64_t as = 0;    ///< this one
};

/// Part of a spool file, imported in one transaction together with the file's new offset.
struct import_chunk {
    file_no file{};            ///< zero: one of the call's new files, `new_file`
    std::size_t new_file = 0;  ///< its index there
    std::string arena;
    std::vector<new_event> events;
    std::vector<refused_line> refused;
    std::optional<line_read_again> read_again;
    std::uint64_t next_offset = 0;  ///< where reading goes on, after a crash too
    std::uint64_t next_line = 1;
    bool at_end = false;       ///< the file has been read to its end
    std::string reader_state;  ///< opaque to the ledger: how to go on at next_offset (inside a JSON
                               ///< array …)

    std::string_view text(slice s) const noexcept {
        return std::string_view(arena).substr(s.offset, s.length);
    }
};

/// A file as the spool claimed it.
struct claimed_file {
    std::string name;       ///< as the producer named it (bytes, not text)
    std::string work_name;  ///< its unique name in work/
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
};

enum class file_state : std::uint8_t { importing = 0, open = 1, complete = 2, done = 3 };

/// Everything known about a file, for recovery, for `list` and for the result file.
struct file_info {
    file_no no{};
    claimed_file claimed;
    file_state state = file_state::importing;
    std::uint64_t offset = 0;
    std::uint64_t line = 1;
    bool at_end = false;
    std::string reader_state;
    std::uint64_t accepted = 0;  ///< events taken from it
    std::uint64_t duplicate = 0;
    std::uint64_t refused = 0;  ///< lines that never became events
    std::uint64_t pending = 0;  ///< accepted and not final yet
    std::uint64_t held = 0;     ///< of those: wait for a person
    std::uint64_t delivered = 0;
    std::uint64_t rejected = 0;  ///< by the server (refused lines not included)
    std::uint64_t discarded = 0;
    wall_time claimed_at{};
    wall_time finished_at{};
    std::string done_name;  ///< its name in done/, once published
    bool removed = false;   ///< past its time in done/: no name any more
    std::string node;       ///< name of the node that it belongs to; empty in a ledger in a file
    bool given_up = false;  ///< not done, and a person gave its node up: it is not waited for
};

/// What became of a chunk's events. `duplicates` and `refused` are also recorded.
struct import_result {
    std::uint64_t accepted = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t refused =
        0;  ///< the chunk's refused lines and those whose event_id was taken by other content
    std::vector<account_no> accounts;  ///< those that got events, each once
    /// The chunk's file, when it was read to its end with this chunk and nothing of it is pending:
    /// ready to be finished. As of this transaction.
    std::optional<file_info> complete;
};

/// What one import made of new files and chunks, in the order in which they were given.
struct import_answer {
    std::vector<file_no> files;
    std::vector<import_result> chunks;
};

/// An event on its way to an attempt. The record lies in the batch's arena.
struct claimed_event {
    event_no no{};
    std::uint32_t attempt = 1;  ///< the number of the attempt that this claim is for, from 1
    wall_time first_failed{};   ///< of its first failed attempt; zero for none
    slice record;
};

/// Events of one account, durably in flight from the moment this exists.
struct batch {
    account_no account{};
    /// Recorded at the claim, so that a later change of the configuration does not change what a
    /// crash means for attempts made before it.
    doubt_policy policy = doubt_policy::resend;
    std::string arena;
    std::vector<claimed_event> events;

    std::string_view text(slice s) const noexcept {
        return std::string_view(arena).substr(s.offset, s.length);
    }
};

/// The end of an attempt that was not simply delivered.
struct settlement {
    event_no no{};
    event_state state = event_state::waiting;  ///< waiting, deferred, held, delivered, rejected
    bool attempted = true;  ///< false: claimed, never begun: goes back as if nothing had been
    bool counted =
        true;  ///< false: an attempt that is recorded, but does not count towards the backoff
    bool in_doubt = false;  ///< may have been received
    wall_time at{};
    wall_time due{};          ///< deferred: not before
    std::int32_t status = 0;  ///< HTTP status, 0 for none
    std::uint8_t phase = 0;   ///< delivery::wire_phase
    std::string reason;   ///< one of a short closed list, such as "http-503", "reset", "expired"
    std::string excerpt;  ///< of the answer, printable, at most 512 bytes, without secrets
};

struct claim_wish {
    account_no account{};
    std::uint32_t count = 0;
    doubt_policy policy = doubt_policy::resend;
    milliseconds longest_deferral = longest_backoff;
};

/// Under this number the ledger keeps what all accounts share: the endpoint's gate and park.
inline constexpr account_no endpoint_account{0};

/// An account's delivery state (gate, park) as text, to survive a restart; `endpoint_account`: the
/// endpoint's.
struct account_note {
    account_no account{};
    std::string state;
};

/// One transaction: everything that was answered, and the next claims.
struct cycle_request {
    wall_time now{};
    std::vector<event_no> delivered;  ///< at this attempt, in any order
    std::vector<settlement> settlements;
    std::vector<claim_wish> wishes;
    std::vector<account_note> notes;
};

/// How an account's queue stands after a transaction.
struct queue_depth {
    account_no account{};
    std::uint64_t waiting = 0;  ///< may be claimed now
    std::uint64_t deferred = 0;
    wall_time next_due{};  ///< of the deferred ones; zero for none
    wall_time last_due{};  ///< the same
};

/// So many events that came at the same moment have been delivered.
struct delivered_events {
    wall_time imported_at{};
    std::uint64_t count = 0;
};

struct cycle_result {
    std::vector<batch> batches;
    std::vector<delivered_events> delivered;  ///< by this transaction
    std::vector<queue_depth> depths;          ///< of every account touched or wished for
    std::vector<file_info> complete_files;    ///< nothing of them is pending any more; as of this
                                              ///< transaction, by number
    /// Accounts of the request that another node owns now. Nothing of them was done: their events that
    /// were in flight are that node's to end, as after a crash.
    std::vector<account_no> lost;
};

inline std::vector<file_no> numbers_of(std::vector<file_info> const& files) {
    std::vector<file_no> out;
    out.reserve(files.size());
    for (auto const& f : files)
        out.push_back(f.no);
    return out;
}

/// How many events became what, or met what: `deferred` and `in_doubt` count attempts, `rejected` refused
/// lines too.
struct history_counts {
    std::uint64_t delivered = 0;
    std::uint64_t rejected = 0;
    std::uint64_t deferred = 0;
    std::uint64_t in_doubt = 0;
    std::uint64_t duplicate = 0;
    std::uint64_t discarded = 0;

    history_counts& operator+=(history_counts const& more) noexcept;
    bool empty() const noexcept { return *this == history_counts{}; }
    friend bool operator==(history_counts const&, history_counts const&) = default;
};
/// In the order in which they are stored and shown.
inline constexpr std::array history_members{&history_counts::delivered, &history_counts::rejected,
                                            &history_counts::deferred,  &history_counts::in_doubt,
                                            &history_counts::duplicate, &history_counts::discarded};

/// A quarter of an hour of UTC, as the wall clock of the moment said.
struct history_slot {
    static constexpr milliseconds length{15 * 60 * 1000};

    std::int64_t number = 0;  ///< of quarters of an hour since 1970
    history_counts counts;
};

struct account_info {
    account_no no{};
    std::string id;
    std::string state;          ///< the last account_note
    milliseconds state_age{0};  ///< how old that is at least, where several nodes share the ledger
    std::array<std::uint64_t, event_state_count> counts{};
    std::uint64_t duplicate = 0;
    std::uint64_t refused =
        0;  ///< lines of this account that never became events; not part of counts
    std::uint64_t in_doubt_ever = 0;  ///< attempts that ended in doubt, since the ledger began
    /// Events that were in a final state and left it by a person's command, since the ledger began:
    /// with `counts`, how often an event came into that state, which never becomes less.
    std::array<std::uint64_t, event_state_count> taken_back{};
    wall_time next_due{};  ///< as in queue_depth
    wall_time last_due{};
    wall_time last_delivered{};
    wall_time oldest_waiting{};  ///< import time of its oldest event on its way (not held, not
                                 ///< final); zero for none
    bool owned = true;           ///< by this node, of several; for a reader always
};

/// A place in a file of work/ that was being read.
struct reading_place {
    std::string work_name;     ///< the ledger may not know the file yet
    std::uint64_t offset = 0;  ///< of the line's first byte
    bool between = false;      ///< no line yet: the next one was looked for from here on

    friend bool operator==(reading_place const&, reading_place const&) = default;
};
/// Takes "BETWEEN OFFSET NAME/" off the front: the slash is the one byte beside NUL that no name
/// has.
std::optional<reading_place> take_reading_place(std::string_view& text);

/// How the run before this one ended, as far as it could still say.
struct last_end {
    bool aborted = false;  ///< by a fault of its own: SIGSEGV, SIGABRT, the watchdog
    std::optional<reading_place>
        reading;              ///< what was being read just then, where that may have been the cause
    bool by_reading = false;  ///< it was: what was in flight had no part in it
};

/// What recovery found and did, for the log.
struct recovery {
    std::uint64_t in_doubt = 0;  ///< attempts of an earlier run without an end
    std::uint64_t resent = 0;    ///< of those: waiting again
    std::uint64_t held = 0;      ///< of those: held
    std::vector<std::pair<account_no, std::uint64_t>>
        in_doubt_of;               ///< how many of which account: calls that may just
                                   ///< have been made
    std::string endpoint_note;     ///< the last account_note of account 0: what all accounts share
    std::vector<file_info> files;  ///< every file that is not done
    std::vector<account_info> accounts;
    std::uint64_t run = 0;  ///< the start counter, this one included
    std::vector<reading_place>
        crash_lines;  ///< reading them ended the daemon three times: not to be read again
};

}  // namespace setclick::ledger
