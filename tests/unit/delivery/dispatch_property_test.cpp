// No forgotten wake-up: over random histories of answers, failures, closed connections, commands,
// full disks, jumping clocks and reloads, wherever events wait and nothing is on its way there is a
// finite next time or something from outside; and once the world is well, everything is delivered.
//
// SETCLICK_HISTORIES=N asks for other than the usual number.
#include <gtest/gtest.h>

#include <cstdlib>

#include "dispatch_world.hpp"

namespace setclick::delivery {
namespace {

std::uint64_t histories() {
    auto const* const wanted = std::getenv("SETCLICK_HISTORIES");
    return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 2000;
}

void live_through(dispatch_world& w) {
    auto const accounts = w.all.accounts().size() - 1;
    for (auto moves = 3 + w.below(25); moves > 0 && w.fault().empty(); --moves) {
        auto const no = account_no{1 + static_cast<std::uint32_t>(w.below(accounts))};
        switch (w.below(7)) {
            case 0:
            case 1:
                w.import(no, 1 + w.below(w.chance(3) ? 600 : 20));
                break;
            case 2:
                w.be(static_cast<dispatch_world::mood>(w.below(dispatch_world::moods)));
                break;
            case 3:
                w.close_connections(w.chance(2));
                break;
            case 4:
                w.random_command();
                break;
            case 5:
                w.jump(milliseconds(static_cast<std::int64_t>(w.below(7'200'000)) - 3'600'000));
                break;
            case 6:
                w.configure_pool();
                break;
        }
        w.run(milliseconds(w.below(w.chance(4) ? 60'000 : 300)), 400);
    }
}

TEST(dispatch_property, whatever_happens_nothing_is_forgotten_and_everything_arrives) {
    std::uint64_t attempts = 0;
    for (std::uint64_t seed = 1; seed <= histories(); ++seed) {
        dispatch_world w(seed, 1 + static_cast<int>(seed % 4), 1 + static_cast<int>(seed % 33));
        live_through(w);
        ASSERT_EQ(w.fault(), "") << "history " << seed;
        w.mend();
        for (int i = 0; i < 400'000 && !w.all_final(); ++i) {
            ASSERT_TRUE(w.step()) << "history " << seed << ": nothing happens any more;"
                                  << w.left();
            ASSERT_EQ(w.fault(), "") << "history " << seed << ", mended";
        }
        ASSERT_TRUE(w.all_final())
            << "history " << seed << ": it does not come to an end;" << w.left();
        attempts += w.attempts();
    }
    std::printf("  %llu histories, %llu attempts\n", static_cast<unsigned long long>(histories()),
                static_cast<unsigned long long>(attempts));
}

}  // namespace
}  // namespace setclick::delivery
