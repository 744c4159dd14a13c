// The nodes that share a ledger, for those who only look: who lives, who owns which account, what moved when
// and why, which files nobody reads, and what of the server an operator has to know.
//
// Plain data of one moment. Ages and times are by the server's clock and for people only: no decision uses
// them. A ledger in a file has one node and shows none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "setclickd/base/ids.hpp"
#include "setclickd/base/time.hpp"
#include "setclickd/ledger/nodes.hpp"

namespace setclick::ledger {

enum class node_state : std::uint8_t {
    living,
    leaving,    ///< lives, and gives its accounts up: a person wants it empty
    silent,     ///< no beat for `silent_after`: hangs, is cut off or dead; deposed after 20 s
    stopped,    ///< in an orderly way
    dead,       ///< was deposed after its silence
    forgotten,  ///< given up by a person
};
/// "living", "silent" …
std::string_view name_of(node_state state) noexcept;

/// A node beats every 3 s; its lease ends after 13.
inline constexpr milliseconds silent_after{10'000};

struct node_view {
    int no = 0;
    std::string id;       ///< of its spool
    std::string name;     ///< for people
    std::string machine;  ///< host name; empty: it never began
    std::string writer;   ///< its program's version
    std::int64_t epoch = 0;
    bool has_stopped = true;  ///< or was deposed
    bool leaves = false;
    bool is_forgotten = false;
    milliseconds beat_age{0};  ///< since its last beat
    std::vector<account_no>
        willing;  ///< accounts that it can send for; none once it stopped in an orderly way
    std::uint64_t owned = 0;             ///< accounts
    std::uint64_t unfinished_files = 0;  ///< claimed by it, and not in done/ yet
    std::uint64_t unread_files = 0;      ///< of those: not read to their end
};
node_state state_of(node_view const& node) noexcept;
/// It lives, as far as it is known.
bool is_up(node_state state) noexcept;

/// An account changed hands.
struct move_view {
    std::int64_t id = 0;
    account_no account{};
    std::string account_id;
    int from = 0;  ///< 0: nobody
    int to = 0;    ///< 0: nobody
    move_how how = move_how::free;
    std::uint64_t in_doubt = 0;  ///< events that were on their way
    wall_time at{};
};

/// A file that is not read to its end, of a node that does not live: nobody else can read it.
struct unread_file {
    file_no no{};
    int node = 0;
    std::string name;  ///< bytes: print with `printable`
    std::uint64_t bytes = 0;
    std::uint64_t read_bytes = 0;
    wall_time taken_at{};
};

/// Who follows the server.
struct standby_view {
    std::string name;
    std::string state;  ///< "streaming"; empty: this role may not see it
    std::string sync;   ///< "sync", "quorum", "potential", "async"; empty as before
    std::optional<std::uint64_t> lag_bytes;  ///< written and not replayed there
    std::optional<milliseconds> lag;
};

/// The oldest thing that keeps vacuum from removing dead rows of this database.
struct horizon_holder {
    std::string what;                 ///< "pid 4711, psql, setclick_reader"
    std::optional<milliseconds> age;  ///< nothing: not known; see `transactions`
    std::uint64_t transactions = 0;   ///< begun since, by anybody
};

struct server_view {
    std::string version;
    bool is_standby = false;  ///< this is read from one, and may be behind
    bool sees_all =
        true;  ///< false: other roles' transactions and standbys' states are not shown to this role
    std::string wants_sync;  ///< synchronous_standby_names
    std::string commits;     ///< synchronous_commit
    std::vector<standby_view> standbys;
    std::vector<horizon_holder> holders;  ///< oldest first
    std::vector<std::string> idle_slots;  ///< replication slots that nobody uses: they keep the log
};

struct cluster_view {
    bool is_shared = false;             ///< the ledger lies in PostgreSQL
    wall_time at{};                     ///< the server's
    std::vector<node_view> nodes;       ///< by number
    std::vector<account_owner> owners;  ///< by the account's number
    std::vector<move_view> moves;       ///< newest first
    std::vector<unread_file>
        unread;  ///< oldest first; the first ones: `unread_files` of the nodes has all
    server_view server;
};

/// So many of each at most.
inline constexpr std::uint32_t most_moves = 50;
inline constexpr std::uint32_t most_unread_files = 100;

}  // namespace setclick::ledger
