#include "setclickd/metrics/exporter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "setclickd/delivery/park.hpp"

namespace setclick::metrics {
namespace {

using status_model::account_report;
using status_model::status_report;
using testing::HasSubstr;
using testing::Not;

wall_time const now = from_ms(1'790'000'000'000);
constexpr double inf = std::numeric_limits<double>::infinity();

/// The lines with a value, by what is before it.
std::map<std::string, std::string> values_in(std::string const& text) {
    std::map<std::string, std::string> out;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.empty() || line.starts_with('#')) continue;
        auto const at = line.rfind(' ');
        EXPECT_TRUE(out.emplace(line.substr(0, at), line.substr(at + 1)).second)
            << "twice: " << line;
    }
    return out;
}

account_report configured(std::string id, std::size_t place) {
    account_report a;
    a.id = std::move(id);
    a.place = place;
    return a;
}

status_report report_of(std::vector<account_report> accounts) {
    status_report r;
    r.now = now;
    r.accounts = std::move(accounts);
    r.daemon.is_running = true;
    r.daemon.version = "0.1.0";
    return r;
}

std::map<std::string, std::string> exported_values(status_report const& r, std::size_t most = 100,
                                                   std::vector<http_count> const& requests = {}) {
    own_accounts own;
    own.see(r, most);
    return values_in(exported({r, own, requests}));
}

TEST(exporter, of_an_empty_daemon_has_no_account_but_other) {
    auto const v = exported_values(report_of({}));
    EXPECT_EQ(v.at(R"(setclickd_events_total{account="other",outcome="delivered"})"), "0");
    EXPECT_EQ(v.at(R"(setclickd_oldest_waiting_seconds{account="other"})"), "0");
    EXPECT_EQ(v.at("setclickd_stalled"), "0");
    EXPECT_EQ(v.at("setclickd_endpoint_reachable"), "1");
    EXPECT_EQ(v.at(R"(setclickd_build_info{version="0.1.0"})"), "1");
    EXPECT_FALSE(v.contains(R"(setclickd_last_success_timestamp_seconds{account="other"})"));
    EXPECT_FALSE(v.contains("setclickd_last_file_timestamp_seconds"));
    EXPECT_FALSE(v.contains("process_start_time_seconds"));
}

