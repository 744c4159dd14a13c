// What `check --online` ends with.
#include "setclickd/readback/online_check.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <utility>
#include <vector>

namespace setclick::readback {
namespace {

TEST(online_check, exit_code_says_what_ails_all_or_that_only_some_are_well) {
    auto const seen = [](std::vector<std::optional<errc>> const& faults) {
        online_view made;
        for (auto const code : faults) {
            online_account a;
            if (code) a.fault = fail(*code, "x");
            made.accounts.push_back(std::move(a));
        }
        return made;
    };
    auto const none = std::optional<errc>();
    EXPECT_EQ(exit_code_of(seen({none, none})), exit_code::done);
    EXPECT_EQ(exit_code_of(seen({none, errc::config})), exit_code::partly);
    EXPECT_EQ(exit_code_of(seen({errc::unreachable})), exit_code::unreachable);
    EXPECT_EQ(exit_code_of(seen({errc::unreachable, errc::config})), exit_code::config);
    EXPECT_EQ(exit_code_of(seen({errc::busy, errc::busy})), exit_code::try_later);
    EXPECT_EQ(exit_code_of(seen({errc::invalid_data})), exit_code::failed);
    online_view nobody;
    nobody.fault = fail(errc::unreachable, "x");
    EXPECT_EQ(exit_code_of(nobody), exit_code::unreachable);
}

}  // namespace
}  // namespace setclick::readback
