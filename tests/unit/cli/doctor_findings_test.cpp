// What the doctor makes of what was seen, row by row: the level, the words, and always a cure where something is the matter.
#include "doctor_findings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace setclick::cli {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::AllOf;
using testing::HasSubstr;

constexpr auto id = "60a52f6ac660b269d13c3f53";
constexpr std::uint64_t gib = std::uint64_t{1} << 30;

/// A machine on which all is well.
doctor_look well() {
    doctor_look seen;
    seen.now = from_ms(1'800'000'000'000);
    seen.rights.user = "setclickd";
    drop_look drop;
    drop.path = "/var/spool/setclickd/incoming";
    drop.mode = 03730;
    drop.group = "setclickd-drop";
    drop.caller = "deploy";
    drop.is_caller_in = true;
    seen.drop = drop;
    disk_look disk;
    disk.what = "ledger and spool";
    disk.path = "/var";
    disk.free_bytes = 50 * gib;
    disk.all_bytes = 100 * gib;
    disk.free_inodes = disk.all_inodes = 1'000'000;
    disk.is_ledger = true;
    seen.disks.push_back(disk);
    seen.ledger = ledger_look{"/var/lib/setclickd/ledger.db", "", true, 7};
    seen.daemon = daemon_look{daemon_state::running, "", ""};
    seen.sync = sync_state::synchronised;
    readback::endpoint_look e;
    e.host = "app.example";
    e.addresses = {{"192.0.2.1", "", true}, {"192.0.2.2", "", true}};
    e.certificate = readback::certificate_look{"TLSv1.3", "R11, Let's Encrypt", "ISRG Root X1",
                                               false, seen.now + hours{24 * 60}};
    readback::account_look account;
    account.id = id;
    account.seen.accounts = {{id, "Shop"}};
    account.seen.credential = "token found";
    account.seen.clock_ahead = milliseconds{-700};
    account.seen.token_ends = seen.now + hours{24 * 100};
    e.accounts.push_back(account);
    seen.endpoint = e;
    return seen;
}

TEST(doctor_findings, a_machine_that_is_well_has_no_cure_to_read) {
    auto const all = findings_of(well());
    EXPECT_EQ(worst_of(all), ailment::none);
    std::vector<std::string> areas;
    for (auto const& f : all) {
        EXPECT_EQ(f.level, ailment::none) << f.text;
        EXPECT_EQ(f.cure, "") << f.text;
        areas.push_back(f.area);
    }
    for (auto const* area :
         {"configuration", "rights", "producers", "disk", "ledger", "daemon", "name", "connection",
          "certificate", "clock", "token", "account", "time_sync"})
        EXPECT_THAT(areas, testing::Contains(area));
}

struct row {
    char const* what;
    std::function<void(doctor_look&)> change;
    char const* area;
    ailment level;
    char const* text;
    char const* cure;
};

class doctor_findings_of : public testing::TestWithParam<row> {};

TEST_P(doctor_findings_of, what_is_the_matter_is_one_finding_with_its_cure) {
    auto const& r = GetParam();
    auto seen = well();
    r.change(seen);
    auto const all = findings_of(seen);
    EXPECT_EQ(worst_of(all), r.level);
    std::size_t matching = 0;
    for (auto const& f : all) {
        if (f.level == ailment::none) {
            EXPECT_EQ(f.cure, "");
            continue;
        }
        EXPECT_NE(f.cure, "") << f.text;
        if (f.area != r.area || f.level != r.level) continue;
        EXPECT_THAT(f.text, HasSubstr(r.text));
        EXPECT_THAT(f.cure, HasSubstr(r.cure));
        ++matching;
    }
    EXPECT_EQ(matching, 1U);
}

readback::account_list& list_of(doctor_look& seen) {
    return seen.endpoint->accounts.front().seen;
}

constexpr auto warn = ailment::warning;
constexpr auto bad = ailment::problem;