TEST(exporter, an_accounts_numbers) {
    auto a = configured("acc-1", 0);
    a.events.waiting = 1;
    a.events.in_flight = 2;
    a.events.deferred = 3;
    a.events.in_doubt = 4;
    a.events.held = 5;
    a.events.delivered = 60;
    a.events.rejected = 7;
    a.events.duplicate = 8;
    a.events.discarded = 9;
    a.refused_lines = 10;
    a.in_doubt_ever = 11;
    a.oldest_waiting = now - std::chrono::milliseconds{90'500};
    a.last_success = now - std::chrono::seconds{1};
    a.rate_waited_seconds = 12.5;
    a.permits = 2;
    a.rate_per_minute = 31;
    a.configured_per_minute = 60;
    a.token_end = now + std::chrono::hours{24};
    a.reconciled =
        R"({"at":"2026-09-21T10:00:00Z","agrees":false,"missing":3,"surplus":2,"ambiguous":1})";
    auto const v = exported_values(report_of({a}));
    auto const of = [&](std::string const& family, std::string const& more = "") {
        return v.at(family + R"({account="acc-1")" + more + "}");
    };
    EXPECT_EQ(of("setclickd_queue_events", R"(,state="waiting")"), "1");
    EXPECT_EQ(of("setclickd_queue_events", R"(,state="in_flight")"), "2");
    EXPECT_EQ(of("setclickd_queue_events", R"(,state="deferred")"), "3");
    EXPECT_EQ(of("setclickd_queue_events", R"(,state="in_doubt")"), "4");
    EXPECT_EQ(of("setclickd_queue_events", R"(,state="held")"), "5");
    EXPECT_EQ(of("setclickd_events_total", R"(,outcome="delivered")"), "60");
    EXPECT_EQ(of("setclickd_events_total", R"(,outcome="rejected")"), "17") << "lines, too";
    EXPECT_EQ(of("setclickd_events_total", R"(,outcome="duplicate")"), "8");
    EXPECT_EQ(of("setclickd_events_total", R"(,outcome="discarded")"), "9");
    EXPECT_EQ(of("setclickd_in_doubt_events_total"), "11");
    EXPECT_EQ(of("setclickd_oldest_waiting_seconds"), "90.5");
    EXPECT_EQ(of("setclickd_last_success_timestamp_seconds"), "1789999999");
    EXPECT_EQ(of("setclickd_rate_wait_seconds_total"), "12.5");
    EXPECT_EQ(of("setclickd_rate_permits"), "2");
    EXPECT_EQ(of("setclickd_rate_per_minute"), "31");
    EXPECT_EQ(of("setclickd_rate_configured_per_minute"), "60");
    EXPECT_EQ(of("setclickd_token_expiry_timestamp_seconds", R"(,source="file")"), "1790086400");
    EXPECT_EQ(of("setclickd_reconcile_agrees"), "0");
    EXPECT_EQ(of("setclickd_reconcile_difference_events"), "6");
    EXPECT_EQ(of("setclickd_reconcile_timestamp_seconds"), "1789984800");
}

TEST(exporter, what_is_not_known_of_an_account_is_absent) {
    auto const v = exported_values(report_of({configured("a", 0)}));
    for (auto const* const family :
         {"last_success_timestamp_seconds", "rate_permits", "token_expiry_timestamp_seconds",
          "reconcile_agrees", "reconcile_timestamp_seconds"})
        for (auto const& [series, value] : v)
            EXPECT_FALSE(series.starts_with(std::string("setclickd_") + family + R"({account="a")"))
                << series;
    EXPECT_EQ(v.at(R"(setclickd_oldest_waiting_seconds{account="a"})"), "0");
    EXPECT_EQ(v.at(R"(setclickd_rate_wait_seconds_total{account="a"})"), "0");
}

/// `retry` of a rejected event: it waits again, and how often one was rejected stays.
TEST(exporter, what_a_person_takes_back_makes_no_counter_fall) {
    auto a = configured("a", 0);
    a.events.rejected = 5;
    a.events.delivered = 2;
    a.events.discarded = 1;
    auto const before = exported_values(report_of({a}));
    a.events.rejected = 2;  // three go again,
    a.taken_back.rejected = 3;
    a.events.delivered = 1;  // one that was delivered, too, by force,
    a.taken_back.delivered = 1;
    a.events.discarded = 0;  // and one that was discarded
    a.taken_back.discarded = 1;
    a.events.waiting = 5;
    auto const after = exported_values(report_of({a}));
    for (auto const* const outcome : {"delivered", "rejected", "duplicate", "discarded"}) {
        auto const series =
            R"(setclickd_events_total{account="a",outcome=")" + std::string(outcome) + "\"}";
        EXPECT_EQ(after.at(series), before.at(series)) << outcome;
    }
}

