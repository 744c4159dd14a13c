#include "setclickd/api/token_end.hpp"

#include <gtest/gtest.h>

namespace setclick::api {
namespace {

std::string end_of(char const* token) {
    auto const end = token_end(secret<std::string>(token));
    return end ? wall_text(*end) : "none";
}

TEST(token_end, a_json_web_token_tells_it_without_being_verified) {
    // {"sub":"1","exp":1893456000}
    EXPECT_EQ(end_of("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIiwiZXhwIjoxODkzNDU2MDAwfQ.c2ln"),
              "2030-01-01T00:00:00Z");
    // {"exp":1.893456e9}, with padding and an empty signature
    EXPECT_EQ(end_of("e30.eyJleHAiOjEuODkzNDU2ZTl9.="), "2030-01-01T00:00:00Z");
}

TEST(token_end, anything_else_has_none) {
    for (auto const* token : {
             "", "canary", "a.b", "a.b.c.d", "e30.e30.e30", "e30.!!.e30",
             "e30.bm90IEpTT04.e30",                // not JSON
             "e30.eyJleHAiOiIxODkzNDU2MDAwIn0.x",  // a text
             "e30.eyJleHAiOi01fQ.x",               // -5
             "e30.eyJleHAiOjFlOTl9.x",             // 1e99
             "e30.WzFd.x",                         // an array
         })
        EXPECT_EQ(end_of(token), "none") << token;
}

}  // namespace
}  // namespace setclick::api
