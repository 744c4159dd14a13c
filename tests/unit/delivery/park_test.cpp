#include "setclickd/delivery/park.hpp"

#include <gtest/gtest.h>

#include <set>

namespace setclick::delivery {
namespace {

TEST(park_reason, each_has_a_name_a_sentence_and_a_cure_with_the_command) {
    std::set<std::string> names, sentences, cures;
    for (std::size_t i = 1; i < park_reason_count; ++i) {
        auto const reason = static_cast<park_reason>(i);
        EXPECT_EQ(park_reason_named(name_of(reason)), reason);
        names.insert(name_of(reason));
        sentences.insert(text(reason));
        auto const help = cure(reason, "60a52f6ac660b269d13c3f53");
        EXPECT_NE(help.find("setclickd resume 60a52f6ac660b269d13c3f53"), std::string::npos)
            << help;
        cures.insert(help);
    }
    EXPECT_EQ(names.size(), park_reason_count - 1);
    EXPECT_EQ(sentences.size(), park_reason_count - 1);
    EXPECT_EQ(cures.size(), park_reason_count - 1);
    EXPECT_NE(cure(park_reason::forbidden, "a").find("offline-leads"), std::string::npos);
    EXPECT_NE(cure(park_reason::suspect, "a").find("--accept-rejections"), std::string::npos);
}

TEST(probe_interval, grows_to_its_cap_with_jitter_from_the_upper_half) {
    random_source random(9);
    probe_settings const s{30s, std::chrono::minutes{30}};
    milliseconds full = 30s;
    for (int probes = 0; probes < 40; ++probes) {
        auto const d = probe_interval(s, probes, random);
        EXPECT_GE(d, full / 2 - 1ms);
        EXPECT_LE(d, full);
        full = std::min<milliseconds>(2 * full, std::chrono::minutes{30});
    }
}

}  // namespace
}  // namespace setclick::delivery
