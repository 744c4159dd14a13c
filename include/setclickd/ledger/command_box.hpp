// Where a program without accounts of its own gives commands to the nodes that share a ledger in PostgreSQL,
// and reads what became of them.
//
// Needs to read, and to insert into the table `command`, and nothing more. Promises: what `give` returned is
// durable, all of it or nothing; a command that was given is never taken back. Never: changes anything else.
// One thread at a time; each call waits for the server, for some seconds at most (`unreachable`).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "setclickd/ledger/commands.hpp"
#include "setclickd/ledger/place.hpp"
#include "setclickd/ledger/types.hpp"

namespace setclick::ledger {

struct new_command {
    account_no account{};  ///< 0: what concerns all nodes
    std::string request;
    std::string who;
};

struct given_command {
    std::int64_t id = 0;
    std::string progress;
    std::string answer;
    bool done = false;
};

/// The nodes and what they have, at one moment.
struct cluster_look {
    std::vector<node_row> nodes;        ///< by number
    std::vector<account_owner> owners;  ///< by the account's number
};

/// A file of a node that is not done.
struct open_file {
    file_no no{};
    std::string name;  ///< as the producer chose it: print with `printable`
    std::uint64_t size = 0;
    std::uint64_t offset = 0;  ///< read so far
    bool at_end = false;
};

class command_box {
public:
    /// `where`: a ledger in PostgreSQL. `not_found` where there is none.
    static result<std::unique_ptr<command_box>> open(place const& where);
    command_box() = default;
    command_box(command_box const&) = delete;
    command_box& operator=(command_box const&) = delete;
    virtual ~command_box() = default;

    virtual result<cluster_look> look() = 0;
    /// Their numbers, in order. Where the answer of the commit is lost: `unreachable`, and they may be given.
    virtual result<std::vector<std::int64_t>> give(std::span<new_command const> commands) = 0;
    virtual result<std::vector<given_command>> follow(std::span<std::int64_t const> ids) = 0;
    /// Numbers of living nodes that have not seen the newest pause or resume of the endpoint yet.
    virtual result<std::vector<int>> without_endpoint_pause() = 0;
    /// The first `most` of those files, by number.
    virtual result<std::vector<open_file>> open_files(int node, std::uint32_t most) = 0;
};

}  // namespace setclick::ledger