INSTANTIATE_TEST_SUITE_P(
    each, doctor_findings_of,
    testing::Values(
        row{"configuration", [](doctor_look& s) { s.configuration = {"c.toml:3: error: x"}; },
            "configuration", bad, "c.toml:3", "setclickd check"},
        row{"rights", [](doctor_look& s) { s.rights.faults = {"cannot write to /var"}; }, "rights",
            bad, "cannot write to /var", "user setclickd"},
        row{"partial", [](doctor_look& s) { s.is_partial = true; }, "rights", warn, "not looked at",
            "sudo setclickd doctor"},
        row{"no_incoming", [](doctor_look& s) { s.drop->fault = "cannot look at it"; }, "producers",
            bad, "cannot look at it", "start the daemon"},
        row{"group_may_not", [](doctor_look& s) { s.drop->mode = 02750; }, "producers", bad,
            "may not write to", "chmod 3730 /var/spool/setclickd/incoming"},
        row{"group_may_not_cross", [](doctor_look& s) { s.drop->mode = 02720; }, "producers", bad,
            "may not write to", "chmod 3730"},
        row{"no_setgid", [](doctor_look& s) { s.drop->mode = 01730; }, "producers", warn,
            "does not give its group", "chmod g+s"},
        row{"barrier", [](doctor_look& s) { s.drop->blocked_at = "/var/spool"; }, "producers", bad,
            "/var/spool lets them not through", "chmod o+x /var/spool"},
        row{"not_a_member", [](doctor_look& s) { s.drop->is_caller_in = false; }, "producers", warn,
            "deploy is none of them", "adduser deploy setclickd-drop"},
        row{"disk_full", [](doctor_look& s) { s.disks[0].free_bytes = 15U << 20U; }, "disk", bad,
            "15 MiB (0 %) are free, less than the ledger keeps back", "make room"},
        row{"disk_low", [](doctor_look& s) { s.disks[0].free_bytes = 511U << 20U; }, "disk", warn,
            "511 MiB", "make room soon"},
        row{"inodes_gone", [](doctor_look& s) { s.disks[0].free_inodes = 99; }, "disk", bad,
            "only 99 inodes", "df -i"},
        row{"inodes_low", [](doctor_look& s) { s.disks[0].free_inodes = 9'999; }, "disk", warn,
            "9,999 inodes", "df -i"},
        row{"disk_unseen", [](doctor_look& s) { s.disks[0].fault = "Input/output error"; }, "disk",
            bad, "Input/output error", "look at"},
        row{"ledger", [](doctor_look& s) { s.ledger->fault = "it is damaged"; }, "ledger", bad,
            "it is damaged", "setclickd ledger check"},
        row{"down",
            [](doctor_look& s) {
                s.daemon = daemon_look{daemon_state::down, "", ""};
            },
            "daemon", warn, "does not run", "systemctl enable --now"},
        row{"silent",
            [](doctor_look& s) {
                s.daemon = daemon_look{daemon_state::silent, "no answer", ""};
            },
            "daemon", bad, "no answer", "restart"},
        row{"ailing", [](doctor_look& s) { s.daemon->ailing = "account x is parked"; }, "daemon",
            warn, "account x is parked", "setclickd status"},
        row{"ca_file",
            [](doctor_look& s) {
                s.endpoint = readback::endpoint_look{};
                s.endpoint->unusable = fail(errc::config, "endpoint.ca_file: no");
            },
            "connection", bad, "endpoint.ca_file", "[endpoint]"},
        row{"no_name",
            [](doctor_look& s) {
                s.endpoint->name_fault = "Name or service not known";
                s.endpoint->addresses.clear();
            },
            "name", bad, "app.example cannot be resolved", "DNS"},
        row{"no_proxy",
            [](doctor_look& s) {
                s.endpoint->name_fault = "unknown";
                s.endpoint->is_proxy = true;
            },
            "name", bad, "the proxy app.example", "endpoint.proxy"},
        row{"one_address",
            [](doctor_look& s) {
                s.endpoint->addresses[1] = {"192.0.2.2",
                                            "192.0.2.2:443 refused; check the firewall", false};
            },
            "connection", warn, "192.0.2.2:443 refused", "check the firewall (another address"},
        row{"certificate_refused",
            [](doctor_look& s) {
                s.endpoint->addresses = {{"192.0.2.1", "TLS: has expired; renew it", true}};
                s.endpoint->certificate.reset();
                s.endpoint->accounts.clear();
            },
            "certificate", bad, "has expired", "renew it"},
        row{"certificate_soon",
            [](doctor_look& s) {
                s.endpoint->certificate->ends = s.now + hours{24 * 7} - minutes{1};
            },
            "certificate", warn, "R11, Let's Encrypt", "renew"},
        row{"clock_ahead", [](doctor_look& s) { list_of(s).clock_ahead = milliseconds{60'001}; },
            "clock", warn, "1 min ahead of the server's", "timedatectl"},
        row{"clock_behind", [](doctor_look& s) { list_of(s).clock_ahead = milliseconds{-300'001}; },
            "clock", bad, "5 min behind the server's", "timedatectl"},
        row{"no_date", [](doctor_look& s) { list_of(s).clock_ahead.reset(); }, "clock", warn,
            "not compared", "timedatectl"},
        row{"no_token",
            [](doctor_look& s) {
                list_of(s) = {};
                list_of(s).clock_ahead = milliseconds{0};
                list_of(s).fault = fail(errc::not_found, "no such file");
            },
            "token", bad, "no such file", "setclickd token 60a52f6ac660b269d13c3f53"},
        row{"token_refused",
            [](doctor_look& s) {
                list_of(s).is_token_refused = true;
                list_of(s).fault = fail(errc::config, "401");
            },
            "token", bad, "does not accept its token (401)", "setclickd token"},
        row{"token_ends", [](doctor_look& s) { list_of(s).token_ends = s.now + hours{24 * 13}; },
            "token", warn, "ends in 13 d", "setclickd token"},
        row{"token_ended", [](doctor_look& s) { list_of(s).token_ends = s.now; }, "token", bad,
            "ended on", "setclickd token"},
        row{"no_list", [](doctor_look& s) { list_of(s).fault = fail(errc::config, "403"); },
            "account", warn, "403", "check --online"},
        row{"not_its_account",
            [](doctor_look& s) {
                list_of(s).accounts = {{"other", ""}};
            },
            "account", bad, "none of those", "setclickd accounts"},
        row{"no_access",
            [](doctor_look& s) {
                s.endpoint->no_access = fail(errc::busy, "it is just starting");
                s.endpoint->accounts.clear();
            },
            "account", warn, "just starting", "try again"},
        row{"no_time_server", [](doctor_look& s) { s.sync = sync_state::not_synchronised; },
            "time_sync", warn, "no time server", "set-ntp"}),
    [](auto const& one) { return std::string(one.param.what); });

TEST(doctor_findings, bounds_are_where_they_are_said_to_be) {
    auto seen = well();
    for (auto const skew : {milliseconds{60'000}, milliseconds{-60'000}}) {
        list_of(seen).clock_ahead = skew;
        EXPECT_EQ(worst_of(findings_of(seen)), ailment::none);
    }
    list_of(seen).clock_ahead = milliseconds{300'000};
    EXPECT_EQ(worst_of(findings_of(seen)), ailment::warning);
    seen = well();
    seen.disks[0].free_bytes = 16U << 20U;
    EXPECT_EQ(worst_of(findings_of(seen)), ailment::warning);
    seen = well();
    seen.disks[0].all_inodes = seen.disks[0].free_inodes = 0;  // btrfs counts none
    EXPECT_EQ(worst_of(findings_of(seen)), ailment::none);
    seen = well();
    list_of(seen).token_ends.reset();
    EXPECT_EQ(worst_of(findings_of(seen)), ailment::none);
    seen = well();
    seen.drop->is_caller_root = true;
    seen.drop->is_caller_in = false;
    EXPECT_EQ(worst_of(findings_of(seen)), ailment::none);
    seen = well();
    seen.drop->mode = 0777;  // everybody, as a container has it
    seen.drop->is_caller_in = false;
    EXPECT_EQ(worst_of(findings_of(seen)), ailment::none);
}

}  // namespace
}  // namespace setclick::cli
