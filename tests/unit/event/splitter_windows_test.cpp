// Pieces do not depend on how a file was cut into windows, nor on where a restart fell.
#include <gtest/gtest.h>

#include <tuple>

#include "event_fixture.hpp"

namespace setclick::event {
namespace {

constexpr std::size_t max_text = 24;

std::vector<std::string> const files{
    "\xEF\xBB\xBF{1}\r\n\n#! reason, a long one, longer than a line may "
    "be\n{2}\n\r\n{333333333333333333333333333333333}\r\n{4}",
    "{1}\n{22222222222222222222222222222222222222222222222\r}\r\n{3}\r",
    "\xEF\xBB",
    "",
    "\n\n\n",
    "[{\"a\":1},{\"b\":\"]\\\"}\"} , [1] , x\n,{}]\n",
    "\xEF\xBB\xBF {\n \"a\" :\n1}\n{}{}",
    "[{\"a\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx]}\\\"\\\\\"},{\"b\":[{}]}, "
    "1111111111111111111111111111111111111,\"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\",{}]x y\nz",
    "[\n  {\"a\":[1},\n  {\"b\":2},\n  {\"c\": \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\",\n   "
    "\"d\":{\n  }},\n  {\"e\":\"\n},\n  {\"f\":1}\n]\n",
    "[{\"a\":1},{\"b\":",
    "[{\"a\":\"\n1},{\"b\":2}]",
    "[,,{},,{}{}]",
    "[{\"a\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\nxxxx\"},{}]",
    " \n",
    "#! line 3: a reason { [ \", longer than any element may be\n{\"a\":1}\n#! x\n{\n \"b\":2\n}\n "
    "#! x",
    "{\"data\":[{\"event_id\":\"a\"},{}],\"n\":1}\n<!-- x -->",
    "<b>x</b>\n[{\"a\":1},{}]",
    "x\n[{\"a\":1},w 1\n{}] (1)\n;",
    "{\"a\":1},\n,{}\n-- x\n(3)\n{}\n",
    "a,b\n1,2\n",
    "{\"d\":{\"r\":[{\"x\":1,\"event_id\":\"a\"}],\"n\":1}}[{}]\n{\"r\":[{\"event_id\":\"b\"}]}{"
    "\"event_id\":"
    "\"c\"}",
    "#! x\n{\"a\":1},{}],\"n\":[2]}\n#! y\n{\"event_id\":1}\n]",
    std::string("\xFF\xFE{\0\"\0a\0\"\0:\0"
                "1\0}\0\n\0{\0}\0\n\0{\0\xAC\x20",
                28),
    std::string("\0[\0{\0}\0,\0{\0\"\xD8\x3D\xDE\x00\0\"\0}\0]", 22),
    "#! x\n{\"a\":\n#! y\n{\"b\":2}\n#\n{\"c\":[\n  #",
};

/// The file in windows that grow by `step` bytes, with a new splitter from the saved place after
/// each call when `restarts`, and a sink that stops after each piece when `stops`.
std::vector<kept_piece> in_steps(file_format format, std::string const& file, std::size_t step,
                                 bool restarts, bool stops) {
    std::vector<kept_piece> out;
    splitter s{format, max_text};
    std::size_t begin = 0;
    std::size_t end = 0;
    for (int guard = 0; !s.finished() && guard < 10'000; ++guard) {
        end = std::min(end + step, file.size());
        begin += s.consume(std::string_view(file).substr(begin, end - begin), end == file.size(),
                           [&](piece const& p) {
                               out.push_back(keep(p));
                               return !stops;
                           });
        EXPECT_EQ(s.offset(), begin);
        // A sink that stops at every piece leaves more behind than the splitter asks for.
        if (!stops) {
            EXPECT_LE(end - begin, max_text + splitter::slack + step);
        }
        if (restarts && !s.finished()) s = splitter{format, max_text, s.where()};
    }
    EXPECT_TRUE(s.finished());
    EXPECT_EQ(begin, file.size());
    return out;
}

class splitter_windows : public testing::TestWithParam<std::tuple<file_format, bool, bool>> {};

TEST_P(splitter_windows, every_step_gives_the_same_pieces) {
    auto const [format, restarts, stops] = GetParam();
    for (auto const& file : files) {
        SCOPED_TRACE(file);
        auto const whole = split(format, file, max_text);
        for (std::size_t step = 1; step <= file.size() + 1; ++step)
            ASSERT_EQ(in_steps(format, file, step, restarts, stops), whole) << "step " << step;
    }
}

INSTANTIATE_TEST_SUITE_P(all, splitter_windows,
                         testing::Combine(testing::Values(file_format::lines,
                                                          file_format::elements),
                                          testing::Bool(), testing::Bool()));

TEST(splitter_windows, pieces_of_random_bytes_do_not_overlap_and_do_not_depend_on_the_windows) {
    std::mt19937 random{11};
    for (int round = 0; round < 2000; ++round) {
        std::string file(random() % 120, ' ');
        for (auto& c : file)
            c = std::string_view("{}[]\",:\n \\ax#!")[random() % 14];
        for (auto const format : {file_format::lines, file_format::elements}) {
            auto const whole = split(format, file, max_text);
            std::uint64_t end = 0;
            for (auto const& p : whole) {
                ASSERT_GE(p.offset, end) << file;
                end = p.offset + p.length;
                ASSERT_LE(end, file.size());
                auto const newlines = std::count(
                    file.begin(), file.begin() + static_cast<std::ptrdiff_t>(p.offset), '\n');
                ASSERT_EQ(p.line, static_cast<std::uint64_t>(newlines) + 1) << file;
                if (p.problem.empty()) {
                    ASSERT_NE(file.substr(p.offset, p.length).find(p.text), std::string::npos);
                }
            }
            ASSERT_EQ(in_steps(format, file, random() % 5 + 1, true, random() % 2 == 0), whole)
                << file;
        }
    }
}

TEST(splitter_windows, a_place_of_another_format_is_the_start_of_a_file) {
    for (auto const& at : {place(line_place{}), place(line_place{true, false, 7, 3})}) {
        splitter s{file_format::elements, 100, {0, 1, at}};
        std::size_t pieces = 0;
        s.consume("[{}]", true, [&](piece const&) { return ++pieces > 0; });
        EXPECT_EQ(pieces, 1U);
    }
}

}  // namespace
}  // namespace setclick::event
