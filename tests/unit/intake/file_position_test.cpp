#include "file_position.hpp"

#include <gtest/gtest.h>

namespace setclick::intake {
namespace {

reading_state again(reading_state const& s) {
    return reading_state::from(s.position.at.offset, s.position.at.line, s.text());
}

void expect_same(reading_state const& a, reading_state const& b) {
    EXPECT_EQ(a.position.at, b.position.at);
    EXPECT_EQ(a.position.last_number, b.position.last_number);
    EXPECT_EQ(a.position.splits, b.position.splits);
    EXPECT_EQ(a.position.resume, b.position.resume);
    EXPECT_EQ(a.published, b.published);
}

TEST(reading_state, the_usual_file_of_lines_needs_no_text) {
    auto const s = reading_state::from(100, 7, {});
    EXPECT_EQ(s.text(), "");
    EXPECT_EQ(s.position.last_number, 6U);
    EXPECT_FALSE(s.published);
    EXPECT_EQ(reading_state::start().at, event::position{});
}

TEST(reading_state, each_part_survives_beside_the_others_and_any_name) {
    event::element_place inside;
    inside.now = event::split_phase::value;
    inside.told = 24;
    for (bool const numbered : {false, true})
        for (bool const split : {false, true})
            for (bool const placed : {false, true})
                for (auto const* name : {"", "odd|na;me=\xff,:.json", "v2;last=1"}) {
                    auto s = reading_state::from(900, 7, {});
                    if (numbered) s.position.last_number = 90;
                    if (split)
                        s.position.splits = {{30, {}}, {812, event::position{790, 17, inside}}};
                    if (placed) s.position.at.at = inside;
                    if (*name != 0) s.published = published_lines{12, name};
                    expect_same(s, again(s));
                }
    reading_state s = reading_state::from(900, 7, {});
    s.position.last_number = 90;
    s.position.splits = {{30, {}}, {812, event::position{790, 17, inside}}};
    s.position.at.at = inside;
    s.position.resume = event::position{890, 6, {}};
    s.published = published_lines{12, "crm.ndjson"};
    expect_same(s, again(s));
    EXPECT_EQ(
        s.text(),
        "v2;last=90;splits=30,812<790:17:elements value told=24;resume=890:6:;at=elements value "
        "told=24;published=12:crm.ndjson");
}

TEST(reading_state, what_earlier_versions_wrote_is_read) {
    struct old {
        char const* text;
        std::uint64_t last_number;
        std::vector<std::uint64_t> splits;
        event::place at;
        std::optional<published_lines> published;
    };
    event::element_place const next{event::split_phase::next, event::split_phase::start,
                                    event::split_trouble::too_long, 0, -1};
    // As they lie in ledgers.
    for (auto const& o :
         {old{"90;4 0 0 0 -1 0 0 0 0 0 0 0 1", 90, {}, next, {}},
          old{"6,30,812;", 6, {30, 812}, {}, {}},
          old{"6;6 0 0 0 0 0 5210 31 0 0 0 0 1",
              6,
              {},
              event::line_place{true, false, 5210, 31},
              {}},
          old{"|12|odd|name\xff.json", 6, {}, {}, published_lines{12, "odd|name\xff.json"}},
          old{"6,30;|4|a,b;c.ndjson", 6, {30}, {}, published_lines{4, "a,b;c.ndjson"}},
          old{"90;4 0 0 0 -1 0 0 0 0 0 0 0 1|12|crm.json",
              90,
              {},
              next,
              published_lines{12, "crm.json"}}}) {
        auto const s = reading_state::from(900, 7, o.text);
        EXPECT_EQ(s.position.last_number, o.last_number) << o.text;
        std::vector<std::uint64_t> splits;
        for (auto const& split : s.position.splits)
            splits.push_back(split.at);
        EXPECT_EQ(splits, o.splits) << o.text;
        EXPECT_EQ(s.position.at.at, o.at) << o.text;
        EXPECT_EQ(s.published, o.published) << o.text;
        expect_same(s, again(s));
    }
}

}  // namespace
}  // namespace setclick::intake
