// What the service's systemd unit lets the daemon reach: which of its lines is in the way of a
// path, and what to write instead.
//
// Promises: reads the text of the unit and of its drop-ins only, as systemd.exec(5) describes it;
// what it does not know is taken as open. Never: looks at the path itself, or asks systemd.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "setclickd/settings/settings.hpp"

namespace setclick::setup {

enum class path_use : std::uint8_t {
    read,   ///< a certificate, a token
    write,  ///< spool, ledger
};

class unit_sandbox {
public:
    /// The unit file, then its drop-ins, in the order in which systemd reads them.
    explicit unit_sandbox(std::span<std::string const> texts);

    /// The line in the way of the absolute `path`, and the cure; nothing where there is none.
    std::optional<std::string> obstacle_to(std::string_view path, path_use use) const;
    /// A line of the unit opens it for writing, whatever the strict ones close around it.
    bool is_opened(std::string_view path) const;
    /// Below a /tmp of the service's own: what it makes there nobody else sees, and it is gone when
    /// the service ends.
    bool is_own_tmp(std::string_view path) const;
    /// As whom the service runs; empty for root.
    std::string const& user() const noexcept { return user_; }
    /// The file that `ExecStart=` names by --config; empty for the default.
    std::string const& config() const noexcept { return config_; }

private:
    enum class home : std::uint8_t { open, read_only, empty, hidden };
    enum class system : std::uint8_t { open, usr, full, strict };

    void set(std::string_view key, std::string_view value);
    void set_start(std::string_view command);
    bool is_writable(std::string_view path) const;

    home home_ = home::open;
    system system_ = system::open;
    bool private_tmp_ = false;
    std::string user_;
    std::string config_;
    std::vector<std::string> writable_;  // ReadWritePaths=
    std::vector<std::string> made_;      // StateDirectory= and its kind
    std::vector<std::string> bound_;     // BindPaths=, BindReadOnlyPaths=
};

struct obstacle {
    std::string key;      ///< of the setting, such as "spool.dir"
    std::string message;  ///< the path, what is in its way, and the cure
    /// The service would start all the same, and work in a folder that nobody else sees.
    bool is_in_vain = false;
};
/// Of every path that the settings name; one that leads over symbolic links by where it leads to.
/// Blocks on the disk.
std::vector<obstacle> obstacles_of(settings::settings const& s, unit_sandbox const& unit);

/// Where the environment names a proxy for HTTPS and the settings name none: what to write. No part
/// of the proxy's address, which may hold a password, is in it.
std::optional<std::string> unused_proxy(settings::settings const& s);

/// Of the unit `name` where systemd runs this machine: its first file and its drop-ins in systemd's
/// folders below `root`. Nothing where there is no such unit. Blocks on the disk.
std::optional<unit_sandbox> installed_unit(std::string_view name, std::string const& root = "");
/// Systemd runs this machine (as sd_booted(3) finds out).
bool is_under_systemd();

}  // namespace setclick::setup
