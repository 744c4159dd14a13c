#include "setclickd/event/position.hpp"

#include <gtest/gtest.h>

#include "setclickd/event/splitter.hpp"

namespace setclick::event {
namespace {

TEST(position, each_place_has_a_text_that_gives_it_back) {
    element_place full{split_phase::skip_nested,
                       split_phase::value,
                       split_trouble::extra_comma,
                       0x1ffU,
                       -1,
                       4,
                       123'456'789'012,
                       77,
                       3,
                       true,
                       true,
                       true};
    for (auto const& p :
         {place{}, place{line_place{true, false, 812, 17}}, place{line_place{true, true, 1, 2}},
          place{element_place{}},
          place{element_place{split_phase::next, split_phase::start, split_trouble::too_long, 0, -1,
                              0, 0, 0, 0, false, false, false}},
          place{full}}) {
        auto const text = text_of(p);
        EXPECT_EQ(text.find_first_of(";|"), std::string::npos) << text;
        auto const back = place_of(text);
        ASSERT_TRUE(back) << text;
        EXPECT_EQ(*back, p) << text;
    }
    EXPECT_EQ(text_of(place{}), "");
    EXPECT_EQ(text_of(line_place{true, true, 812, 17}), "lines long=812:17 comment");
}

TEST(position, what_earlier_versions_wrote_is_read) {
    // As they lie in ledgers: in an array after an element; in a line that is too long; after a
    // broken element that began its line; inside an element that is too long.
    struct old {
        char const* text;
        place is;
    };
    for (auto const& [text, is] :
         {old{"4 0 0 0 -1 0 0 0 0 0 0 0 1",
              element_place{split_phase::next, split_phase::start, split_trouble::too_long, 0, -1}},
          old{"6 0 0 0 0 0 5210 31 0 0 0 0 1", line_place{true, false, 5210, 31}},
          old{"6 0 0 0 0 0 5210 31 0 0 0 1 1", line_place{true, true, 5210, 31}},
          old{"8 3 3 8 -1 2 40 3 0 0 0 0 1",
              element_place{split_phase::skip_lines, split_phase::value, split_trouble::cut_off, 8,
                            -1, 2, 40, 3}},
          old{"7 4 0 0 -1 -1 90 5 2 1 1 0 1",
              element_place{split_phase::skip_nested, split_phase::next, split_trouble::too_long, 0,
                            -1, -1, 90, 5, 2, true, true}}}) {
        auto const got = place_of(text);
        ASSERT_TRUE(got) << text;
        EXPECT_EQ(*got, is) << text;
    }
}

TEST(position, what_is_no_place_gives_nothing) {
    for (auto const* text :
         {"1 2 3", "10 0 0 0 0 0 0 0 0 0 0 0 1", "4 0 0 0 -1 0 0 0 0 0 0 0 1 9", "csv row=4",
          "lines long=4", "elements", "elements nowhere", "elements next told=x", "in array"})
        EXPECT_FALSE(place_of(text)) << text;
}

/// The place of another format is the start of the file, as a text that nobody knows was before.
TEST(position, the_layout_of_the_place_goes_before_that_of_the_name) {
    // A file of elements may be named .ndjson; one of lines is never read as anything else's middle.
    position const inside{7, 2, element_place{split_phase::closed}};
    EXPECT_EQ(splitter(file_format::lines, 100, inside).where(), inside);
    splitter const elements(file_format::elements, 100, {7, 2, line_place{true, false, 1, 1}});
    EXPECT_EQ(elements.where(), (position{7, 2, element_place{}}));
}

}  // namespace
}  // namespace setclick::event
