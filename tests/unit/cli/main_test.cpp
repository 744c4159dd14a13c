#include "setclickd/cli/main.hpp"

#include "cli_fixture.hpp"
#include "setclickd/base/version.hpp"

namespace setclick::cli {
namespace {

using testing::HasSubstr;

struct outcome {
    int code = -1;
    std::string out, err;
};

class cli_main : public cli_test {
protected:
    outcome run(std::vector<std::string> words) {
        words.insert(words.begin(), "setclickd");
        std::vector<char*> argv;
        for (auto& w : words)
            argv.push_back(w.data());
        argv.push_back(nullptr);
        testing::internal::CaptureStdout();
        testing::internal::CaptureStderr();
        outcome o;
        o.code = main(static_cast<int>(words.size()), argv.data(),
                      [this](settings::loaded read, std::string config, bool once) {
                          ran_ = true;
                          config_ = std::move(config);
                          once_ = once;
                          accounts_ = read.values.accounts.size();
                          return 42;
                      });
        std::cout.flush();
        o.out = testing::internal::GetCapturedStdout();
        o.err = testing::internal::GetCapturedStderr();
        return o;
    }
    bool ran_ = false;
    std::string config_;
    bool once_ = false;
    std::size_t accounts_ = 0;
};

TEST_F(cli_main, config_stands_before_or_after_the_command) {
    for (auto const& words :
         std::vector<std::vector<std::string>>{{"--config", config_path, "check"},
                                               {"check", "--config", config_path},
                                               {"check", "--config=" + config_path}}) {
        auto const o = run(words);
        EXPECT_EQ(o.code, 0) << o.out << o.err;
        EXPECT_THAT(o.out, HasSubstr(": fine"));
    }
}

TEST_F(cli_main, run_gets_the_configuration_and_its_exit_code_is_passed_on) {
    EXPECT_EQ(run({"run", "--once", "--config", config_path}).code, 42);
    EXPECT_TRUE(ran_);
    EXPECT_TRUE(once_);
    EXPECT_EQ(config_, config_path);
    EXPECT_EQ(accounts_, 1U);
    EXPECT_EQ(run({"--config", config_path, "run"}).code, 42);
    EXPECT_FALSE(once_);
}

TEST_F(cli_main, run_with_an_unusable_configuration_is_78_and_does_not_start) {
    write("c.toml", "[delivery]\nconnections = 0\n");
    auto const o = run({"run", "--config", config_path});
    EXPECT_EQ(o.code, 78);
    EXPECT_FALSE(ran_);
    EXPECT_THAT(o.err, HasSubstr("delivery.connections"));
    EXPECT_THAT(o.err, HasSubstr("there is no [[account]]"));
    EXPECT_EQ(o.out, "");
    EXPECT_EQ(run({"run", "--config", dir.file("none.toml")}).code, 78);
}

TEST_F(cli_main, wrong_use_is_exit_2_with_the_nearest_name) {
    auto const o = run({"chek"});
    EXPECT_EQ(o.code, 2);
    EXPECT_THAT(o.err, HasSubstr("did you mean \"check\"?"));
    EXPECT_EQ(o.out, "");
    EXPECT_EQ(run({}).code, 2);
    EXPECT_EQ(run({"check", "--nonsense"}).code, 2);
    EXPECT_EQ(run({"check", "extra"}).code, 2);
    EXPECT_EQ(run({"--config"}).code, 2);
}

TEST_F(cli_main, what_is_missing_or_meant_is_named) {
    EXPECT_THAT(run({}).err, HasSubstr("no command is given\n"));
    EXPECT_THAT(run({"ledger"}).err,
                HasSubstr("no command is given; there is: check, backup, adopt, "
                          "import, migrate, roles\nTry \"setclickd ledger "
                          "--help\"."));
    EXPECT_THAT(run({"version"}).err, HasSubstr("did you mean \"--version\"?"));
    EXPECT_THAT(run({"-v"}).err, HasSubstr("did you mean \"-V\"?"));
    EXPECT_THAT(run({"--bogus"}).err, HasSubstr("there is no option --bogus"));
    EXPECT_THAT(run({"config", "init"}).err, HasSubstr("--account is required"));
}

TEST_F(cli_main, help_is_data_and_has_examples) {
    auto const o = run({"--help"});
    EXPECT_EQ(o.code, 0);
    EXPECT_THAT(o.out, HasSubstr("submit"));
    EXPECT_EQ(o.err, "");
    for (std::vector<std::string> command : {std::vector<std::string>{"run"},
                                             {"check"},
                                             {"submit"},
                                             {"status"},
                                             {"list"},
                                             {"show"},
                                             {"retry"},
                                             {"hold"},
                                             {"release"},
                                             {"discard"},
                                             {"pause"},
                                             {"resume"},
                                             {"reload"},
                                             {"ledger", "check"},
                                             {"ledger", "backup"},
                                             {"ledger", "adopt"}}) {
        command.emplace_back("--help");
        auto const help = run(command);
        EXPECT_EQ(help.code, 0) << command.front();
        EXPECT_THAT(help.out, HasSubstr("Examples:\n  ")) << command.front();
    }
}

TEST_F(cli_main, options_of_every_command_reach_it) {
    // Without a ledger: what matters is that the words are understood (never exit 2).
    for (auto const& words : std::vector<std::vector<std::string>>{
             {"status", "--json"},
             {"list", "--state", "held", "--account", "x", "--file", "f", "--older", "1d",
              "--newer", "2d", "--reason", "r", "--in-doubt", "--limit", "5", "--json"},
             {"list", "--file", "f", "--counts"},
             {"show", "1", "--json"},
             {"retry", "1", "--force", "--dry-run"},
             {"hold", "--state", "waiting", "--dry-run"},
             {"release", "--all", "--dry-run"},
             {"discard", "--file", "f", "--yes"},
             {"pause", "--all"},
             {"resume", "x", "--accept-rejections"},
             {"reload"},
             {"ledger", "check"},
             {"ledger", "backup", dir.file("copy.db")}}) {
        auto with_config = words;
        with_config.insert(with_config.end(), {"--config", config_path});
        auto const o = run(with_config);
        EXPECT_NE(o.code, 2) << words.front() << o.err;
        EXPECT_NE(o.code, 42) << words.front();
    }
    for (auto const& words : std::vector<std::vector<std::string>>{{"show"},
                                                                   {"hold"},
                                                                   {"pause"},
                                                                   {"ledger"},
                                                                   {"ledger", "backup"},
                                                                   {"discard", "--force"},
                                                                   {"list", "--limit", "x"}}) {
        auto with_config = words;
        with_config.insert(with_config.end(), {"--config", config_path});
        EXPECT_EQ(run(with_config).code, 2) << words.front();
    }
}

TEST_F(cli_main, version_names_the_libraries) {
    auto const o = run({"--version"});
    EXPECT_EQ(o.code, 0);
    EXPECT_THAT(o.out, HasSubstr("setclickd " + std::string(version())));
    for (auto const* library : {"Boost 1.", "OpenSSL 3.", "SQLite 3."})
        EXPECT_THAT(o.out, HasSubstr(library));
}

TEST_F(cli_main, submit_takes_a_dash_for_standard_input_and_several_files) {
    write("a.ndjson", event_line("a"));
    write("b.ndjson", event_line("b"));
    auto const o =
        run({"submit", dir.file("a.ndjson"), dir.file("b.ndjson"), "--config", config_path});
    EXPECT_EQ(o.code, 0) << o.err;
    EXPECT_EQ(incoming().size(), 2U);
    EXPECT_EQ(run({"submit", "-", "--name", "x.xlsx", "--config", config_path}).code, 2);
}

}  // namespace
}  // namespace setclick::cli
