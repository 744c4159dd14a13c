// What is the matter, from what was seen: each thing that delivery needs as a finding, with its cure. Pure.
//
// A problem stops delivery, or soon will; a warning is worth a look. Never: a token or an e-mail in a text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "setclickd/base/error.hpp"
#include "setclickd/base/time.hpp"
#include "setclickd/readback/endpoint_look.hpp"

namespace setclick::cli {

enum class ailment : std::uint8_t { none, warning, problem };

struct doctor_finding {
    std::string area;  ///< "name", "connection", "certificate", "clock", "token", …: for scripts
    ailment level = ailment::none;
    std::string text;
    std::string cure;  ///< empty where nothing is to be done
};

/// Of a folder that producers write into.
struct drop_look {
    std::string path;   ///< of incoming/
    std::string fault;  ///< it cannot be looked at
    unsigned mode = 0;
    std::string group;       ///< of the folder
    std::string blocked_at;  ///< a folder above that its members cannot cross; empty for none
    std::string caller;      ///< who runs the command, by name; behind sudo who called it
    bool is_caller_root = false;
    bool is_caller_in = false;  ///< in the group
};

struct disk_look {
    std::string what;  ///< "ledger and spool"
    std::string path;
    std::string fault;
    std::uint64_t free_bytes = 0, all_bytes = 0;
    std::uint64_t free_inodes = 0, all_inodes = 0;  ///< 0 of all: the file system counts none
    bool is_ledger = false;                         ///< its reserve is kept there
};

struct ledger_look {
    std::string path;
    std::string fault;  ///< it cannot be read
    bool is_there = false;
    std::uint64_t pending = 0;
    bool is_in_postgres = false;
};

enum class daemon_state : std::uint8_t { running, silent, down };

struct daemon_look {
    daemon_state state = daemon_state::down;
    std::string why_not;
    std::string ailing;  ///< while it runs: what `health --strict` would report
};

/// What the daemon needs to read or write, and cannot.
struct rights_look {
    std::string user;  ///< as whom it was looked at
    std::vector<std::string> faults;
};

enum class sync_state : std::uint8_t { synchronised, not_synchronised, unknown };

struct doctor_look {
    wall_time now{};
    std::vector<std::string> configuration;  ///< errors
    rights_look rights;
    std::optional<drop_look> drop;
    std::vector<disk_look> disks;
    std::optional<ledger_look> ledger;
    std::optional<daemon_look> daemon;
    sync_state sync = sync_state::unknown;
    std::optional<readback::endpoint_look> endpoint;
    bool is_partial = false;  ///< this user may not look at the daemon's own: tokens, ledger
};

/// In the order in which a person would look.
std::vector<doctor_finding> findings_of(doctor_look const& seen);

ailment worst_of(std::vector<doctor_finding> const& findings) noexcept;
std::string_view name_of(ailment level) noexcept;

}  // namespace setclick::cli
