#include "setclickd/settings/pasted_token.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace setclick::settings {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view good = "eyJhbGciOiJSUzI1NiJ9.payload-canary_1.sig";

TEST(PastedToken, WhatStandsAroundATokenIsTakenOff) {
    std::string const token(good);
    for (auto const& pasted :
         {token, token + "\n", token + "\r\n", "  " + token + "\t", "Bearer " + token,
          "bearer   " + token, "Authorization: Bearer " + token,
          "authorization:bearer " + token + "\n", "\"" + token + "\"", "'" + token + "'",
          "\"Bearer " + token + "\",\n", "\xEF\xBB\xBF" + token,
          "\xE2\x80\x9C" + token + "\xE2\x80\x9D", "\xC2\xA0" + token + "\xC2\xA0",
          "`" + token + "`;"}) {
        auto const read = pasted_token(pasted);
        ASSERT_TRUE(read) << pasted << ": " << read.error().message;
        EXPECT_EQ(read->reveal(), token) << pasted;
    }
}

TEST(PastedToken, WhatIsNoneIsRefusedWithTheReasonAndNeverRepeated) {
    struct {
        std::string text, why;
    } const table[] = {
        {"", "nothing was given"},
        {" \n\t", "nothing was given"},
        {"Bearer \n", "nothing was given"},
        {"canary", "only 6 characters"},
        {"canary-canary-canary canary", "one word"},
        {"canary-canary-canary\ncanary-canary-canary", "more than one line"},
        {"canary-canary-canary-\x01-canary", "one word"},
        {"canary-canary-canary-\xC3\xA9-canary", "outside ASCII"},
        {"https://app.sealmetrics.com/canary", "address of a page"},
        {std::string(20'000, 'c'), "too long"},
    };
    for (auto const& [text, why] : table) {
        auto const read = pasted_token(text);
        ASSERT_FALSE(read) << text;
        EXPECT_THAT(read.error().message, HasSubstr(why));
        EXPECT_THAT(read.error().message, Not(HasSubstr("canary")));
    }
}

TEST(LooksLikeToken, ATokenWhereAPathBelongsIsKnownAndAPathIsNot) {
    for (std::string const& token :
         {std::string(good), "Bearer " + std::string(good), std::string(64, 'a')})
        EXPECT_TRUE(looks_like_token(token)) << token;
    for (std::string_view const path :
         {"/etc/setclickd/token", "token", "./eyJtoken", "credential:seal-token",
          "/run/secrets/eyJhbGciOiJSUzI1NiJ9.payload.signature", ""})
        EXPECT_FALSE(looks_like_token(path)) << path;
}

}  // namespace
}  // namespace setclick::settings
