#include "finding_memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace setclick::cli {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::ElementsAre;
using testing::IsEmpty;
using enum finding_news;

wall_time const noon{hours{500'000}};
news_rule const rule{minutes{3}, hours{24}, minutes{10}};

/// A call a minute, each with the file of the one before.
class a_timer {
public:
    /// What each of the keys is, after so many minutes; those in between saw the same.
    std::vector<finding_news> at(int minute, std::vector<std::string> const& keys) {
        std::vector<finding_news> out;
        while (minute_ < minute) {
            ++minute_;
            out = once(keys, noon + minutes{minute_});
            fresh_ += static_cast<int>(std::count(out.begin(), out.end(), fresh));
        }
        return out;
    }
    std::vector<finding_news> once(std::vector<std::string> const& keys, wall_time now) {
        finding_memory memory{text_};
        auto out = memory.note(keys, rule, now);
        over_ = memory.over();
        text_ = memory.text();
        return out;
    }
    int fresh_ones() const { return fresh_; }
    std::vector<std::string> const& over() const { return over_; }
    std::string const& text() const { return text_; }

private:
    int minute_ = 0, fresh_ = 0;
    std::string text_;
    std::vector<std::string> over_;
};

TEST(FindingMemory, WhatLastsIsNewsOnceAndAgainAfterADay) {
    a_timer t;
    EXPECT_THAT(t.at(1, {"a parked"}), ElementsAre(early));
    EXPECT_THAT(t.at(3, {"a parked"}), ElementsAre(early));
    EXPECT_THAT(t.at(4, {"a parked"}), ElementsAre(fresh));
    EXPECT_THAT(t.at(5, {"a parked"}), ElementsAre(known));
    t.at(24 * 60 + 3, {"a parked"});
    EXPECT_EQ(t.fresh_ones(), 1);
    EXPECT_THAT(t.at(24 * 60 + 4, {"a parked"}), ElementsAre(fresh));
    EXPECT_EQ(t.fresh_ones(), 2);
}

TEST(FindingMemory, WhatIsOverBeforeItsTimeIsForgotten) {
    a_timer t;
    t.at(3, {"down"});
    t.at(4, {});
    EXPECT_THAT(t.text(), IsEmpty());
    EXPECT_THAT(t.at(6, {"down"}), ElementsAre(early)) << "a restart is no outage, however often";
    EXPECT_EQ(t.fresh_ones(), 0);
}

TEST(FindingMemory, WhatComesAndGoesIsOneTrouble) {
    a_timer t;
    t.at(4, {"unreachable"});
    for (int m = 5; m < 100; m += 10) {
        t.at(m + 5, {});
        EXPECT_THAT(t.over(), IsEmpty());
        EXPECT_THAT(t.at(m + 9, {"unreachable"}), ElementsAre(known));
    }
    EXPECT_EQ(t.fresh_ones(), 1);
}

TEST(FindingMemory, WhatIsOverIsNewsWhenItComesAgain) {
    a_timer t;
    t.at(4, {"a parked"});
    t.at(13, {});
    EXPECT_THAT(t.over(), IsEmpty());
    t.at(14, {});
    EXPECT_THAT(t.over(), ElementsAre("a parked"));
    t.at(15, {});
    EXPECT_THAT(t.over(), IsEmpty()) << "once";
    EXPECT_THAT(t.at(18, {"a parked"}), ElementsAre(early));
    EXPECT_THAT(t.at(19, {"a parked"}), ElementsAre(fresh));
}

TEST(FindingMemory, AnotherTroubleIsNewsBesideOneThatIsKnown) {
    a_timer t;
    t.at(10, {"a parked"});
    EXPECT_THAT(t.at(14, {"a parked", "b parked"}), ElementsAre(known, fresh));
    EXPECT_EQ(t.fresh_ones(), 2);
}

TEST(FindingMemory, AClockThatIsSetMakesNoNews) {
    a_timer t;
    t.at(4, {"a parked"});
    EXPECT_THAT(t.once({"a parked"}, noon - hours{24 * 365}), ElementsAre(known));
    EXPECT_THAT(t.once({"a parked"}, noon - hours{24 * 365} + minutes{1}), ElementsAre(known));
    EXPECT_THAT(t.once({"a parked"}, noon - hours{24 * 365} + hours{24}), ElementsAre(fresh));
}

TEST(FindingMemory, WithoutADayItIsNewsOnce) {
    finding_memory memory;
    news_rule const once{0ms, 0ms, minutes{10}};
    EXPECT_THAT(memory.note({"a"}, once, noon), ElementsAre(fresh)) << "no patience: at once";
    EXPECT_THAT(memory.note({"a"}, once, noon + hours{24 * 365}), ElementsAre(known));
}

TEST(FindingMemory, ALineThatIsNoneIsNewsAgain) {
    for (auto const* const text :
         {"", "\n", "1 2 3", "1 2 3 ", "1 2 x a parked\n", "-1 2 3 a parked\n",
          "99999999999999999999 1 1 a parked", "\xff\x00 1 2", "1  2 3 a parked"}) {
        finding_memory memory{std::string_view(text)};
        EXPECT_THAT(memory.text(), IsEmpty()) << text;
    }
    finding_memory const memory{"1 2 3 an account parked\nnonsense\n4 5 0 down"};
    EXPECT_EQ(memory.text(), "1 2 3 an account parked\n4 5 0 down\n");
}

}  // namespace
}  // namespace setclick::cli
