#include "setclickd/settings/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "support/temp_dir.hpp"

namespace setclick::settings {
namespace {

using testing::HasSubstr;

std::string const good_account = R"(
[[account]]
id = "60a52f6ac660b269d13c3f53"
token_file = "credential:t"
)";

loaded read(std::string const& text) {
    return load_text(text, "f.toml", {});
}

std::string all_text(loaded const& l) {
    std::string out;
    for (auto const& f : l.findings)
        out += to_text(f) + "\n";
    return out;
}

TEST(settings_load, smallest_useful_file_is_usable_and_keeps_the_defaults) {
    auto const l = read(good_account);
    EXPECT_EQ(all_text(l), "");
    EXPECT_TRUE(l.usable());
    ASSERT_EQ(l.values.accounts.size(), 1U);
    EXPECT_EQ(l.values.accounts[0].id, "60a52f6ac660b269d13c3f53");
    EXPECT_EQ(l.values.accounts[0].rate_per_minute, 60);
    EXPECT_EQ(l.values.delivery.connections, 64U);
    EXPECT_EQ(l.values.spool.settle, 2s);
    EXPECT_EQ(l.values.control_socket, "/var/lib/setclickd/control.sock");
}

TEST(settings_load, every_kind_of_value_arrives) {
    auto const l = read(R"(
[spool]
dir = "/s"
settle = "0s"
inotify = false
max_line = "32KiB"
max_file = 1048576
max_depth = 8
[ledger]
path = "/l/x.db"
[endpoint]
base_url = "https://[::1]:8443/api"
rate_per_minute = 0.5
[dedupe]
key = "event_id"
window = "1d12h"
[dialect]
click_time_unit = "s"
url_style = "plain"
lead = "both"
[reconcile]
labels = ["a", "b"]
[control]
socket = "/run/x.sock"
[[account]]
id = "60a52f6ac660b269d13c3f53"
login = { email = "a@b.c", password_file = "/p" }
rate_per_minute = 0
in_doubt = "hold"
in_doubt_statuses = [500, 504]
[[account]]
id = "60a52f6ac660b269d13c3f54"
token_file = "/t"
)");
    EXPECT_TRUE(l.usable()) << all_text(l);
    auto const& v = l.values;
    EXPECT_EQ(v.spool.dir, "/s");
    EXPECT_EQ(v.spool.settle, 0s);
    EXPECT_FALSE(v.spool.inotify);
    EXPECT_EQ(v.spool.max_line, 32768U);
    EXPECT_EQ(v.spool.max_file, 1048576U);
    EXPECT_EQ(v.spool.max_depth, 8U);
    EXPECT_EQ(v.endpoint.rate_per_minute, 0.5);
    EXPECT_EQ(v.dedupe.key, dedupe_key::event_id);
    EXPECT_EQ(v.dedupe.window, std::chrono::hours{36});
    EXPECT_EQ(v.dialect.click_time_unit, api::time_unit::s);
    EXPECT_EQ(v.dialect.url, api::url_style::plain);
    EXPECT_EQ(v.dialect.lead, event::lead_mode::both);
    EXPECT_EQ(v.reconcile.labels, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(v.control_socket, "/run/x.sock");
    ASSERT_EQ(v.accounts.size(), 2U);
    ASSERT_TRUE(v.accounts[0].login);
    EXPECT_EQ(v.accounts[0].login->email, "a@b.c");
    EXPECT_EQ(v.accounts[0].rate_per_minute, 0);
    EXPECT_EQ(v.accounts[0].in_doubt, doubt_policy::hold);
    EXPECT_EQ(v.accounts[0].in_doubt_statuses, (std::set<int>{500, 504}));
    EXPECT_FALSE(v.accounts[1].login);
    EXPECT_FALSE(v.accounts[1].in_doubt_statuses);
}

struct row {
    std::string text;  ///< in front of a good account
    unsigned line;
    std::string key;
    std::string message;  ///< a part of it
    severity level = severity::error;
};

void PrintTo(row const& r, std::ostream* out) {
    *out << r.text;
}

class settings_finding : public testing::TestWithParam<row> {};

TEST_P(settings_finding, is_the_only_one_with_its_line_key_and_cure) {
    auto const& r = GetParam();
    auto const l = read(r.text + good_account);
    ASSERT_EQ(l.findings.size(), 1U) << all_text(l);
    auto const& f = l.findings[0];
    EXPECT_EQ(f.file, "f.toml");
    EXPECT_EQ(f.line, r.line) << to_text(f);
    EXPECT_EQ(f.key, r.key);
    EXPECT_EQ(f.level, r.level);
    EXPECT_THAT(f.message, HasSubstr(r.message));
    EXPECT_EQ(l.usable(), r.level != severity::error);
}

INSTANTIATE_TEST_SUITE_P(
    table, settings_finding,
    testing::Values(
        row{"\n[delivery]\nconections = 3\n", 3, "delivery.conections",
            "did you mean \"connections\"?"},
        row{"[delivry]\nconnections = 3\n", 1, "delivry", "did you mean [delivery]?"},
        row{"connections = 3\n", 1, "connections", "\"connections\" belongs to [delivery]"},
        row{"zzzzzzzzzz = 3\n", 1, "zzzzzzzzzz", "unknown key"},
        row{"[spool]\npath = \"/x\"\n", 2, "spool.path", "\"path\" belongs to [ledger]"},
        row{"spool = 3\n", 1, "spool", "write [spool]"},
        row{"[delivery]\nconnections = 0\n", 2, "delivery.connections",
            "0 is out of range; allowed: 1 to 4096"},
        row{"[delivery]\nconnections = -1\n", 2, "delivery.connections", "-1 is out of range"},
        row{"[delivery]\nconnections = 9223372036854775807\n", 2, "delivery.connections",
            "out of range"},
        row{"[delivery]\nconnections = 1.5\n", 2, "delivery.connections",
            "is the number 1.5, but must be a whole number, 1 to 4096"},
        row{"[delivery]\nconnections = \"64\"\n", 2, "delivery.connections",
            "is a text, but must be a whole number"},
        row{"[delivery]\nconnections = true\n", 2, "delivery.connections", "is true"},
        row{"[delivery]\nconnections = [1]\n", 2, "delivery.connections", "is a list"},
        row{"[delivery]\nconnections = 2020-01-01\n", 2, "delivery.connections",
            "is a date or time"},
        row{"[delivery]\n[delivery.connections]\nx = 1\n", 2, "delivery.connections", "is a table"},
        row{"[endpoint]\nrate_per_minute = -0.5\n", 2, "endpoint.rate_per_minute",
            "-0.5 is out of range; allowed: 0 to 6000000"},
        row{"[endpoint]\nrate_per_minute = nan\n", 2, "endpoint.rate_per_minute", "out of range"},
        row{"[endpoint]\nrate_per_minute = inf\n", 2, "endpoint.rate_per_minute", "out of range"},
        row{"[spool]\nsettle = 2\n", 2, "spool.settle",
            "must be a duration with its unit, in quotes, such as \"2s\""},
        row{"[spool]\nsettle = \"2 seconds\"\n", 2, "spool.settle", "is not a duration"},
        row{"[spool]\nsettle = \"2d\"\n", 2, "spool.settle",
            "\"2d\" is out of range; allowed: \"0s\" to \"1h\""},
        row{"[spool]\nscan_every = \"0s\"\n", 2, "spool.scan_every", "\"10ms\" to \"1h\""},
        row{"[spool]\nmax_line = \"64KB\"\n", 2, "spool.max_line", "is not a size"},
        row{"[spool]\nmax_line = 12\n", 2, "spool.max_line",
            "12 is out of range; allowed: \"1KiB\" to \"16MiB\""},
        row{"[spool]\nmax_line = -12\n", 2, "spool.max_line", "-12 is out of range"},
        row{"[spool]\nmax_line = \"18446744073709551615GiB\"\n", 2, "spool.max_line",
            "is not a size"},
        row{"[spool]\ninotify = \"yes\"\n", 2, "spool.inotify", "must be true or false"},
        row{"[spool]\ndir = \"\"\n", 2, "spool.dir", "is empty"},
        row{"[spool]\ndir = 3\n", 2, "spool.dir", "must be a text in quotes"},
        row{"[ledger]\npath = \"/x/\"\n", 2, "ledger.path", "must name a file"},
        row{"[ledger]\npostgres = \"host=db dbname=x password=geheim\"\n", 2, "ledger.postgres",
            "ledger.password_file"},
        row{"[ledger]\npostgres = \"host=db password = geheim\"\n", 2, "ledger.postgres",
            "holds a password"},
        row{"[ledger]\npostgres = \"postgresql://x:geheim@db/x\"\n", 2, "ledger.postgres",
            "holds a password"},
        row{"[ledger]\npostgres = \"postgresql://x@db/x?a=b&password=geheim\"\n", 2,
            "ledger.postgres", "holds a password"},
        row{"[ledger]\npostgres = \"setclick\"\n", 2, "ledger.postgres", "is no connection string"},
        row{"[ledger]\npostgres = \"service=x\"\nnode = \"a b\"\n", 3, "ledger.node",
            "holds blanks"},
        row{"[ledger]\nnode = \"a\"\n", 2, "ledger.node", "without ledger.postgres",
            severity::warning},
        row{"[ledger]\npassword_file = \"/x\"\n", 2, "ledger.password_file",
            "without ledger.postgres", severity::warning},
        row{"[dedupe]\nkey = \"evnt_id\"\n", 2, "dedupe.key", "did you mean \"event_id\"?"},
        row{"[dedupe]\nkey = \"zzzzzzzzzz\"\n", 2, "dedupe.key",
            "\"auto\", \"event_id\", \"content\" or \"off\""},
        row{"[log]\nlevel = \"trace\"\n", 2, "log.level",
            "\"debug\", \"info\", \"warn\" or \"error\""},
        row{"[log]\nformat = 3\n", 2, "log.format", "must be one of \"auto\""},
        row{"[endpoint]\nbase_url = \"http://x/api\"\n", 2, "endpoint.base_url",
            "must begin with https://"},
        row{"[endpoint]\nbase_url = \"app.sealmetrics.com\"\n", 2, "endpoint.base_url",
            "is not a URL"},
        row{"[endpoint]\nbase_url = \"https://u:p@x/api\"\n", 2, "endpoint.base_url",
            "must not hold a user"},
        row{"[endpoint]\nbase_url = \"https://x/api?a=b\"\n", 2, "endpoint.base_url",
            "is not a URL"},
        row{"[endpoint]\nset_click_path = \"x\"\n", 2, "endpoint.set_click_path",
            "must begin with /"},
        row{"[endpoint]\nset_click_path = \"/x\\r\\nHost: y\"\n", 2, "endpoint.set_click_path",
            "must begin with /"},
        row{"[endpoint]\nproxy = \"proxy:3128\"\n", 2, "endpoint.proxy", "http://HOST:PORT"},
        row{"[endpoint]\nproxy = \"http://proxy\"\n", 2, "endpoint.proxy", "http://HOST:PORT"},
        row{"[endpoint]\nproxy = \"http://u:p@proxy:1\"\n", 2, "endpoint.proxy",
            "proxy_credentials_file"},
        row{"[retry]\nbase = \"1h\"\n", 2, "retry.base", "must not be longer than retry.cap"},
        row{"[retry]\nprobe_cap = \"1s\"\n", 0, "retry.probe_first",
            "must not be longer than retry.probe_cap"},
        row{"[delivery]\nattempt_timeout = \"1s\"\n", 0, "delivery.response_timeout",
            "never reached", severity::warning},
        row{"[delivery]\nconnections = 1\nthreads = 2\n", 3, "delivery.threads",
            "more than delivery.connections", severity::warning},
        row{"[dedupe]\nwindow = \"1d\"\n", 2, "dedupe.window", "shorter than retention.done_files",
            severity::warning},
        row{"[retention]\ndone_files = \"3650d\"\n", 0, "dedupe.window",
            "shorter than retention.done_files", severity::warning},
        row{"[metrics]\nlisten = \"9464\"\n", 2, "metrics.listen", "must be \"ADDRESS:PORT\""},
        row{"[metrics]\nlisten = \"*:9464\"\n", 2, "metrics.listen", "0.0.0.0:9464"},
        row{"[metrics]\nlisten = \"unix:web.sock\"\n", 2, "metrics.listen", "a whole path"},
        row{"[metrics]\nhosts = [\"http://stats.example.com/\"]\n", 2, "metrics.hosts",
            "without http:// and path"},
        row{"[reconcile]\nlabels = [1]\n", 2, "reconcile.labels", "must hold texts only"},
        row{"[control]\nsocket = \"/" + std::string(120, 'x') + "\"\n", 2, "control.socket",
            "may have 107"},
        row{"[spool]\n\"a\\nb\" = 1\n", 2, "spool.a\\nb", "unknown key"},
        row{"[[account]]\nid = \"60a52f6ac660b269d13c3f53\"\ntoken_file = \"/t\"\n", 6,
            "account.id", "configured twice (first in line 2)"},
        row{"[[account]]\nid = \"70a52f6ac660b269d13c3f53\"\n", 1, "account.token_file",
            "is missing"},
        row{"[[account]]\ntoken_file = \"/t\"\n", 1, "account.id", "is missing"},
        row{"[[account]]\nid = \"short\"\ntoken_file = \"/t\"\n", 2, "account.id",
            "24 letters and digits", severity::warning},
        row{"[[account]]\nid = \"a b\"\ntoken_file = \"/t\"\n", 2, "account.id", "holds blanks"},
        row{"[[account]]\nid = \"70a52f6ac660b269d13c3f53\"\ntoken_file = \"/t\"\nlogin = { email "
            "= \"a\", password_file = \"b\" }\n",
            1, "account.login", "one account has one of them"},
        row{"[[account]]\nid = \"70a52f6ac660b269d13c3f53\"\nlogin = { email = \"a\" }\n", 1,
            "account.login.password_file", "is missing"},
        row{"[[account]]\nid = \"70a52f6ac660b269d13c3f53\"\ntoken_file = \"/t\"\nlogin = 3\n", 4,
            "account.login", "must be a table"},
        row{"[[account]]\nid = \"70a52f6ac660b269d13c3f53\"\ntoken_fil = \"/t\"\ntoken_file = "
            "\"/t\"\n",
            3, "account.token_fil", "did you mean \"token_file\"?"},
        row{"[[account]]\nid = \"70a52f6ac660b269d13c3f53\"\ntoken_file = "
            "\"/t\"\nin_doubt_statuses = [200]\n",
            4, "account.in_doubt_statuses", "200 is out of range; allowed: 400 to 599"},
        row{"[[account]]\nid = \"70a52f6ac660b269d13c3f53\"\ntoken_file = \"/t\"\nin_doubt = "
            "\"keep\"\n",
            4, "account.in_doubt", "\"resend\" or \"hold\""}));

TEST(settings_load, everything_wrong_in_one_file_is_said_at_once) {
    auto const l = read(R"([delivery]
connections = 0
thread = 1
[spool]
settle = "x"
[[account]]
id = ""
)");
    EXPECT_EQ(l.findings.size(), 5U) << all_text(l);
    EXPECT_FALSE(l.usable());
}

TEST(settings_load, findings_come_in_the_order_of_the_file) {
    auto const l =
        load_text("[retry]\nbase = \"1x\"\n[spool]\nsettle = 5\n[delivery]\nconnections = 0\n", "f",
                  std::vector<std::string>{"SETCLICKD_SPOOL__MAX_DEPTH=0"});
    std::vector<unsigned> lines;
    for (auto const& f : l.findings)
        lines.push_back(f.line);
    // The variable, and that there is no account, have no line.
    EXPECT_THAT(lines, testing::ElementsAre(2, 4, 6, 0, 0)) << all_text(l);
}

TEST(settings_load, quotes_of_a_text_processor_are_explained) {
    EXPECT_THAT(all_text(read("[spool]\ndir = \u201c/x\u201d\n")), HasSubstr("straight quotes"));
    EXPECT_THAT(all_text(read("[[account]]\nid = 60a52f6ac660b269d13c3f53\n")),
                HasSubstr("straight quotes"));
}

TEST(settings_load, syntax_error_names_line_and_column) {
    auto const l = read("[spool]\ndir = \"/x\n");
    ASSERT_EQ(l.findings.size(), 1U) << all_text(l);
    EXPECT_EQ(l.findings[0].line, 2U);
    EXPECT_GT(l.findings[0].column, 0U);
    EXPECT_THAT(l.findings[0].message, HasSubstr("not valid TOML"));
}

TEST(settings_load, key_set_twice_is_a_syntax_error_and_not_a_guess) {
    EXPECT_FALSE(read("[delivery]\nconnections = 1\nconnections = 2\n" + good_account).usable());
}

TEST(settings_load, account_with_single_brackets_gets_told_about_the_second_pair) {
    auto const l = read("[account]\nid = \"60a52f6ac660b269d13c3f53\"\n");
    EXPECT_THAT(all_text(l), HasSubstr("write [[account]], with two brackets"));
}

TEST(settings_load, file_without_accounts_is_not_usable) {
    EXPECT_THAT(all_text(read("")), HasSubstr("there is no [[account]]"));
}

TEST(settings_load, a_place_in_postgres_may_name_every_host_and_no_password) {
    for (auto const* text :
         {"host=db1,db2 dbname=setclick user=setclick_daemon passfile=/x", "service=setclick",
          "postgresql://setclick_daemon@[::1]:5432,db2:5433/setclick?sslmode=require",
          "host=/run/postgresql application_name=my-password=x"}) {
        auto const l = read("[ledger]\npostgres = \"" + std::string(text) +
                            "\"\nnode = \"host-1.example.com\"\n" + good_account);
        EXPECT_TRUE(l.usable()) << all_text(l);
        EXPECT_EQ(l.values.ledger.postgres, text);
    }
}

TEST(settings_load, secret_written_into_the_file_by_mistake_is_not_printed) {
    std::string const canary = "eyJcanarytoken";
    for (auto const& text : {"[[account]]\ntoken = \"" + canary + "\"\n",
                             "[[account]]\ntoken_file = [\"" + canary + "\"]\n",
                             "[endpoint]\nproxy = \"http://u:" + canary + "@p:1\"\n",
                             "[delivery]\nconnections = \"" + canary + "\"\n",
                             "[ledger]\npostgres = \"password=" + canary + "\"\n",
                             "[ledger]\npostgres = \"postgresql://u:" + canary + "@db/x\"\n",
                             "[[account]]\nlogin = { password = \"" + canary + "\" }\n"})
        EXPECT_EQ(all_text(read(text)).find(canary), std::string::npos) << text;
}

TEST(settings_load, missing_file_names_path_and_cure) {
    auto const l = load("/nonexistent/setclickd.toml", {});
    EXPECT_FALSE(l.usable());
    EXPECT_THAT(all_text(l), HasSubstr("/nonexistent/setclickd.toml"));
    EXPECT_THAT(all_text(l), HasSubstr("--config"));
}

TEST(settings_load, file_on_disk_is_read_and_findings_carry_its_path) {
    test::temp_dir const dir;
    std::ofstream(dir.file("c.toml")) << "[delivery]\nconnections = 0\n" << good_account;
    auto const l = load(dir.file("c.toml"), {});
    ASSERT_EQ(l.findings.size(), 1U);
    EXPECT_THAT(to_text(l.findings[0]), HasSubstr(dir.file("c.toml") + ":2:"));
}

TEST(settings_load, directory_or_endless_file_is_refused) {
    EXPECT_FALSE(load("/", {}).usable());
    EXPECT_THAT(all_text(load("/dev/zero", {})), HasSubstr("larger than 4 MiB"));
}

}  // namespace
}  // namespace setclick::settings
