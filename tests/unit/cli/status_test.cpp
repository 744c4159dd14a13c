#include "status.hpp"

#include "ledger_fixture.hpp"
#include "setclickd/control/messages.hpp"

namespace setclick::cli {
namespace {

using testing::HasSubstr;
using cli_status = cli_ledger_test;

/// Every member of `events`, as scripts rely on them.
std::map<std::string, std::int64_t> events_of(boost::json::value const& status) {
    std::map<std::string, std::int64_t> all;
    for (auto const& [name, value] : status.at("events").as_object())
        all[std::string(name)] = value.to_number<std::int64_t>();
    return all;
}

TEST_F(cli_status, without_a_ledger_everything_is_zero_and_the_exit_code_0) {
    EXPECT_EQ(status({config_path, true}, io), 0) << err.str();
    auto const s = json_out();
    EXPECT_FALSE(s.at("daemon").at("running").as_bool());
    for (auto const& [name, value] : events_of(s))
        EXPECT_EQ(value, 0) << name;
    EXPECT_EQ(s.at("accounts").as_array().size(), 1U);
    EXPECT_EQ(s.at("drain_eta_seconds").to_number<int>(), 0);
}

TEST_F(cli_status, asked_for_an_exit_code_says_why_it_is_not_well) {
    status_options options;
    options.config = config_path;
    options.exit_code = true;
    EXPECT_EQ(status(options, io), 1);
    EXPECT_THAT(err.str(), HasSubstr("unwell: "));
    EXPECT_THAT(out.str(), HasSubstr("none at ")) << "it is shown all the same";
}

TEST_F(cli_status, without_a_ledger_text_says_where_it_was_looked_for) {
    EXPECT_EQ(status({config_path, false}, io), 0) << err.str();
    EXPECT_THAT(out.str(), HasSubstr("none at " + dir.file("ledger.db")));
    EXPECT_THAT(out.str(), HasSubstr("where there was one, bring it back"));
}

TEST_F(cli_status, counts_are_disjoint_and_cover_every_line) {
    make_ledger();
    EXPECT_EQ(status({config_path, true}, io), 0) << err.str();
    auto const s = json_out();
    // The daemon is down: what was in flight was cut short.
    EXPECT_EQ(events_of(s), (std::map<std::string, std::int64_t>{{"waiting", 1},
                                                                 {"in_flight", 0},
                                                                 {"deferred", 1},
                                                                 {"in_doubt", 1},
                                                                 {"held", 1},
                                                                 {"delivered", 1},
                                                                 {"rejected", 2},
                                                                 {"duplicate", 1},
                                                                 {"discarded", 0}}));
    EXPECT_NEAR(s.at("oldest_waiting_seconds").to_number<double>(), 600, 5);
    // Three at 60 a minute take 3 s, but the deferred one is due in an hour (the ledger rounds the
    // time up a little).
    EXPECT_NEAR(s.at("drain_eta_seconds").to_number<double>(), 3600, 15);
    EXPECT_FALSE(s.at("last_success").is_null());
    EXPECT_EQ(s.at("files").at("open").to_number<int>(), 1);
    auto const& account = s.at("accounts").at(0);
    EXPECT_EQ(account.at("id").as_string(), account_id);
    EXPECT_EQ(account.at("rate_per_minute").to_number<double>(), 60);
    EXPECT_TRUE(account.at("parked").is_null());
}

TEST_F(cli_status, text_says_that_the_daemon_is_down_and_what_waits) {
    make_ledger();
    std::filesystem::create_directories(dir.file("spool/incoming"));
    write("spool/incoming/next.ndjson", "x");
    write("spool/incoming/.other.part", "x");
    write("spool/incoming/orders.xlsx", "x");
    write("spool/incoming/empty.json", "");
    EXPECT_EQ(status({config_path}, io), 0);
    for (auto const* part :
         {"does not run", "1 waiting, 0 in flight, 1 deferred, 1 in doubt, 1 held",
          "1 delivered, 2 rejected, 1 duplicate, 0 discarded", "1 in incoming/, 1 not finished",
          "left alone: 1 with a temporary name", "left alone: 1 empty",
          "left alone: 1 named otherwise than .json", "oldest        waits for 10 min",
          "60 a minute"})
        EXPECT_THAT(out.str(), HasSubstr(part));
    EXPECT_EQ(out.str().find("canary"), std::string::npos);
}

TEST_F(cli_status, nothing_is_forecast_while_the_server_wants_no_call_or_deliveries_fail) {
    make_ledger();
    delivery::deliver_status live;
    delivery::account_delivery a;
    a.id = account_id;
    a.effective_per_minute = 60;
    a.quiet_for = 90s;
    live.accounts.push_back(a);
    fake_daemon const daemon(
        socket(), [&](boost::json::object const&) -> result<boost::json::value> {
            return boost::json::value(control::status_message(
                live, 4711, std::chrono::hours{2}, std::chrono::steady_clock::now(), now()));
        });
    auto const before = wall_now();
    EXPECT_EQ(status({config_path, true}, io), 0);
    auto const s = json_out();
    EXPECT_TRUE(s.at("drain_eta_seconds").is_null());
    auto const& account = s.at("accounts").at(0);
    EXPECT_TRUE(account.at("drain_eta_seconds").is_null());
    EXPECT_GE(account.at("not_before").as_string(), wall_text(before + 89s));
    EXPECT_LE(account.at("not_before").as_string(), wall_text(wall_now() + 91s));

    out.str("");
    EXPECT_EQ(status({config_path}, io), 0);
    EXPECT_THAT(out.str(), HasSubstr("queue empty   not before 20"));
    EXPECT_THAT(out.str(), HasSubstr("Z, as the server asked"));

    live.accounts[0].quiet_for = 0ms;
    live.accounts[0].trouble.is_on = true;
    live.accounts[0].trouble.last = "500";
    out.str("");
    EXPECT_EQ(status({config_path}, io), 0);
    EXPECT_THAT(out.str(), HasSubstr("queue empty   no forecast while deliveries fail"));
}

TEST_F(cli_status, running_daemon_adds_what_only_it_knows) {
    make_ledger();
    delivery::deliver_status live;
    live.connections_open = 7;
    delivery::account_delivery a;
    a.id = account_id;
    a.parked.reason = delivery::park_reason::unauthorised;
    a.parked.since = now();
    a.parked.next_probe = std::chrono::steady_clock::now() + 30s;
    a.effective_per_minute = 31;
    a.rate_why = "lowered to 31 a minute after a 429";
    live.accounts.push_back(a);
    fake_daemon const daemon(
        socket(), [&](boost::json::object const& request) -> result<boost::json::value> {
            EXPECT_EQ(request.at("cmd").as_string(), "status");
            return boost::json::value(control::status_message(
                live, 4711, std::chrono::hours{2}, std::chrono::steady_clock::now(), now()));
        });
    EXPECT_EQ(status({config_path, true}, io), 0);
    auto const s = json_out();
    EXPECT_TRUE(s.at("daemon").at("running").as_bool());
    EXPECT_EQ(s.at("daemon").at("pid").to_number<int>(), 4711);
    EXPECT_EQ(s.at("daemon").at("uptime_seconds").to_number<int>(), 7200);
    EXPECT_EQ(s.at("events").at("in_flight").to_number<int>(), 1);
    EXPECT_EQ(s.at("events").at("in_doubt").to_number<int>(), 0);
    auto const& account = s.at("accounts").at(0);
    EXPECT_EQ(account.at("parked").at("reason").as_string(), "unauthorised");
    EXPECT_EQ(account.at("rate_per_minute").to_number<int>(), 31);
    EXPECT_TRUE(account.at("drain_eta_seconds").is_null());
    EXPECT_TRUE(s.at("drain_eta_seconds").is_null());

    out.str("");
    EXPECT_EQ(status({config_path}, io), 0);
    for (auto const* part : {"runs (pid 4711", "parked: unauthorised", "cure: ",
                             "lowered to 31 a minute after a 429", "not while it is parked"})
        EXPECT_THAT(out.str(), HasSubstr(part));
}

TEST_F(cli_status, what_only_the_daemon_finds_out_about_incoming_is_counted_as_left_alone) {
    make_ledger();
    std::filesystem::create_directories(dir.file("spool/incoming"));
    write("spool/incoming/locked.json", "x");
    write("spool/incoming/next.json", "x");
    write("spool/incoming/x.part", "x");
    fake_daemon const daemon(
        socket(), [&](boost::json::object const&) -> result<boost::json::value> {
            return boost::json::value(control::status_message(
                {}, 4711, std::chrono::hours{2}, std::chrono::steady_clock::now(), now(),
                {{"unreadable", 1}, {"open_for_writing", 0}}));
        });
    EXPECT_EQ(status({config_path, true}, io), 0);
    auto const files = json_out().at("files");
    EXPECT_EQ(files.at("incoming").to_number<int>(), 1);
    auto const& left = files.at("left_alone").as_object();
    EXPECT_EQ(left.size(), 9U);
    for (auto const& [reason, count] : left)
        EXPECT_EQ(count.to_number<int>(), reason == "unreadable" || reason == "temporary_name")
            << reason;
}

TEST_F(cli_status, nothing_is_forecast_while_the_disk_is_full_or_the_endpoint_out_of_reach) {
    make_ledger();
    for (bool const is_full : {true, false}) {
        delivery::deliver_status live;
        live.disk_full = is_full;
        live.unreachable = !is_full;
        live.unreachable_why = "nothing listens there";
        fake_daemon const daemon(
            socket(), [&](boost::json::object const&) -> result<boost::json::value> {
                return boost::json::value(control::status_message(
                    live, 4711, std::chrono::hours{2}, std::chrono::steady_clock::now(), now()));
            });
        out.str("");
        EXPECT_EQ(status({config_path, true}, io), 0);
        EXPECT_TRUE(json_out().at("drain_eta_seconds").is_null()) << is_full;
    }
}

TEST_F(cli_status, deliveries_that_the_daemon_forgot_are_shown_as_stalled_with_what_to_do) {
    make_ledger();
    for (bool const is_stalled : {false, true}) {
        delivery::deliver_status live;
        live.stalled = is_stalled;
        fake_daemon const daemon(
            socket(), [&](boost::json::object const&) -> result<boost::json::value> {
                return boost::json::value(control::status_message(
                    live, 4711, std::chrono::hours{2}, std::chrono::steady_clock::now(), now()));
            });
        out.str("");
        EXPECT_EQ(status({config_path, true}, io), 0);
        EXPECT_EQ(json_out().at("daemon").at("stalled").as_bool(), is_stalled);
        out.str("");
        EXPECT_EQ(status({config_path}, io), 0);
        for (auto const* part : {"stalled: ", "systemctl restart setclickd", "report it"})
            EXPECT_EQ(out.str().find(part) != std::string::npos, is_stalled) << part;
    }
}

TEST_F(cli_status, account_that_the_configuration_no_longer_names_waits_visibly) {
    make_ledger();
    auto text = config();
    text.replace(text.find(account_id), account_id.size(), "70a52f6ac660b269d13c3f53");
    write("c.toml", text);
    EXPECT_EQ(status({config_path}, io), 0);
    EXPECT_THAT(out.str(), HasSubstr(account_id + " (not in the configuration: its events wait)"));
    EXPECT_THAT(out.str(), HasSubstr("70a52f6ac660b269d13c3f53"));
}

TEST_F(cli_status, daemon_that_answers_with_an_error_is_said_to_run) {
    make_ledger();
    fake_daemon const daemon(socket(),
                             [](boost::json::object const&) -> result<boost::json::value> {
                                 return fail(errc::busy, "starting");
                             });
    EXPECT_EQ(status({config_path}, io), 0);
    EXPECT_THAT(out.str(), HasSubstr("runs, but did not answer: starting"));
}

TEST_F(cli_status, file_that_is_no_ledger_is_an_error) {
    write("ledger.db", std::string(8192, 'x'));
    EXPECT_NE(status({config_path}, io), 0);
    EXPECT_THAT(err.str(), HasSubstr("ledger.db"));
}

}  // namespace
}  // namespace setclick::cli
