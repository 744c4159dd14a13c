#include "local_look.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "acting_as.hpp"
#include "service_unit.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/settings/token.hpp"
#include "setclickd/setup/ledger.hpp"
#include "setclickd/spool/directory.hpp"
#include "setclickd/status_model/collect.hpp"
#include "setclickd/status_model/health.hpp"

namespace setclick::cli {
namespace {

namespace fs = std::filesystem;

std::string user_name(uid_t user) {
    auto const* const entry = ::getpwuid(user);
    return entry == nullptr ? std::to_string(user) : entry->pw_name;
}

std::string group_name(gid_t group) {
    auto const* const entry = ::getgrgid(group);
    return entry == nullptr ? std::to_string(group) : entry->gr_name;
}

/// Who typed the command: behind sudo somebody else than the process's user.
std::string caller_name() {
    if (::getuid() != 0) return user_name(::getuid());
    auto const* const behind_sudo = std::getenv("SUDO_USER");
    return behind_sudo == nullptr ? "root" : behind_sudo;
}

bool is_in_group(std::string const& user, gid_t group) {
    auto const* const entry = ::getpwnam(user.c_str());
    if (entry == nullptr) return false;
    int count = 0;
    ::getgrouplist(entry->pw_name, entry->pw_gid, nullptr, &count);
    std::vector<gid_t> groups(static_cast<std::size_t>(std::max(count, 0)));
    if (::getgrouplist(entry->pw_name, entry->pw_gid, groups.data(), &count) < 0) return false;
    return std::ranges::find(groups, group) != groups.end();
}

/// The first folder above `path` that members of the group cannot cross; empty for none.
std::string barrier_above(std::string const& path, gid_t group) {
    std::error_code ec;
    fs::path at;
    for (auto const& part : fs::absolute(path, ec).lexically_normal().parent_path()) {
        at /= part;
        struct stat seen {};
        if (::stat(at.c_str(), &seen) != 0) return {};
        bool const is_theirs = seen.st_gid == group;
        if ((seen.st_mode & (is_theirs ? S_IXGRP : S_IXOTH)) == 0) return at.string();
    }
    return {};
}

drop_look look_at_incoming(std::string const& spool) {
    drop_look out;
    out.path = spool + "/incoming";
    out.caller = caller_name();
    out.is_caller_root = out.caller == "root";
    struct stat seen {};
    if (::stat(out.path.c_str(), &seen) != 0) {
        out.fault = errno_error(errno, "look at", printable(out.path, 4096)).message;
        return out;
    }
    out.mode = seen.st_mode & 07777U;
    out.group = group_name(seen.st_gid);
    out.blocked_at = barrier_above(out.path, seen.st_gid);
    out.is_caller_in = is_in_group(out.caller, seen.st_gid);
    return out;
}

/// Of the folder that is there, or of the nearest one above it.
std::string existing_folder(fs::path at) {
    std::error_code ec;
    at = fs::absolute(at, ec);
    while (!fs::is_directory(at, ec) && at.has_relative_path())
        at = at.parent_path();
    return at.string();
}

disk_look look_at_disk(std::string what, std::string const& folder) {
    disk_look out;
    out.what = std::move(what);
    out.path = folder;
    struct statvfs seen {};
    if (::statvfs(folder.c_str(), &seen) != 0) {
        out.fault = errno_text(errno);
        return out;
    }
    out.free_bytes = std::uint64_t{seen.f_bavail} * seen.f_frsize;
    out.all_bytes = std::uint64_t{seen.f_blocks} * seen.f_frsize;
    out.free_inodes = seen.f_favail;
    out.all_inodes = seen.f_files;
    return out;
}

std::vector<disk_look> look_at_disks(settings::settings const& s) {
    if (!s.ledger.postgres.empty()) {
        // The ledger's disk is the server's.
        return {look_at_disk("spool", existing_folder(s.spool.dir))};
    }
    auto const ledger = existing_folder(fs::path(s.ledger.path).parent_path());
    auto const spool = existing_folder(s.spool.dir);
    struct stat of_ledger {};
    struct stat of_spool {};
    bool const is_one = ::stat(ledger.c_str(), &of_ledger) == 0 &&
                        ::stat(spool.c_str(), &of_spool) == 0 &&
                        of_ledger.st_dev == of_spool.st_dev;
    std::vector<disk_look> out;
    out.push_back(look_at_disk(is_one ? "ledger and spool" : "ledger", ledger));
    out.back().is_ledger = true;
    if (!is_one) out.push_back(look_at_disk("spool", spool));
    return out;
}

void look_at_ledger_and_daemon(settings::settings const& s, doctor_look& seen) {
    auto const live = status_model::ask_daemon(s.control_socket);
    auto const report = status_model::collect(s, live, seen.now);
    ledger_look ledger;
    ledger.path = setup::ledger_place_of(s).shown();
    ledger.is_in_postgres = !s.ledger.postgres.empty();
    if (!report) {
        ledger.fault = report.error().message;
    } else {
        ledger.fault = report->ledger_fault;
        ledger.is_there = report->has_ledger;
        ledger.pending = report->events.pending();
    }
    seen.ledger = std::move(ledger);
    daemon_look daemon;
    daemon.why_not = live.daemon.why_not;
    if (live.daemon.is_running)
        daemon.state = live.daemon.why_not.empty() ? daemon_state::running : daemon_state::silent;
    if (daemon.state == daemon_state::running && report) {
        status_model::health_limits limits;
        limits.are_parks_unwell = true;
        if (auto ailing = status_model::unwell(*report, limits)) daemon.ailing = std::move(*ailing);
    }
    seen.daemon = std::move(daemon);
}

/// What it must read and write, looked at with its rights where this process may take them.
void look_at_rights(settings::settings const& s, std::string const& service_user,
                    doctor_look& seen) {
    acting_as const service(service_user);
    auto& out = seen.rights;
    out.user = user_name(::geteuid());
    auto const note = [&](error const& e) { out.faults.push_back(e.message); };
    if (auto const usable = spool::verify_folders(s.spool.dir); !usable) {
        std::error_code ec;
        if (fs::exists(s.spool.dir, ec)) note(usable.error());
    }
    if (s.ledger.postgres.empty()) {
        auto const folder = existing_folder(fs::path(s.ledger.path).parent_path());
        if (::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) != 0)
            note(errno_error(errno, "write to", printable(folder, 4096)));
    } else if (!s.ledger.password_file.starts_with("credential:") &&
               !s.ledger.password_file.empty()) {
        if (auto const secret = settings::read_password(s.ledger.password_file, ""); !secret)
            note(secret.error());
    }
    auto const credentials = settings::credentials_directory();
    for (auto const& a : s.accounts) {
        auto const& source = a.login ? a.login->password_file : a.token_file;
        // systemd gives those to the service alone.
        if (source.starts_with("credential:") && credentials.empty()) continue;
        auto const secret = a.login ? settings::read_password(source, credentials)
                                    : settings::read_token(source, credentials);
        if (!secret) note(secret.error());
    }
}

sync_state clock_keeper() {
    timex seen{};
    if (::adjtimex(&seen) < 0) return sync_state::unknown;
    return (seen.status & STA_UNSYNC) != 0 ? sync_state::not_synchronised
                                           : sync_state::synchronised;
}

}  // namespace

void look_around(settings::settings const& s, std::string const& config, doctor_look& seen) {
    auto const unit = unit_that_reads(config);
    auto const service_user = unit ? unit->user() : std::string();
    if (unit)
        for (auto& o : setup::obstacles_of(s, *unit))
            seen.rights.faults.push_back(std::move(o.message));
    // A producer need not have the daemon's rights.
    bool const is_daemons =
        ::geteuid() == 0 || user_name(::geteuid()) == service_user ||
        (service_user.empty() &&
         ::faccessat(AT_FDCWD, (s.spool.dir + "/work").c_str(), W_OK, AT_EACCESS) == 0);
    if (is_daemons) {
        look_at_rights(s, service_user, seen);
        look_at_ledger_and_daemon(s, seen);
    }
    seen.drop = look_at_incoming(s.spool.dir);
    seen.disks = look_at_disks(s);
    seen.sync = clock_keeper();
    seen.is_partial = !is_daemons;
}

}  // namespace setclick::cli
