// Several nodes on one ledger, as plain data: who there is, who owns which account, and what happened to
// this node's accounts and files by others' hands.
//
// An account has at most one owner. Only the owner claims, settles, operates on and prunes its events; any
// node imports for it. A file belongs to the node that claimed it. A ledger in a file has one node, which
// owns everything: its answers are empty.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "setclickd/base/time.hpp"
#include "setclickd/ledger/types.hpp"

namespace setclick::ledger {

/// A node as its row says.
struct node_row {
    int no = 0;
    std::string id;                   ///< of its spool
    std::string name;                 ///< for people
    std::int64_t epoch = 0;           ///< counts its starts, and how often it was deposed
    std::int64_t beat = 0;            ///< counts up while it lives
    bool stopped = true;              ///< in an orderly way, or deposed
    std::vector<account_no> willing;  ///< accounts that it may own
    std::string writer;               ///< its program's version
    bool leaves = false;              ///< a person wants it to have no accounts
    bool forgotten = false;           ///< a person gave it up
};

/// Who owns an account.
struct account_owner {
    account_no account{};
    std::string id;          ///< of the account, as the configuration has it
    int node = 0;            ///< 0: nobody
    std::int64_t epoch = 0;  ///< of that node, when it took the account
    bool free = false;       ///< nobody's, or of a node that is stopped or was deposed: to be taken
};

/// Why an account has another owner: `move.how` in the ledger.
enum class move_how : std::int16_t {
    free = 1,     ///< nobody had it: it is new, or was given up before
    stopped = 2,  ///< its owner had stopped in an orderly way
    dead = 3,     ///< its owner was silent for too long, and was deposed
    given =
        4,  ///< its owner gave it up, for balance or since it cannot send for it; nobody has it then
    drained = 5,  ///< its owner gave it up because a person wants that node empty
};

/// A person's command that was given through the ledger and is not done; control/ledger_commands.hpp has its
/// texts.
struct node_command {
    std::int64_t id = 0;   ///< those of one account are carried out in this order
    account_no account{};  ///< 0: it concerns all nodes
    std::string request;
    std::string who;
    std::string progress;  ///< what its last slice left, by whichever node; empty: not begun
    milliseconds age{};    ///< by the server's clock
};

/// A person's pause of the endpoint, which holds for all nodes.
struct endpoint_pause {
    std::int64_t version = 0;  ///< counts up with each pause and resume
    std::string value;
    std::int64_t seen = 0;  ///< the version that this node did last
};

/// What a look at the others found. What is reported once is not reported again.
struct node_news {
    int self = 0;
    std::vector<node_row> nodes;            ///< by number
    std::vector<account_owner> owners;      ///< of all accounts, by number
    std::vector<queue_depth> depths;        ///< of this node's accounts for which others imported
    std::vector<file_info> complete_files;  ///< this node's, whose last event another node settled
    std::vector<account_no> lost;           ///< were this node's, and are not any more
    std::vector<node_command> commands;     ///< all open ones, by number
    endpoint_pause pause;
};

/// What taking accounts over found: what their last owner had in flight ended as in a crash.
struct taken_accounts {
    std::vector<account_info> accounts;  ///< this node's from now on
    std::vector<account_no> refused;     ///< another node was first, or their owner is not gone
    std::vector<std::pair<account_no, std::uint64_t>> in_doubt_of;  ///< as in `recovery`
    std::uint64_t in_doubt = 0;
    std::uint64_t resent = 0;  ///< of those: waiting again
    std::uint64_t held = 0;    ///< of those: held
};

}  // namespace setclick::ledger
