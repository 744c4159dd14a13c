// The ledger for those who only look: the command line, `status`, the archive. Works while the
// daemon runs and while it is down, and never writes.
//
// Each call is one short read transaction, so that no list pins the write-ahead log; lists page by
// key: give the last row's number to get what follows. One thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "setclickd/base/error.hpp"
#include "setclickd/ledger/cluster_view.hpp"
#include "setclickd/ledger/filter.hpp"
#include "setclickd/ledger/place.hpp"
#include "setclickd/ledger/types.hpp"

namespace setclick::ledger {

class reason_counts;  // reasons.hpp

/// An event in a list.
struct event_row {
    event_no no;
    std::string account_id;
    event_state state = event_state::waiting;
    file_no file{};
    std::string file_name;  ///< bytes as the producer chose them: print with `printable`
    std::string file_node;  ///< as file_info::node
    std::uint64_t line = 0;
    std::uint32_t attempts = 0;  ///< made so far, one in flight included
    std::string reason;          ///< of its last attempt or of its state; empty for none
    bool in_doubt_ever = false;
    wall_time due{};  ///< deferred: not before; zero for others
    wall_time imported_at{};
    wall_time
        at{};  ///< when it came into its state, as far as known (delivered: within 10 seconds)
};

enum class attempt_kind : std::uint8_t {
    attempt = 0,
    restart = 1,     ///< cut short by the end of the daemon
    person = 2,      ///< no attempt: a command; `reason` says which, `excerpt` who
    superseded = 3,  ///< no attempt: a newer event took its identity over; `excerpt` says which
};

/// One line of an event's receipt.
struct attempt_receipt {
    attempt_kind kind = attempt_kind::attempt;
    std::uint32_t n = 0;  ///< number of the attempt
    wall_time at{};
    event_state state = event_state::waiting;  ///< that it led to
    bool counted = true;
    bool in_doubt = false;
    std::int32_t status = 0;
    std::uint8_t phase = 0;
    std::string reason;
    std::string excerpt;
};

struct event_details {
    event_row row;
    std::string record;  ///< event::parse_record reads it; holds personal data. Empty once pruned
    std::vector<attempt_receipt>
        attempts;  ///< those with something to say; a plain delivery has none
    bool pruned = false;
};

struct refused_row {
    std::uint64_t line = 0;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;  ///< 0 with offset 0: not known
    std::string reason;
};

struct rejected_row {
    event_no no;
    std::uint64_t line = 0;
    std::int32_t status = 0;
    std::string reason;
    std::string excerpt;
    std::string record;
};

struct duplicate_row {
    std::uint64_t line = 0;
    event_no first;
};

/// An event that has an identity already.
struct known_identity {
    event_no holder{};
    bool same_content = true;  ///< false: a further event with this event_id would be refused
    bool gives_way = false;    ///< it was rejected or discarded: a further event takes its place
};

/// What a comparison with the vendor's report needs to know of an event.
struct receipt_row {
    event_no no;
    event_state state = event_state::waiting;
    wall_time imported_at{};
    wall_time at{};  ///< as in event_row; zero while its claim still has others in flight
    std::uint32_t doubts =
        0;  ///< attempts that may have been received, beside the one that was answered
    wall_time last_doubt{};
    bool confirmed = false;  ///< delivered by a person's word: one of its doubts is the delivery
    std::string record;      ///< event::parse_record reads it; holds personal data
};

/// Why an account's events are held, as far as a look of a bounded size shows.
struct held_look {
    struct reason {
        std::string text;
        std::uint64_t events = 0;
        wall_time oldest{};  ///< since when the one that is held longest
    };
    std::vector<reason> reasons;  ///< most events first
    std::uint32_t looked_at = 0;
    bool is_whole = true;  ///< nothing is held beside it
};

struct ledger_totals {
    std::array<std::uint64_t, event_state_count> counts{};
    std::uint64_t duplicate = 0;
    std::uint64_t refused = 0;  ///< lines that never became events
    std::uint64_t in_doubt_ever = 0;
    wall_time oldest_waiting{};  ///< as in account_info
    wall_time last_delivered{};
    std::uint64_t files_open = 0;  ///< not done
    wall_time last_file{};         ///< when the newest was taken; zero for none
    std::uint64_t run = 0;
    std::string ledger_id;
    std::vector<account_info> accounts;  ///< of which all this is the sum, at the same moment
};

class reader {
public:
    /// `not_found` when there is no ledger; `config` when it has another version than this program.
    static result<std::unique_ptr<reader>> open(place const& where);
    reader() = default;
    reader(reader const&) = delete;
    reader& operator=(reader const&) = delete;
    virtual ~reader() = default;

