#include "setclickd/csv/profile_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace setclick::csv {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(profile_text, what_a_starter_maps_and_what_it_leaves_to_a_person) {
    std::vector<std::string_view> const header{"Record ID", "Deal Name", "Fecha de cierre",
                                               "Correo electr\u00F3nico", "utm_source"};
    // No profile has a time in these columns.
    auto const text = starter_profile(profiles(), "our-crm", header);
    EXPECT_THAT(text, HasSubstr("name = \"our-crm\"\n"));
    EXPECT_THAT(text, HasSubstr("event_id = \"Record ID\"\n"));
    EXPECT_THAT(text, HasSubstr("click_time = \"Fecha de cierre\"\n"));
    EXPECT_THAT(text, HasSubstr("email = \"Correo electr\u00F3nico\"\n"));
    EXPECT_THAT(text, HasSubstr("utm_source = \"utm_source\"\n"));
    EXPECT_THAT(text, HasSubstr("ignore = [\"Deal Name\"]\n"));
    EXPECT_THAT(text, HasSubstr("# \"settings.deal name\" = \"Deal Name\"\n"));
    EXPECT_THAT(text, Not(HasSubstr("needs")));
}

TEST(profile_text, a_starter_without_utms_sends_nothing_that_nobody_wrote) {
    std::vector<std::string_view> const header{"a", "b"};
    auto const text = starter_profile(profiles(), "x", header);
    EXPECT_THAT(text, HasSubstr("# utm_source = \"google\"\n"));
    EXPECT_THAT(text, HasSubstr("# click_time ="));
}

TEST(profile_text, a_starter_for_a_file_that_a_profile_fits_begins_as_that_one) {
    std::vector<std::string_view> header{"Record ID", "Close Date", "Amount"};
    auto const text = starter_profile(profiles(), "deals", header);
    EXPECT_THAT(text, HasSubstr("name = \"deals\"\nlike = \"hubspot\"\n"));
    EXPECT_THAT(text, HasSubstr("# utm_source = \"google\"\n"));
    EXPECT_THAT(text, Not(HasSubstr("[csv.profile.columns]")));
    header.push_back("UTM Source");
    EXPECT_THAT(starter_profile(profiles(), "deals", header), Not(HasSubstr("utm_source =")));
    // A name that is there already would be there twice.
    EXPECT_THAT(starter_profile(profiles(), "hubspot", header), HasSubstr("name = \"hubspot-2\""));
}

TEST(profile_text, names_with_quotes_and_control_characters_stay_one_text) {
    profile p;
    p.name = "x";
    p.columns = {{"click_time", {"a \"b\" \\ c\n"}}};
    EXPECT_THAT(toml_of(p), HasSubstr(R"(click_time = "a \"b\" \\ c\u000A")"));
}

}  // namespace
}  // namespace setclick::csv
