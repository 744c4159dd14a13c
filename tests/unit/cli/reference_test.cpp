// The manual page and the completions are made from what the parser knows. When a command or an option changes:
//   SETCLICKD_WRITE_REFERENCE=1 cli_test --gtest_filter='cli_reference.*'
#include <gtest/gtest.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <set>
#include <sstream>

#include "commands.hpp"
#include "event/fields.hpp"
#include "reference/held_text.hpp"
#include "reference/man_page.hpp"
#include "reference/roff.hpp"
#include "reference/shell_completion.hpp"
#include "setclickd/spool/name.hpp"

namespace setclick::cli {
namespace {

using namespace reference;

class cli_reference : public testing::Test {
protected:
    std::ostringstream out, err;
    std::istringstream in;
    console io{out, err, in};
    CLI::App app{{}, "setclickd"};
    run_fn const run = [](settings::loaded, std::string, bool) { return 0; };
    command_line line{app, run, io};
    command_text const all = described(app, line.words());
};

TEST_F(cli_reference, manual_page_has_the_commands_of_the_parser) {
    expect_part("man/setclickd.8", ".\\\" commands: made from the parser's table",
                ".\\\" end of the commands", man_commands("setclickd", all));
    expect_part("man/setclickd.8", ".\\\" options: made from the parser's table",
                ".\\\" end of the options", man_options(all.options));
}

TEST_F(cli_reference, completions_are_what_the_table_makes) {
    expect_file("completion/setclickd.bash", bash_completion("setclickd", all));
    expect_file("completion/_setclickd", zsh_completion("setclickd", all));
}

TEST_F(cli_reference, whatever_can_be_typed_is_in_all_three) {
    auto const page = content_of("man/setclickd.8");
    auto const bash = content_of("completion/setclickd.bash");
    auto const zsh = content_of("completion/_setclickd");
    std::size_t commands = 0;
    auto const look = [&](auto const& self, CLI::App const& at, std::string const& path) -> void {
        for (auto const* option : at.get_options())
            for (auto const& name : option->get_lnames()) {
                auto const flag = "--" + name;
                bool const is_in_page =
                    name == "help" || page.find(roff::bold(flag)) != std::string::npos;
                EXPECT_TRUE(is_in_page) << path << flag;
                EXPECT_NE(bash.find(flag), std::string::npos) << path << flag;
                EXPECT_NE(zsh.find(flag), std::string::npos) << path << flag;
            }
        for (auto const* sub : at.get_subcommands([](CLI::App const*) { return true; })) {
            ++commands;
            auto const below = path + " " + sub->get_name();
            EXPECT_NE(page.find(".SS " + roff::literal(below)), std::string::npos) << below;
            EXPECT_NE(zsh.find("'" + sub->get_name() + ":"), std::string::npos) << below;
            self(self, *sub, below);
        }
    };
    look(look, app, "setclickd");
    EXPECT_GT(commands, 20U);
}

TEST_F(cli_reference, a_choice_is_completed_with_the_words_that_its_command_takes) {
    std::size_t choices = 0;
    for (auto const& [option, words] : line.words()) {
        ++choices;
        EXPECT_FALSE(words.empty());
        bool const is_in_help = option->get_description().find(words.front()) != std::string::npos;
        EXPECT_TRUE(is_in_help || option->get_lnames().front() == "date-range");
    }
    EXPECT_GE(choices, 8U);
}

/// The words of `.B word` and `.IR word ,` lines.
std::vector<std::string> marked_words(std::string const& part) {
    std::vector<std::string> words;
    std::istringstream lines(part);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream text(line);
        std::string macro, word;
        if (!(text >> macro >> word) || !(macro == ".B" || macro == ".IR" || macro == ".I"))
            continue;
        for (auto at = word.find("\\(ti"); at != std::string::npos; at = word.find("\\(ti"))
            word.replace(at, 4, "~");
        words.push_back(word);
    }
    return words;
}

TEST(spool_page, names_that_it_calls_left_alone_are_left_alone_in_silence) {
    auto const words = marked_words(part_of("man/setclickd-spool.5",
                                            ".\\\" left alone in silence: cli_test tries each word",
                                            ".\\\" end of the words"));
    EXPECT_GE(words.size(), 13U);
    for (auto const& word : words)
        EXPECT_EQ(spool::kind_of("crm.ndjson" + word), spool::name_kind::leave_silently) << word;
}

TEST(spool_page, fields_are_those_of_an_event) {
    // The tagged words only: the text of a field has words in bold, too.
    auto part =
        part_of("man/setclickd-spool.5", ".\\\" fields: cli_test holds them against the table",
                ".\\\" end of the fields");
    std::set<std::string> tags;
    for (auto at = part.find(".TP\n"); at != std::string::npos; at = part.find(".TP\n", at + 4))
        tags.insert(marked_words(part.substr(at + 4, part.find('\n', at + 4) - at - 4)).at(0));
    EXPECT_EQ(tags, (std::set<std::string>{event::field_names.begin(), event::field_names.end()}));
}

TEST(roff, what_would_be_a_request_or_another_character_is_escaped) {
    EXPECT_EQ(roff::prose("with --once, a dead-end and -V"),
              "with \\-\\-once, a dead-end and \\-V\n");
    EXPECT_EQ(roff::prose(".toml ends it"), "\\&.toml ends it\n");
    EXPECT_EQ(roff::prose("a\\b ends in ~"), "a\\eb ends in \\(ti\n");
    EXPECT_EQ(roff::literal("it's --x"), "it\\(aqs \\-\\-x");
    auto const lines = roff::prose(std::string(99, 'a') + " .b");
    EXPECT_EQ(lines, std::string(99, 'a') + "\n\\&.b\n");
}

}  // namespace
}  // namespace setclick::cli
