#include "setclickd/base/help_text.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace setclick {
namespace {

TEST(HelpText, ALongDescriptionGoesOnBelowItself) {
    EXPECT_EQ(wrapped("  --limit N          Print at most so many of them\n  short  x\n", 44),
              "  --limit N          Print at most so many\n"
              "                     of them\n"
              "  short  x\n");
}

TEST(HelpText, ALongSentenceGoesOnAfterItsOwnIndentation) {
    EXPECT_EQ(wrapped("one two three four five six seven eight nine ten", 20),
              "one two three four\nfive six seven eight\nnine ten");
    EXPECT_EQ(wrapped("  one two three four five six", 20), "  one two three four\n  five six");
}

TEST(HelpText, AWordThatIsLongerThanTheLineStaysWhole) {
    EXPECT_EQ(wrapped("--config FILE=/etc/setclickd/setclickd.toml and more", 20),
              "--config\nFILE=/etc/setclickd/setclickd.toml\nand more");
    EXPECT_EQ(wrapped("", 20), "");
    EXPECT_EQ(wrapped("\n\n", 20), "\n\n");
    EXPECT_EQ(wrapped(std::string(50, ' '), 20).find_first_not_of(" \n"), std::string::npos);
}

TEST(HelpText, NoTextIsLostAtAnyWidth) {
    std::string const text =
        "Usage: setclickd [OPTIONS] SUBCOMMAND\n\n  --config FILE=/etc/setclickd/setclickd.toml   "
        "The configuration file\n"
        "      deeply indented words that go on and on beyond what fits on one line of any "
        "terminal\n";
    auto const words = [](std::string const& of) {
        std::istringstream in(of);
        std::vector<std::string> out;
        for (std::string w; in >> w;)
            out.push_back(w);
        return out;
    };
    for (std::size_t width = 1; width < 130; ++width)
        EXPECT_EQ(words(wrapped(text, width)), words(text)) << width;
}

}  // namespace
}  // namespace setclick
