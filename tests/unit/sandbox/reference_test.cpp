// The manual page and the completions are made from the flags. When one changes:
//   SETCLICKD_WRITE_REFERENCE=1 sandbox_test --gtest_filter='sandbox_reference.*'
#include <gtest/gtest.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "reference/held_text.hpp"
#include "reference/man_page.hpp"
#include "reference/shell_completion.hpp"
#include "sandbox/command_line.hpp"

namespace setclick::sandbox {
namespace {

using namespace reference;

class sandbox_reference : public testing::Test {
protected:
    options o;
    CLI::App app{{}, "setclick-sandbox"};
    option_words const words = declare_options(app, o);
    command_text const all = described(app, words);
};

TEST_F(sandbox_reference, manual_page_has_every_option) {
    expect_part("man/setclick-sandbox.1", ".\\\" options: made from the table of flags",
                ".\\\" end of the options", man_option_groups(all.options));
}

TEST_F(sandbox_reference, completions_are_what_the_table_makes) {
    expect_file("completion/setclick-sandbox.bash", bash_completion("setclick-sandbox", all));
    expect_file("completion/_setclick-sandbox", zsh_completion("setclick-sandbox", all));
}

}  // namespace
}  // namespace setclick::sandbox
