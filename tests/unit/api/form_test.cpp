#include "api/form.hpp"

#include <gtest/gtest.h>

#include "../event/event_fixture.hpp"
#include "form_decoded.hpp"

namespace setclick::api {
namespace {

std::string encoded(std::string_view text) {
    std::string out = "before:";
    append_encoded(out, text);
    return out.substr(7);
}

TEST(form, unreserved_characters_stay_space_is_plus_and_all_else_is_percent) {
    EXPECT_EQ(encoded("AZaz09_.-~"), "AZaz09_.-~");
    EXPECT_EQ(encoded("a b"), "a+b");
    EXPECT_EQ(encoded("{\"a\":\"é/+\"}"), "%7B%22a%22%3A%22%C3%A9%2F%2B%22%7D");
    EXPECT_EQ(encoded(std::string_view("\0\x7f\xff", 3)), "%00%7F%FF");
    EXPECT_EQ(encoded(""), "");
}

TEST(form, decoding_gives_back_random_unicode) {
    std::mt19937 random{5};
    for (int round = 0; round < 5000; ++round) {
        auto const text = event::random_text(random);
        auto const code = encoded(text);
        EXPECT_EQ(code.find_first_not_of(
                      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~%+"),
                  std::string::npos);
        EXPECT_EQ(form_decoded(code).value(), text);
    }
}

}  // namespace
}  // namespace setclick::api