TEST(exporter, others_are_added_up_and_the_worst_of_them_is_shown) {
    std::vector<account_report> accounts;
    for (std::size_t i = 0; i < 4; ++i) {
        auto a = configured("a" + std::to_string(i), i);
        a.events.waiting = 10 * (i + 1);
        a.events.delivered = 100 * (i + 1);
        a.oldest_waiting = now - std::chrono::seconds{10 * (i + 1)};
        a.last_success = now - std::chrono::seconds{i + 1};
        a.rate_waited_seconds = static_cast<double>(i) + 1;
        a.permits = i;
        a.rate_per_minute = 60;
        a.configured_per_minute = i == 3 ? inf : 120;
        a.token_end = now + std::chrono::hours{100 - 10 * i};
        a.reconciled = i == 2 ? R"({"at":"2026-09-20T00:00:00Z","agrees":false,"missing":4})"
                              : R"({"at":"2026-09-21T00:00:00Z","agrees":true})";
        accounts.push_back(std::move(a));
    }
    accounts[3].parked.emplace().reason = "suspect";
    accounts[2].has_login = true;
    auto gone = account_report{};
    gone.id = "gone";
    gone.is_configured = false;
    gone.events.delivered = 1000;
    gone.events.held = 3;
    gone.rate_waited_seconds = 100;
    gone.rate_per_minute = 0;
    accounts.push_back(gone);
    auto const v = exported_values(report_of(accounts), 2);
    auto const other = [&](std::string const& family, std::string const& more = "") {
        return v.at("setclickd_" + family + R"({account="other")" + more + "}");
    };
    EXPECT_EQ(other("queue_events", R"(,state="waiting")"), "70");
    EXPECT_EQ(other("queue_events", R"(,state="held")"), "3");
    EXPECT_EQ(other("events_total", R"(,outcome="delivered")"), "1700");
    EXPECT_EQ(other("oldest_waiting_seconds"), "40") << "the highest";
    EXPECT_EQ(other("last_success_timestamp_seconds"), "1789999997") << "the latest";
    EXPECT_EQ(other("rate_wait_seconds_total"), "107");
    EXPECT_EQ(other("rate_permits"), "5");
    EXPECT_EQ(other("rate_per_minute"), "120");
    EXPECT_EQ(other("rate_configured_per_minute"), "+Inf");
    EXPECT_EQ(other("token_expiry_timestamp_seconds", R"(,source="file")"), "1790252000")
        << "the earliest";
    EXPECT_EQ(other("token_expiry_timestamp_seconds", R"(,source="login")"), "1790288000");
    EXPECT_EQ(other("reconcile_agrees"), "0") << "one does not";
    EXPECT_EQ(other("reconcile_difference_events"), "4");
    EXPECT_EQ(other("reconcile_timestamp_seconds"), "1789862400") << "the earliest";
    EXPECT_EQ(other("account_parked", R"(,reason="suspect")"), "1");
    EXPECT_FALSE(v.contains(R"(setclickd_rate_per_minute{account="a2"})"));
    EXPECT_EQ(v.at(R"(setclickd_rate_per_minute{account="a1"})"), "60");
}

/// The sum over accounts is what `status` shows as a total.
TEST(exporter, lines_that_name_no_account_are_of_other) {
    auto r = report_of({configured("a", 0)});
    r.accounts[0].events.rejected = 2;
    r.accounts[0].refused_lines = 3;
    r.refused_without_account = 4;
    auto const v = exported_values(r);
    EXPECT_EQ(v.at(R"(setclickd_events_total{account="a",outcome="rejected"})"), "5");
    EXPECT_EQ(v.at(R"(setclickd_events_total{account="other",outcome="rejected"})"), "4");
}

TEST(exporter, parks_by_reason_cover_every_account) {
    std::vector<account_report> accounts;
    for (std::size_t i = 0; i < 5; ++i)
        accounts.push_back(configured("a" + std::to_string(i), i));
    for (auto const i : {0U, 3U, 4U})
        accounts[i].parked.emplace().reason = "unauthorised";
    accounts[1].parked.emplace().reason = "paused";
    accounts[4].is_configured = false;
    accounts[4].place.reset();
    auto r = report_of(accounts);
    r.daemon.endpoint_parked.emplace().reason = "not-found";
    auto const v = exported_values(r, 2);
    EXPECT_EQ(v.at(R"(setclickd_accounts_parked{reason="unauthorised"})"), "2");
    EXPECT_EQ(v.at(R"(setclickd_accounts_parked{reason="paused"})"), "1");
    EXPECT_EQ(v.at(R"(setclickd_accounts_parked{reason="suspect"})"), "0");
    EXPECT_EQ(v.at(R"(setclickd_account_parked{account="a0",reason="unauthorised"})"), "1");
    EXPECT_EQ(v.at(R"(setclickd_account_parked{account="a1",reason="paused"})"), "1");
    EXPECT_EQ(v.at(R"(setclickd_account_parked{account="other",reason="unauthorised"})"), "1");
    EXPECT_EQ(v.at(R"(setclickd_endpoint_parked{reason="not-found"})"), "1");
    EXPECT_EQ(v.at(R"(setclickd_endpoint_parked{reason="suspect"})"), "0");
    std::size_t reasons = 0;
    for (auto const& [series, value] : v)
        reasons += series.starts_with("setclickd_accounts_parked{") ? 1 : 0;
    EXPECT_EQ(reasons, delivery::park_reason_count - 1) << "each reason, always";
}

