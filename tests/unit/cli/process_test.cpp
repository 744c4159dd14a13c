// The program itself: what a script sees.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli_fixture.hpp"

namespace setclick::cli {
namespace {

using testing::HasSubstr;

class cli_process : public cli_test {
protected:
    /// Its exit code; standard output and error into files.
    int run(std::vector<std::string> words) {
        words.insert(words.begin(), SETCLICKD_PROGRAM);
        std::vector<char*> argv;
        for (auto& w : words)
            argv.push_back(w.data());
        argv.push_back(nullptr);
        auto const child = ::fork();
        if (child == 0) {
            ::dup2(::open(dir.file("stdin").c_str(), O_RDONLY | O_CREAT, 0600), 0);
            ::dup2(::open(dir.file("stdout").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
            ::dup2(::open(dir.file("stderr").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), 2);
            ::execv(argv[0], argv.data());
            ::_exit(127);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }
    std::string printed() { return content(dir.file("stdout")); }
    std::string talked() { return content(dir.file("stderr")); }
};

TEST_F(cli_process, exit_codes_are_those_that_scripts_rely_on) {
    EXPECT_EQ(run({"check", "--config", config_path}), 0) << printed() << talked();
    EXPECT_EQ(run({"status", "--config", config_path}), 0) << talked();
    EXPECT_EQ(run({"list", "--config", config_path}), 1);
    EXPECT_EQ(run({"nonsense"}), 2);
    EXPECT_EQ(run({"reload", "--config", config_path}), 69);
    EXPECT_EQ(run({"check", "--config", dir.file("none")}), 78);
    EXPECT_EQ(run({"run", "--config", dir.file("none")}), 78);
}

TEST_F(cli_process, standard_input_is_submitted_and_what_is_data_goes_to_standard_output) {
    write("stdin", event_line("a") + "\n", 0600);
    EXPECT_EQ(run({"submit", "-", "--name", "crm.ndjson", "--config", config_path}), 0) << talked();
    EXPECT_EQ(incoming(), std::vector<std::string>{"crm.ndjson"});
    EXPECT_THAT(printed(), HasSubstr("1 good event"));
    EXPECT_EQ(talked(), "");
    write("stdin", event_line("a") + "\n{\n", 0600);
    EXPECT_EQ(run({"submit", "--name", "b.ndjson", "--config", config_path}), 1);
    EXPECT_EQ(run({"submit", "--partial", "--name", "b.ndjson", "--config", config_path}), 3);
    EXPECT_THAT(talked(), HasSubstr("(standard input):2: "));
}

TEST_F(cli_process, output_that_cannot_be_written_is_no_success) {
    auto const code = WEXITSTATUS(std::system((std::string(SETCLICKD_PROGRAM) + " --config " +
                                               config_path + " check >/dev/full 2>/dev/null")
                                                  .c_str()));
    EXPECT_EQ(code, 74);
}

}  // namespace
}  // namespace setclick::cli