    virtual result<std::vector<account_info>> accounts() = 0;
    virtual result<ledger_totals> totals() = 0;

    /// What became of events in the last weeks, all accounts together: the slots that are kept (some
    /// 3,000 at most), by number; those without an event are left out.
    virtual result<std::vector<history_slot>> history() = 0;

    /// All that came under this name, newest first: a name may be dropped again and again.
    virtual result<std::vector<file_info>> files_named(std::string_view name,
                                                       std::uint32_t limit) = 0;
    virtual result<file_info> file(file_no no) = 0;
    /// The newest first.
    virtual result<std::vector<file_info>> newest_files(std::uint32_t most) = 0;
    /// Those of the newest `most` files that lie in done/, oldest first.
    virtual result<std::vector<file_info>> newest_done(std::uint32_t most) = 0;

    /// At most `limit` events with numbers greater than `after`, by number. Fewer do not mean the
    /// end unless `none` follow: a call looks at a bounded part; `next` says where to go on, `done`
    /// that nothing is left.
    struct page {
        std::vector<event_row> rows;
        event_no next;
        bool done = false;
    };
    virtual result<page> list(event_filter const& filter, event_no after, std::uint32_t limit) = 0;
    virtual result<event_details> show(event_no no) = 0;
    /// The same way through an account's events that were imported since then; those whose record
    /// is pruned are not met.
    struct receipt_page {
        std::vector<receipt_row> rows;
        event_no next;
        bool done = false;
    };
    virtual result<receipt_page> receipts(account_no account, wall_time imported_since,
                                          event_no after, std::uint32_t limit) = 0;
    /// The last account_note of account 0: what all accounts share. Empty for none.
    virtual result<std::string> endpoint_note() = 0;
    /// The last verdict of each account that has one.
    virtual result<std::vector<std::pair<account_no, std::string>>> verdicts() = 0;
    /// Everything that holds this event_id now: at most one event for each account. `not_found` for
    /// none.
    virtual result<event_no> find_event_id(account_no account, std::string_view event_id) = 0;

    /// Who has the identity that an import of this event would look up: its event_id, or, where that is
    /// empty, its content. `not_found`: nobody.
    virtual result<known_identity> find_identity(account_no account, std::string_view event_id,
                                                 content_key const& content) = 0;
    virtual result<std::vector<refused_row>> refused_lines(file_no file, std::uint64_t after_line,
                                                           std::uint32_t limit) = 0;
    /// What the server rejected out of a file, by event number.
    virtual result<std::vector<rejected_row>> rejected_events(file_no file, event_no after,
                                                              std::uint32_t limit) = 0;
    virtual result<std::vector<duplicate_row>> duplicates(file_no file, std::uint64_t after_line,
                                                          std::uint32_t limit) = 0;
    /// How often which reason: refused lines after `after`, events after `after` that the server
    /// rejected; at most `limit` lines, or runs of events. `after` becomes where to go on; false:
    /// nothing is left. `reasons_walk` goes all the way.
    virtual result<bool> count_refused(file_no file, std::uint64_t& after, std::uint32_t limit,
                                       reason_counts& to) = 0;
    virtual result<bool> count_rejected(file_no file, event_no& after, std::uint32_t limit,
                                        reason_counts& to) = 0;
    /// The same of rejected events, for who shows many files at once: at most `limit` steps, however
    /// large the file is. How many they were; with fewer than `limit` all are counted.
    virtual result<std::uint32_t> look_at_rejected(file_no file, std::uint32_t limit,
                                                   reason_counts& to) = 0;
    /// At most `limit` runs of events.
    virtual result<held_look> held(account_no account, std::uint32_t limit) = 0;

    /// The nodes that share the ledger. Of a ledger in a file: nothing.
    virtual result<cluster_view> cluster() { return cluster_view{}; }
};

}  // namespace setclick::ledger
