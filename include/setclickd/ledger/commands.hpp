// Commands that are given through a ledger that several nodes share: by whom each is carried out, and what one
// slice of it writes.
//
// A command is a row for an account. The account's owner carries it out in slices, each of which writes what
// the next one needs with what it changes: at most once, whoever owns the account meanwhile. Account 0: what
// concerns all nodes.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "setclickd/ledger/nodes.hpp"
#include "setclickd/ledger/operations.hpp"

namespace setclick::ledger {

/// What is known of a command after a slice.
struct command_note {
    std::string progress;
    std::string answer;
    bool is_done = false;
};

struct command_slice {
    std::int64_t command = 0;
    account_no account{};  ///< its own: this node's
    operation what;
    event_no after{};
    /// Called in the transaction, with what it changes.
    std::function<command_note(operation_slice const&)> note;
};

/// What a command changes for all nodes.
struct cluster_change {
    enum class kind : std::uint8_t {
        set_endpoint_pause,
        drain,    ///< the node gives its accounts up, and takes none
        undrain,  ///< it may have some again
        forget,   ///< it is given up; `invalid_data` where it lives
    } is = kind::set_endpoint_pause;
    std::string pause{};  ///< `endpoint_pause::value`
    int node = 0;
};

/// Who carries a command out.
struct command_carrier {
    enum class kind : std::uint8_t {
        nobody,      ///< no node lives
        owner,       ///< `node`
        next_owner,  ///< nobody yet: a node that can send for the account takes it in a moment
        caretaker,  ///< `node`, which takes the account for as long as that takes: none can send for it
    } is = kind::nobody;
    int node = 0;

    friend bool operator==(command_carrier const&, command_carrier const&) = default;
};
/// `nodes`: all of them, by number. Account 0: the first that lives.
command_carrier carrier_of(account_no account, std::span<account_owner const> owners,
                           std::span<node_row const> nodes) noexcept;

/// The accounts of which the filter can mean events.
std::vector<account_no> accounts_meant(event_filter const& filter,
                                       std::span<account_owner const> owners);
/// Those that some node sends for, or will in a moment.
std::vector<account_no> accounts_sent(std::span<account_owner const> owners,
                                      std::span<node_row const> nodes);

}  // namespace setclick::ledger
