#include <gtest/gtest.h>

#include "setclickd/reconcile/compare.hpp"

namespace setclick::reconcile {
namespace {

TEST(series_of, every_utm_parameter_and_the_label_of_its_path) {
    event::view e;
    e.url_parameters =
        R"({"utm_medium":"m","utm_source":"s\u00e9","utm_campaign":"c","utm_term":"t","utm_matchtype":"exact","gclid":"x"})";
    e.lead = R"({"label":"call","value":7})";
    e.settings = R"({"conversion_type":"lead"})";
    EXPECT_EQ(series_of(e, "lead.label"),
              (series_key{"call", "s\xC3\xA9", "m", "c", "t", "exact"}));
    EXPECT_EQ(series_of(e, "settings.conversion_type").label, "lead");
    e.url_parameters = R"({"utm_medium":"m"})";
    e.lead = "";
    EXPECT_EQ(series_of(e, "lead.label"), (series_key{"", "", "m", "", "", ""}));
}

TEST(is_microconversion, flag_or_member_of_one) {
    event::view e;
    e.settings = R"({"email":"a@example.com"})";
    EXPECT_FALSE(is_microconversion(e));
    e.microconversion = true;
    EXPECT_TRUE(is_microconversion(e));
    e.microconversion = false;
    for (auto const* lead : {R"({"microconversion":"1"})", R"({"microconversion":1})",
                             R"({"microconversion":true})"}) {
        e.lead = lead;
        EXPECT_TRUE(is_microconversion(e)) << lead;
    }
    for (auto const* lead : {R"({"microconversion":"0"})", R"({"microconversion":false})",
                             R"({"note":"microconversion"})"}) {
        e.lead = lead;
        EXPECT_FALSE(is_microconversion(e)) << lead;
    }
}

}  // namespace
}  // namespace setclick::reconcile
