// What PHP, PowerShell, spreadsheets and web pages make of an event on its way.
#include <gtest/gtest.h>

#include "event_fixture.hpp"

namespace setclick::event {
namespace {

TEST(producers, an_empty_array_of_php_is_an_empty_map) {
    reader array{one_account()};
    reader object{one_account()};
    auto const& a = array.read(event_with_settings("[]"), test_now);
    auto const& b = object.read(event_with_settings("{}"), test_now);
    ASSERT_TRUE(a.accepted);
    EXPECT_EQ(a.value.settings, "{}");
    EXPECT_EQ(a.content, b.content) << "one content, one event";
    EXPECT_EQ(findings_of(event_with(R"("lead":[ ])")), "");
    EXPECT_EQ(findings_of(R"({"click_time":1634707888000,"url_parameters":[],"settings":{}})"),
              "url_parameters: needs at least one utm_ parameter, such as utm_source");
    EXPECT_EQ(findings_of(event_with_settings("[1]")), "settings: must be an object, is an array");
    EXPECT_EQ(findings_of(event_with_settings(R"({"items":[]})")), "") << "deeper it stays one";
}

TEST(producers, what_powershell_cut_off_is_named) {
    for (auto const* text :
         {R"("@{email=x}")", R"("System.Collections.Hashtable")", R"("System.Object[]")",
          R"("System.Management.Automation.PSCustomObject")"}) {
        auto const found = findings_of(event_with_settings(text));
        EXPECT_NE(found.find("settings: PowerShell"), std::string::npos) << found;
        EXPECT_NE(found.find("ConvertTo-Json -Depth 10"), std::string::npos) << found;
        auto const inside = event_with_settings(R"({"order":)" + std::string(text) + "}");
        EXPECT_EQ(findings_of(inside), "");
        EXPECT_NE(warnings_of(inside).find("settings.order: is what PowerShell writes"),
                  std::string::npos);
    }
    EXPECT_EQ(warnings_of(event_with_settings(R"({"a":"System of a Down","b":"@home"})")), "");
}

TEST(producers, invisible_characters_around_an_id_are_taken_off_and_said) {
    for (auto const* id : {"z1\xE2\x80\x8B", "z1\xC2\xA0", " z1", "\xEF\xBB\xBFz1 "}) {
        reader reads{one_account()};
        auto const& out =
            reads.read(event_with("\"event_id\":\"" + std::string(id) + "\""), test_now);
        ASSERT_TRUE(out.accepted) << id;
        EXPECT_EQ(out.value.event_id, "z1");
        EXPECT_NE(findings_text(out.warnings).find("event_id: has white space"), std::string::npos);
    }
    EXPECT_EQ(findings_of(event_with("\"event_id\":\"\xC2\xA0\"")),
              "event_id: is empty; leave it out instead");
    EXPECT_NE(warnings_of(event_with("\"event_id\":\"z\xE2\x80\x8B"
                                     "1\""))
                  .find("U+200B"),
              std::string::npos);
}

TEST(producers, invisible_characters_in_names_are_refused_and_around_values_said) {
    EXPECT_NE(findings_of("{\"click_time\":1634707888000,\"settings\":{},\"url_parameters\":{"
                          "\"utm_source\":\"s\",\"utm_medium\xE2\x80\x8B\":\"m\"}}")
                  .find("U+200B"),
              std::string::npos);
    EXPECT_NE(warnings_of(event_with_settings("{\"e\xC2\xA0mail\":\"x\"}")).find("U+00A0"),
              std::string::npos);
    EXPECT_NE(warnings_of(event_with_settings("{\"email\":\"user\xC2\xA0\"}"))
                  .find("settings.email: begins or ends"),
              std::string::npos);
    // Words of other scripts, joiners inside a word among them, are what they are.
    EXPECT_EQ(warnings_of(event_with_settings("{\"city\":\"M\xC3\xBCnchen \xC3\xA9\"}")), "");
    EXPECT_EQ(findings_of(event_with_settings("{\"a\xE2\x80\x8C"
                                              "b\":1}")),
              "");
}

}  // namespace
}  // namespace setclick::event
