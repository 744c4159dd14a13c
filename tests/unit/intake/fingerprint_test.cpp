// Whether a file still has the bytes that were read of it.
#include "fingerprint.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "setclickd/base/unique_fd.hpp"
#include "support/temp_dir.hpp"

namespace setclick::intake {
namespace {

TEST(running_sum, in_any_chunks_it_is_the_same) {
    std::string const text(10'000, 'x');
    running_sum whole;
    whole.add(0, text, true);
    auto const want = whole.up_to(text.size());
    ASSERT_TRUE(want);
    for (std::size_t const step : {1, 7, 4096, 9999}) {
        running_sum sum;
        for (std::size_t at = 0; at < text.size(); at += step) {
            auto const piece = std::string_view(text).substr(at, step);
            sum.add(at, piece, at + piece.size() == text.size());
        }
        EXPECT_EQ(sum.up_to(text.size()), want) << step;
    }
    running_sum other;
    other.add(0, std::string(9'999, 'x') + "y", true);
    EXPECT_NE(other.up_to(text.size()), want);
}

TEST(running_sum, bytes_that_do_not_follow_end_it_and_a_beginning_begins_it_anew) {
    running_sum sum;
    EXPECT_FALSE(sum.up_to(0));
    sum.add(5, "late", false);
    EXPECT_FALSE(sum.up_to(9));
    sum.add(0, "abc", false);
    EXPECT_TRUE(sum.up_to(3));
    EXPECT_FALSE(sum.up_to(2));
    sum.add(2, "c", false);
    EXPECT_FALSE(sum.up_to(3));
    sum.add(3, "d", false);
    EXPECT_FALSE(sum.up_to(4)) << "its beginning is not known any more";
    sum.add(0, {}, true);
    EXPECT_TRUE(sum.up_to(0));
}

TEST(sum_pass, a_file_in_pieces_has_the_sum_that_it_had_when_it_was_read) {
    test::temp_dir const dir;
    std::string text(sum_pass::piece * 2 + 17, 'x');
    for (std::size_t i = 0; i < text.size(); i += 977)
        text[i] = static_cast<char>(i);
    std::ofstream(dir.file("f"), std::ios::binary) << text;
    unique_fd const fd(::open(dir.file("f").c_str(), O_RDONLY | O_CLOEXEC));
    for (std::size_t const size : {std::size_t{0}, std::size_t{10}, text.size()}) {
        running_sum read;
        read.add(0, std::string_view(text).substr(0, size), true);
        EXPECT_EQ(sum_of(fd.get(), size), read.up_to(size)) << size;
    }
    EXPECT_FALSE(sum_of(fd.get(), text.size() + 1)) << "it is shorter";
}

}  // namespace
}  // namespace setclick::intake
