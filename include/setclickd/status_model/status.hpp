// What a person or a script needs to know now: the model that `status`, its JSON, a web page and the
// metrics share. Plain data; collect.hpp fills it, nothing here asks anybody.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "setclickd/base/time.hpp"
#include "setclickd/delivery/daemon_figures.hpp"
#include "setclickd/delivery/member_status.hpp"
#include "setclickd/status_model/cluster.hpp"

namespace setclick::status_model {

/// Disjoint, and together every event and refused line since the ledger began. The order is that of
/// the output.
struct event_counts {
    std::uint64_t waiting = 0;
    std::uint64_t in_flight = 0;
    std::uint64_t deferred = 0;
    std::uint64_t in_doubt =
        0;  ///< cut short by the end of a daemon; its next start decides by the policy
    std::uint64_t held = 0;
    std::uint64_t delivered = 0;
    std::uint64_t rejected = 0;  ///< by the server, and lines that could not be taken
    std::uint64_t duplicate = 0;
    std::uint64_t discarded = 0;

    std::uint64_t pending() const { return waiting + in_flight + deferred + in_doubt; }
};

/// Events that were in a final state and left it by a person's command. Such a state's count and this
/// together never become less: how often an event came into it.
struct taken_back_counts {
    std::uint64_t delivered = 0;
    std::uint64_t rejected = 0;
    std::uint64_t discarded = 0;
};

struct park_report {
    std::string reason, text, detail, cure;
    std::string since;
    std::optional<std::int64_t> next_probe_seconds;
};

struct account_report {
    std::string id;
    bool is_configured = true;
    std::optional<std::size_t> place;  ///< in the configuration, from 0
    event_counts events;
    std::uint64_t refused_lines = 0;  ///< lines of it that never became events; not in `events`
    taken_back_counts taken_back;
    std::uint64_t in_doubt_ever = 0;
    std::optional<park_report> parked;
    std::string trouble;         ///< empty: none
    double rate_per_minute = 0;  ///< in effect; infinity for unlimited
    std::string rate_why;
    double configured_per_minute = 0;  ///< infinity for unlimited
    /// Of a running daemon: events waited for nothing but the rate, since its start.
    double rate_waited_seconds = 0;
    std::optional<std::uint64_t> permits;  ///< calls that may be made now; nothing: not known
    std::optional<wall_time> token_end;    ///< where it is known
    bool has_login = false;                ///< a token that ends is renewed by the daemon itself
    wall_time not_before{};  ///< until when the server wants no call; never: it does not say
    double delivered_per_minute = 0;
    bool has_credential = true;
    wall_time last_success{};
    wall_time oldest_waiting{};
    wall_time next_due{};
    std::optional<milliseconds> drain_eta;  ///< nothing: parked, failing, quiet, or not known yet
    std::string reconciled;                 ///< the last comparison's verdict_note; empty for none
    std::optional<owned_by> owner;          ///< where nodes share the ledger

    /// Another node delivers its events: what this one lacks for it is no matter.
    bool is_sent_elsewhere() const { return owner && !owner->is_self && !owner->name.empty(); }
};

struct daemon_report {
    bool is_running = false;
    std::string why_not;  ///< it did not answer
    std::int64_t pid = 0;
    std::string version;
    std::int64_t uptime_seconds = 0;
    bool is_ending = false;    ///< no new work is begun
    std::string stalled_disk;  ///< the path whose disk does not answer
    bool disk_full = false;
    std::string ledger_locked;   ///< why nothing can be written just now: by whom
    std::string ledger_away;     ///< why its server cannot be worked with just now
    std::string intake_held_up;  ///< why files are not taken or filed away just now
    std::string unreachable;     ///< why the endpoint cannot be reached
    /// Events waited and nothing would have woken them: a fault of the daemon, which woke them.
    bool stalled = false;
    std::optional<park_report> endpoint_parked;
    std::optional<delivery::member_status> member;  ///< where nodes share the ledger
    std::int64_t connections_open = 0;
    delivery::daemon_figures figures;  ///< since its start
};

/// Files in incoming/ that are not taken.
struct left_report {
    std::string reason;  ///< spool::name_of
    std::string text;    ///< "empty": after a count
    std::uint64_t count = 0;
};

/// Where something lies, and how much room there is. Nothing: it cannot be asked.
struct disk_report {
    std::optional<std::uint64_t> free_bytes;  ///< for users like the daemon's
    std::optional<std::uint64_t> size_bytes;
};

struct status_report {
    wall_time now{};
    bool has_ledger = false;
    std::string ledger_path;  ///< or which server's
    std::string
        ledger_fault;  ///< its server cannot be asked just now: nothing that it counts is known
    daemon_report daemon;
    event_counts events;
    std::uint64_t in_doubt_ever = 0;
    std::uint64_t refused_without_account = 0;  ///< lines; part of `events.rejected`
    std::uint64_t starts = 0;                   ///< of the daemon, since the ledger began
    std::uint64_t ledger_bytes = 0;             ///< with its log
    disk_report ledger_disk;
    disk_report spool_disk;
    std::uint64_t files_open = 0;           ///< taken, and not done
    wall_time last_file{};                  ///< when the newest was taken
    std::optional<cluster_report> cluster;  ///< of a ledger in PostgreSQL that answers
    /// When what the ledger counts was read, where that is from an earlier look: its server is away.
    std::optional<wall_time> counted_at;
    /// To be taken, of the entries that were looked at; nothing where this user may not look.
    std::optional<std::uint64_t> files_incoming = 0;
    bool incoming_is_cut = false;         ///< there are more than were counted
    std::vector<left_report> left_alone;  ///< each reason once, most with a count of 0
    wall_time oldest_waiting{};
    wall_time last_success{};
    std::optional<milliseconds> drain_eta;
    std::vector<account_report> accounts;
};

}  // namespace setclick::status_model