TEST(exporter, what_the_daemon_has_counted) {
    auto r = report_of({});
    auto& f = r.daemon.figures;
    f.attempts[static_cast<std::size_t>(delivery::status_class::too_many)] = 7;
    f.rejected[static_cast<std::size_t>(delivery::rejection::bad_line)] = 8;
    f.request_seconds = {{0.1, 1}, {3, 2, 1}, 4.5};
    f.connections_idle = 1;
    f.connections_busy = 2;
    f.connections_opening = 3;
    f.handshakes_full = 4;
    f.handshakes_resumed = 5;
    f.process = {1'789'000'000, 1.5, 2048, 4096, 9, 1024, 6};
    r.files_incoming = 11;
    r.files_open = 12;
    r.left_alone = {{"partial", "", 2}, {"empty", "", 1}};
    r.last_file = now - std::chrono::seconds{5};
    r.ledger_bytes = 13;
    r.ledger_disk = {100, 1000};
    r.spool_disk = {200, std::nullopt};
    r.starts = 14;
    r.daemon.stalled = r.daemon.disk_full = true;
    r.daemon.ledger_locked = "by sqlite3 (pid 7)";
    r.daemon.intake_held_up = "why";
    r.daemon.unreachable = "why";
    auto const v = exported_values(r, 100, {{"/metrics", 200, 15}, {"other", 404, 16}});
    std::map<std::string, std::string> const expected{
        {R"(setclickd_attempts_total{status="429"})", "7"},
        {R"(setclickd_attempts_total{status="none"})", "0"},
        {R"(setclickd_rejected_events_total{reason="bad-line"})", "8"},
        {R"(setclickd_request_duration_seconds_bucket{le="0.1"})", "3"},
        {R"(setclickd_request_duration_seconds_bucket{le="1"})", "5"},
        {R"(setclickd_request_duration_seconds_bucket{le="+Inf"})", "6"},
        {"setclickd_request_duration_seconds_count", "6"},
        {"setclickd_request_duration_seconds_sum", "4.5"},
        {R"(setclickd_connections{state="open"})", "1"},
        {R"(setclickd_connections{state="busy"})", "2"},
        {R"(setclickd_connections{state="opening"})", "3"},
        {R"(setclickd_tls_handshakes_total{resumed="false"})", "4"},
        {R"(setclickd_tls_handshakes_total{resumed="true"})", "5"},
        {R"(setclickd_spool_files{state="incoming"})", "11"},
        {R"(setclickd_spool_files{state="work"})", "12"},
        {R"(setclickd_spool_files{state="left_alone"})", "3"},
        {"setclickd_last_file_timestamp_seconds", "1789999995"},
        {"setclickd_ledger_bytes", "13"},
        {R"(setclickd_disk_free_bytes{place="ledger"})", "100"},
        {R"(setclickd_disk_size_bytes{place="ledger"})", "1000"},
        {R"(setclickd_disk_free_bytes{place="spool"})", "200"},
        {"setclickd_starts_total", "14"},
        {"setclickd_stalled", "1"},
        {"setclickd_disk_full", "1"},
        {"setclickd_ledger_locked", "1"},
        {"setclickd_intake_held_up", "1"},
        {"setclickd_endpoint_reachable", "0"},
        {R"(setclickd_http_requests_total{path="/metrics",code="200"})", "15"},
        {R"(setclickd_http_requests_total{path="other",code="404"})", "16"},
        {"process_start_time_seconds", "1789000000"},
        {"process_cpu_seconds_total", "1.5"},
        {"process_resident_memory_bytes", "2048"},
        {"process_virtual_memory_bytes", "4096"},
        {"process_open_fds", "9"},
        {"process_max_fds", "1024"},
        {"process_threads", "6"}};
    for (auto const& [series, value] : expected)
        EXPECT_EQ(v.at(series), value) << series;
    EXPECT_FALSE(v.contains(R"(setclickd_disk_size_bytes{place="spool"})")) << "not known";
    EXPECT_FALSE(v.contains("setclickd_delivery_duration_seconds_count")) << "not known";
}

status_model::cluster_report two_nodes() {
    status_model::cluster_report c;
    c.self = 1;
    ledger::node_view n;
    n.no = 1;
    n.has_stopped = false;
    n.willing = {account_no{1}};
    c.seen.nodes.push_back(n);
    n.no = 2;
    n.has_stopped = true;  // while it was willing: dead
    n.unread_files = 3;
    c.seen.nodes.push_back(n);
    c.seen.owners = {{account_no{1}, "one", 1, 1, false}, {account_no{2}, "two", 2, 1, true}};
    c.seen.server.holders = {{"pid 7", milliseconds{2'500}, 10}};
    return c;
}

TEST(exporter, nodes_that_share_a_ledger) {
    auto r = report_of({configured("one", 0), configured("two", 1)});
    r.daemon.member = delivery::member_status{true, milliseconds{9'500}, milliseconds{4}, 5, 6, 7};
    r.cluster = two_nodes();
    for (std::size_t i = 0; i < 2; ++i)
        r.accounts[i].owner = owner_of(*r.cluster, r.cluster->seen.owners[i]);
    r.accounts[1].events.waiting = 1;
    auto const values = exported_values(r);
    std::map<std::string, std::string> const wanted{
        {"setclickd_nodes{state=\"living\"}", "1"},
        {"setclickd_nodes{state=\"silent\"}", "0"},
        {"setclickd_nodes{state=\"dead\"}", "1"},
        {"setclickd_node_accounts", "1"},
        {"setclickd_node_lease_seconds", "9.5"},
        {"setclickd_node_beat_duration_seconds", "0.004"},
        {"setclickd_node_taken_over_total", "5"},
        {"setclickd_node_given_up_total", "6"},
        {"setclickd_node_taken_in_doubt_total", "7"},
        {"setclickd_accounts_without_owner", "1"},
        {"setclickd_unread_files", "3"},
        {"setclickd_ledger_oldest_transaction_seconds", "2.5"}};
    for (auto const& [name, value] : wanted) {
        ASSERT_TRUE(values.contains(name)) << name;
        EXPECT_EQ(std::stod(values.at(name)), std::stod(value)) << name;
    }
    r.accounts[1].events.waiting = 0;
    EXPECT_EQ(exported_values(r).at("setclickd_accounts_without_owner"), "0")
        << "one that is empty needs none";
}

TEST(exporter, of_a_ledger_in_a_file_nothing_is_said_of_nodes) {
    auto const values = exported_values(report_of({configured("one", 0)}));
    for (auto const& [name, value] : values)
        EXPECT_FALSE(name.starts_with("setclickd_node")) << name;
    EXPECT_FALSE(values.contains("setclickd_unread_files"));
}

TEST(exporter, an_accounts_id_cannot_break_out_of_its_label) {
    auto const v = exported_values(report_of({configured("a\"} 1\nevil{x=\"\\", 0)}));
    EXPECT_EQ(v.at(R"(setclickd_in_doubt_events_total{account="a\"} 1\nevil{x=\"\\"})"), "0");
    for (auto const& [series, value] : v)
        EXPECT_FALSE(series.starts_with("evil")) << series;
}

/// Numbers of a ledger of years are whole: no exponent that a reader rounds.
TEST(exporter, large_counts_are_exact) {
    auto a = configured("a", 0);
    a.events.delivered = 9'007'199'254'740'991;  // 2^53 - 1
    auto const v = exported_values(report_of({a}));
    auto const& text = v.at(R"(setclickd_events_total{account="a",outcome="delivered"})");
    EXPECT_EQ(std::stod(text), 9'007'199'254'740'991.0);
}

/// What the texts of a report say about events, files and troubles goes nowhere.
TEST(exporter, no_text_of_the_report_comes_out) {
    auto a = configured("a", 0);
    a.trouble = "CANARY-trouble";
    a.rate_why = "CANARY-why";
    a.parked.emplace();
    a.parked->reason = "redirected";
    a.parked->detail = "CANARY-location";
    a.parked->cure = "CANARY-cure";
    auto r = report_of({a});
    r.ledger_path = "/CANARY/path";
    r.daemon.unreachable = "CANARY-host";
    r.daemon.ledger_locked = "CANARY-program";
    r.daemon.why_not = "CANARY-not";
    r.left_alone = {{"CANARY-reason", "CANARY-text", 1}};
    own_accounts own;
    own.see(r, 100);
    EXPECT_THAT(exported({r, own}), Not(HasSubstr("CANARY")));
}

/// The shape that the format and the conventions want.
TEST(exporter, each_family_has_help_and_a_type_and_the_name_that_goes_with_it) {
    auto a = configured("a", 0);
    a.last_success = now;
    a.permits = 1;
    a.token_end = now;
    a.parked.emplace().reason = "paused";
    a.reconciled = R"({"at":"2026-09-21T00:00:00Z","agrees":true})";
    auto r = report_of({a});
    auto& f = r.daemon.figures;
    f.request_seconds = f.delivery_seconds = f.claim_events = f.import_events =
        f.commit_seconds = {{1}, {0, 0}, 0};
    f.process.start_time_seconds = 1;
    r.last_file = now;
    r.ledger_disk = r.spool_disk = {1, 1};
    r.cluster = two_nodes();
    r.daemon.member.emplace();
    own_accounts own;
    own.see(r, 100);
    std::vector<http_count> const requests{{"/metrics", 200, 1}};
    std::istringstream lines(exported({r, own, requests}));
    std::set<std::string> seen;
    std::string name;
    std::string type;
    std::string line;
    while (std::getline(lines, line)) {
        std::istringstream words(line);
        std::string hash, what;
        if (line.starts_with("# HELP")) {
            words >> hash >> what >> name;
            EXPECT_TRUE(seen.insert(name).second) << "twice: " << name;
            EXPECT_THAT(line, testing::EndsWith("."));
            EXPECT_TRUE(name.starts_with("setclickd_") || name.starts_with("process_")) << name;
            EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string::npos)
                << name;
            EXPECT_GT(line.size(), 7 + name.size() + 10) << "a help that says something";
        } else if (line.starts_with("# TYPE")) {
            std::string of;
            words >> hash >> what >> of >> type;
            EXPECT_EQ(of, name);
            EXPECT_EQ(type == "counter", name.ends_with("_total")) << name;
        } else if (!line.empty()) {
            EXPECT_TRUE(line.starts_with(name)) << line << " below " << name;
        }
    }
    auto const rows = reference();
    EXPECT_EQ(seen.size() + 2, static_cast<std::size_t>(std::ranges::count(rows, '\n')))
        << "every one of the reference";
}

}  // namespace
}  // namespace setclick::metrics
