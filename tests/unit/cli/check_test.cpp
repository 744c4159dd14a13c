#include "check.hpp"

#include <boost/json/parse.hpp>

#include "cli_fixture.hpp"

namespace setclick::cli {
namespace {

using testing::HasSubstr;
using cli_check = cli_test;

TEST_F(cli_check, good_configuration_is_summed_up_in_files_and_time) {
    EXPECT_EQ(check({config_path}, io), 0) << out.str();
    EXPECT_THAT(out.str(), HasSubstr(dir.file("spool")));
    EXPECT_THAT(out.str(), HasSubstr(account_id));
    EXPECT_THAT(out.str(), HasSubstr("10,000 events at 60 a minute: about 2 h 47 min"));
    EXPECT_THAT(out.str(), HasSubstr("c.toml: fine"));
    EXPECT_EQ(err.str(), "");
}

TEST_F(cli_check, common_gate_that_is_lower_decides_the_time) {
    write("c.toml", config() + "[endpoint]\nrate_per_minute = 30\n");
    EXPECT_EQ(check({config_path}, io), 0);
    EXPECT_THAT(out.str(), HasSubstr("10,000 events at 30 a minute"));
}

TEST_F(cli_check, every_finding_is_printed_and_the_exit_code_is_78) {
    write("c.toml", config() + "[delivery]\nconnections = 0\nthread = 1\n[log]\nlevel = \"x\"\n");
    EXPECT_EQ(check({config_path}, io), 78);
    for (auto const* part :
         {"delivery.connections", "delivery.thread", "log.level", "c.toml: not usable"})
        EXPECT_THAT(out.str(), HasSubstr(part));
}

TEST_F(cli_check, token_that_others_may_read_is_an_error_that_shows_no_token) {
    ::chmod(dir.file("token").c_str(), 0644);
    EXPECT_EQ(check({config_path}, io), 78);
    EXPECT_THAT(out.str(), HasSubstr("chmod 0600"));
    EXPECT_EQ(out.str().find("canary"), std::string::npos);
}

TEST_F(cli_check, missing_token_file_is_an_error_that_names_it) {
    std::filesystem::remove(dir.file("token"));
    EXPECT_EQ(check({config_path}, io), 78);
    EXPECT_THAT(out.str(), HasSubstr(dir.file("token")));
}

TEST_F(cli_check, credential_outside_of_the_service_is_a_notice) {
    write("c.toml", "[spool]\ndir = \"" + dir.file("spool") + "\"\n[ledger]\npath = \"" +
                        dir.file("l.db") + "\"\n[[account]]\nid = \"" + account_id +
                        "\"\ntoken_file = \"credential:seal\"\n");
    EXPECT_EQ(check({config_path}, io), 0) << out.str();
    EXPECT_THAT(out.str(), HasSubstr("systemd gives it to the service only"));
}

TEST_F(cli_check, directory_that_cannot_be_made_is_an_error) {
    write("plain", "");
    write("c.toml", "[spool]\ndir = \"" + dir.file("plain/spool") + "\"\n[ledger]\npath = \"" +
                        dir.file("l.db") + "\"\n[[account]]\nid = \"" + account_id +
                        "\"\ntoken_file = \"" + dir.file("token") + "\"\n");
    EXPECT_EQ(check({config_path}, io), 78);
    EXPECT_THAT(out.str(), HasSubstr("spool.dir"));
    EXPECT_THAT(out.str(), HasSubstr("is not a directory"));
}

TEST_F(cli_check, what_the_start_would_refuse_of_the_spools_folders_is_found_before) {
    std::filesystem::create_directories(dir.file("spool/incoming"));
    EXPECT_EQ(check({config_path}, io), 0) << out.str();
    std::filesystem::create_directories(dir.file("elsewhere"));
    std::filesystem::create_directory_symlink(dir.file("elsewhere"), dir.file("spool/work"));
    EXPECT_EQ(check({config_path}, io), 78);
    EXPECT_THAT(out.str(), HasSubstr("spool/work"));
    EXPECT_FALSE(std::filesystem::exists(dir.file("spool/done"))) << "nothing is made";
}

TEST_F(cli_check, nothing_is_made) {
    check({config_path}, io);
    EXPECT_FALSE(std::filesystem::exists(dir.file("spool")));
    EXPECT_FALSE(std::filesystem::exists(dir.file("ledger.db")));
}

TEST_F(cli_check, json_holds_findings_and_accounts) {
    write("c.toml", config() + "[delivery]\nthreads = 2\nconnections = 1\n");
    EXPECT_EQ(check({config_path, true}, io), 0);
    auto const parsed = boost::json::parse(out.str());
    EXPECT_TRUE(parsed.at("usable").as_bool());
    EXPECT_EQ(parsed.at("findings").at(0).at("severity").as_string(), "warning");
    EXPECT_EQ(parsed.at("findings").at(0).at("line").to_number<int>(), 9);
    EXPECT_EQ(parsed.at("accounts").at(0).at("id").as_string(), account_id);
    EXPECT_EQ(parsed.at("accounts").at(0).at("seconds_for_10000_events").to_number<int>(), 10'000);
}

TEST_F(cli_check, colour_is_used_on_a_terminal_only) {
    write("c.toml", config() + "[delivery]\nconnections = 0\n");
    check({config_path}, io);
    EXPECT_EQ(out.str().find('\x1b'), std::string::npos);
    console terminal{out, err, in, true, true, true, true};
    check({config_path}, terminal);
    EXPECT_NE(out.str().find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace setclick::cli
