#include "doctor_findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "setclickd/base/text.hpp"

namespace setclick::cli {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

/// A date that is cut to a second and the way of an answer are no skew; TLS and tokens are strict within minutes.
constexpr milliseconds noticeable_skew{minutes{1}};
constexpr milliseconds harmful_skew{minutes{5}};
/// Renewed by machines a month ahead, as a rule.
constexpr milliseconds certificate_soon{hours{24 * 7}};
constexpr milliseconds token_soon{hours{24 * 14}};
/// What the ledger keeps back (ledger::opening), with as much beside it: below that no file is taken.
constexpr std::uint64_t mib = std::uint64_t{1} << 20;
constexpr std::uint64_t least_bytes = 16 * mib;
constexpr std::uint64_t few_bytes = 512 * mib;
constexpr std::uint64_t least_inodes = 100;
constexpr std::uint64_t few_inodes = 10'000;
constexpr unsigned group_may_drop = 0030;  // write and cross
constexpr unsigned others_may_drop = 0003;
constexpr unsigned sets_group = 02000;

std::string percent_text(std::uint64_t part, std::uint64_t all) {
    return all == 0 ? std::string() : fmt::format(" ({} %)", part * 100 / all);
}

std::string bytes_text(std::uint64_t bytes) {
    if (bytes >= 10'240 * mib) return grouped(bytes / (1024 * mib)) + " GiB";
    return grouped(bytes / mib) + " MiB";
}

class diagnosis {
public:
    explicit diagnosis(doctor_look const& seen) : seen_(seen) {}

    std::vector<doctor_finding> all() {
        for (auto const& fault : seen_.configuration)
            problem("configuration", fault, "mend it; setclickd check shows every finding");
        if (seen_.configuration.empty()) ok("configuration", "it can be used");
        rights();
        if (seen_.drop) producers(*seen_.drop);
        for (auto const& disk : seen_.disks)
            room(disk);
        if (seen_.is_partial)
            warning("rights", "ledger, daemon and tokens were not looked at: this user may not",
                    "sudo setclickd doctor");
        if (seen_.ledger) ledger(*seen_.ledger);
        if (seen_.daemon) daemon(*seen_.daemon);
        if (seen_.endpoint) endpoint(*seen_.endpoint);
        synchronisation();
        return std::move(out_);
    }

private:
    void add(std::string area, ailment level, std::string text, std::string cure) {
        out_.push_back({std::move(area), level, std::move(text), std::move(cure)});
    }
    void ok(std::string area, std::string text) {
        add(std::move(area), ailment::none, std::move(text), {});
    }
    void warning(std::string area, std::string text, std::string cure) {
        add(std::move(area), ailment::warning, std::move(text), std::move(cure));
    }
    void problem(std::string area, std::string text, std::string cure) {
        add(std::move(area), ailment::problem, std::move(text), std::move(cure));
    }

    void rights() {
        auto const& r = seen_.rights;
        for (auto const& fault : r.faults)
            problem("rights", fault, "as user " + r.user + ", the daemon needs it");
        if (r.faults.empty() && !r.user.empty())
            ok("rights", "user " + r.user + " may use spool, ledger and the secrets' files");
    }

    void producers(drop_look const& d) {
        if (!d.fault.empty())
            return problem("producers", d.fault, "start the daemon once, or make the folder");
        auto const group = printable(d.group);
        auto const path = printable(d.path, 4096);
        bool const is_open = (d.mode & others_may_drop) == others_may_drop;
        if ((d.mode & group_may_drop) != group_may_drop && !is_open)
            return problem(
                "producers",
                fmt::format("members of the group {} may not write to {} (mode {:04o})", group,
                            path, d.mode),
                fmt::format("sudo chgrp setclickd-drop {0} && sudo chmod 3730 {0}", path));
        if (!d.blocked_at.empty())
            return problem("producers",
                           fmt::format("members of the group {} cannot reach {}: {} lets them not "
                                       "through",
                                       group, path, printable(d.blocked_at, 4096)),
                           "sudo chmod o+x " + printable(d.blocked_at, 4096));
        if ((d.mode & sets_group) == 0 && !is_open)
            warning("producers",
                    fmt::format("{} does not give its group to what is dropped (mode {:04o}), so "
                                "the daemon may be unable to read it",
                                path, d.mode),
                    "sudo chmod g+s " + path);
        ok("producers", fmt::format("{} may drop files into {}",
                                    is_open ? "everybody" : "members of the group " + group, path));
        if (is_open || d.is_caller_root || d.caller.empty()) return;
        auto const caller = printable(d.caller);
        if (d.is_caller_in)
            ok("producers", caller + " is one of them");
        else
            warning("producers", caller + " is none of them, and cannot drop files",
                    fmt::format("sudo adduser {} {}, and log in again", caller, group));
    }

    void room(disk_look const& d) {
        auto const where = d.what + " (" + printable(d.path, 4096) + ")";
        if (!d.fault.empty()) return problem("disk", where + ": " + d.fault, "look at that folder");
        auto const bytes = bytes_text(d.free_bytes) + percent_text(d.free_bytes, d.all_bytes);
        if (d.free_bytes < least_bytes)
            problem("disk",
                    where + ": only " + bytes + " are free" +
                        (d.is_ledger ? ", less than the ledger keeps back: no file is taken"
                                     : ": no file is taken when nothing is left"),
                    "make room, or give the file system more");
        else if (d.free_bytes < few_bytes)
            warning("disk", where + ": only " + bytes + " are free", "make room soon");
        else
            ok("disk", where + ": " + bytes + " are free");
        if (d.all_inodes == 0) return;
        auto const inodes =
            grouped(d.free_inodes) + " inodes" + percent_text(d.free_inodes, d.all_inodes);
        auto constexpr cure = "remove small files: df -i shows which file system is full of them";
        if (d.free_inodes < least_inodes)
            problem("disk", where + ": only " + inodes + " are free", cure);
        else if (d.free_inodes < few_inodes && d.free_inodes < d.all_inodes / 20)
            warning("disk", where + ": only " + inodes + " are free", cure);
    }

    void ledger(ledger_look const& l) {
        auto const path = printable(l.path, 4096);
        if (!l.fault.empty())
            return problem("ledger", l.fault,
                           l.is_in_postgres ? "look at PostgreSQL, and at the network to it"
                                            : "setclickd ledger check examines " + path);
        if (!l.is_there) return ok("ledger", path + " is made at the first start");
        ok("ledger", path + " can be read; " + grouped(l.pending) + " events wait");
    }

    void daemon(daemon_look const& d) {
        switch (d.state) {
            case daemon_state::running:
                if (d.ailing.empty()) return ok("daemon", "it runs and answers");
                return warning("daemon", "it runs, but " + d.ailing, "setclickd status shows more");
            case daemon_state::silent:
                return problem("daemon", "it runs, and does not answer: " + d.why_not,
                               "journalctl -u setclickd -n 50, then systemctl restart setclickd");
            case daemon_state::down:
                return warning("daemon", "it does not run",
                               "sudo systemctl enable --now setclickd");
        }
    }

    void endpoint(readback::endpoint_look const& e) {
        if (e.unusable)
            return problem("connection", e.unusable->message,
                           "mend the configuration's [endpoint]");
        auto const host = (e.is_proxy ? "the proxy " : "") + printable(e.host);
        if (!e.name_fault.empty())
            return problem("name", host + " cannot be resolved: " + e.name_fault,
                           e.is_proxy ? "check the DNS servers and endpoint.proxy"
                                      : "check the DNS servers (resolvectl status, "
                                        "/etc/resolv.conf) and endpoint.base_url");
        std::string list;
        for (auto const& a : e.addresses)
            list += (list.empty() ? "" : ", ") + a.address;
        if (e.addresses.empty()) return warning("name", "it was not looked up", "try again");
        ok("name", host + " is " + list);
        bool const is_reached = std::ranges::any_of(
            e.addresses, [](readback::address_look const& a) { return a.fault.empty(); });
        for (auto const& a : e.addresses)
            address(a, is_reached);
        if (e.certificate) certificate(*e.certificate);
        if (e.no_access && !seen_.is_partial)
            warning("account", "not asked: " + e.no_access->message, "use sudo, or try again");
        clock(e);
        if (seen_.is_partial) return;
        for (auto const& a : e.accounts)
            account(a);
    }

    /// Each fault's text names its cure (net::open_failure).
    void address(readback::address_look const& a, bool is_reached) {
        auto const* const area = a.is_connected ? "certificate" : "connection";
        if (a.fault.empty()) return ok("connection", a.address + " answers");
        auto const cut = a.fault.rfind("; ");
        auto const text = a.fault.substr(0, cut);
        auto const cure = cut == std::string::npos ? "check the network" : a.fault.substr(cut + 2);
        if (is_reached)
            warning(area, a.address + ": " + text, cure + " (another address can be used)");
        else
            problem(area, a.address + ": " + text, cure);
    }

    void certificate(readback::certificate_look const& c) {
        auto const text = fmt::format("{}, issued by {}, trusted by {} of {}{}", c.tls,
                                      c.issuer.empty() ? "an unnamed issuer" : c.issuer,
                                      c.anchor.empty() ? "a certificate" : c.anchor,
                                      c.is_of_ca_file ? "endpoint.ca_file" : "the system's store",
                                      c.ends ? ", good until " + wall_text(*c.ends) : "");
        if (c.ends && *c.ends - seen_.now < certificate_soon)
            warning("certificate", text,
                    "the server's operator must renew it in time; tell SealMetrics, or whoever "
                    "runs the proxy that inspects");
        else
            ok("certificate", text);
    }

    void clock(readback::endpoint_look const& e) {
        for (auto const& a : e.accounts) {
            if (!a.seen.clock_ahead) continue;
            auto const skew = *a.seen.clock_ahead;
            auto const size = skew < milliseconds{0} ? -skew : skew;
            auto const text = "this machine's clock is " + duration_text(size) +
                              (skew < milliseconds{0} ? " behind" : " ahead of") + " the server's";
            auto const* const cure =
                "set it: timedatectl set-ntp true (or chrony); certificates and tokens are good "
                "by the clock, and click times are compared with it";
            if (size > harmful_skew) return problem("clock", text, cure);
            if (size > noticeable_skew) return warning("clock", text, cure);
            return ok("clock", "it agrees with the server's within a minute");
        }
        if (!e.accounts.empty() && !seen_.is_partial)
            warning("clock", "not compared: no answer had a date", "timedatectl shows it");
    }

    void account(readback::account_look const& a) {
        auto const id = "account " + printable(a.id);
        auto const new_token = "setclickd token " + printable(a.id);
        auto const& s = a.seen;
        if (s.credential.empty() && s.fault)
            return problem("token", id + ": " + s.fault->message,
                           new_token + " writes another one");
        if (s.token_ends && *s.token_ends <= seen_.now)
            problem("token", id + ": its token ended on " + wall_text(*s.token_ends),
                    "get a new one in SealMetrics, and give it: " + new_token);
        else if (s.token_ends && *s.token_ends - seen_.now < token_soon)
            warning("token",
                    id + ": its token ends in " + duration_text(*s.token_ends - seen_.now) +
                        ", on " + wall_text(*s.token_ends),
                    "get a new one in SealMetrics, and give it: " + new_token);
        if (s.is_token_refused)
            return problem("token", id + ": SealMetrics does not accept its token (401)",
                           "copy it again in SealMetrics (Tags & Connectors, Connectors), and give "
                           "it: " +
                               new_token);
        if (s.fault) {
            // Whether events are accepted is another question: that shows at the first one.
            return warning("account", id + ": " + s.fault->message,
                           "setclickd check --online tries the report, too");
        }
        ok("token", id + ": " +
                        (s.token_ends && *s.token_ends > seen_.now
                             ? "accepted, good until " + wall_text(*s.token_ends)
                             : "accepted; it does not tell until when it is good"));
        if (std::ranges::find(s.accounts, a.id, &api::named_account::id) != s.accounts.end())
            return ok("account", id + " may be used with it");
        problem(
            "account", id + " is none of those that its token may use",
            "setclickd accounts " + printable(a.id) + " lists them: mend the id, or " + new_token);
    }

    void synchronisation() {
        if (seen_.sync == sync_state::synchronised)
            ok("time_sync", "the clock is kept by a time server");
        if (seen_.sync == sync_state::not_synchronised)
            warning("time_sync", "the kernel reports no time server that keeps the clock",
                    "timedatectl set-ntp true, or install chrony; in a container it is the "
                    "host's business");
    }

    doctor_look const& seen_;
    std::vector<doctor_finding> out_;
};

}  // namespace

std::vector<doctor_finding> findings_of(doctor_look const& seen) {
    return diagnosis(seen).all();
}

ailment worst_of(std::vector<doctor_finding> const& findings) noexcept {
    auto out = ailment::none;
    for (auto const& f : findings)
        out = std::max(out, f.level);
    return out;
}

std::string_view name_of(ailment level) noexcept {
    return level == ailment::problem ? "problem" : level == ailment::warning ? "warning" : "ok";
}

}  // namespace setclick::cli
