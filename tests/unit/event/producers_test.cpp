// What PHP, PowerShell, spreadsheets and web pages make of an event on its way.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "event_fixture.hpp"
#include "setclickd/event/splitter.hpp"

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

/// What comes of a file: how many events are read, and why the others are not.
struct made_of_file {
    int events = 0;
    std::vector<std::string> refusals;
};

made_of_file made_of(std::string const& bytes, file_format by_name, std::size_t step = 1000) {
    made_of_file out;
    reader reads{one_account()};
    splitter s{by_name, 4096};
    std::size_t begin = 0;
    std::size_t end = 0;
    for (int guard = 0; !s.finished() && guard < 100'000; ++guard) {
        end = std::min(end + step, bytes.size());
        begin += s.consume(std::string_view(bytes).substr(begin, end - begin), end == bytes.size(),
                           [&](piece const& p) {
                               if (p.is_remark) return true;
                               if (!p.problem.empty()) {
                                   out.refusals.emplace_back(p.problem);
                                   return true;
                               }
                               auto const& read = reads.read(p.text, test_now);
                               if (read.accepted)
                                   ++out.events;
                               else
                                   out.refusals.push_back(findings_text(read.findings));
                               return true;
                           });
    }
    EXPECT_TRUE(s.finished());
    EXPECT_EQ(begin, bytes.size());
    return out;
}

std::string three_events(std::string const& between) {
    std::string out;
    for (auto const* id : {"a", "b", "c"})
        out += event_with("\"event_id\":\"" + std::string(id) + "\"") + between;
    return out;
}

TEST(producers, the_line_ends_of_other_programs_end_an_event) {
    for (std::string const end : {"\v", "\f", "\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9"})
        for (std::string const& between : {end, end + "\n", "\n" + end, end + "\r\n", end + end})
            for (auto const by_name : {file_format::lines, file_format::elements})
                for (std::size_t const step : {1, 7, 1000}) {
                    auto const got = made_of(three_events(between), by_name, step);
                    EXPECT_EQ(got.events, 3) << between << " in steps of " << step;
                    EXPECT_TRUE(got.refusals.empty()) << got.refusals.front();
                }
    // Inside a string they are what somebody wrote.
    EXPECT_EQ(findings_of(event_with_settings("{\"note\":\"a\xE2\x80\xA8 b\xC2\x85\"}")), "");
}

TEST(producers, a_byte_too_many_at_the_end_of_a_wide_file_is_named_as_what_it_is) {
    auto const wide = [](std::string const& text, std::size_t unit) {
        std::string out;
        for (char const c : text)
            out += c + std::string(unit - 1, '\0');
        return out;
    };
    for (std::size_t const unit : {std::size_t{2}, std::size_t{4}}) {
        auto const whole = wide(three_events("\n"), unit);
        // A tool that knows nothing of it has ended the last line, or a byte of the line's end is cut off.
        for (auto const& text : {whole + "\n", whole.substr(0, whole.size() - 1)}) {
            auto const got = made_of(text, file_format::lines);
            EXPECT_EQ(got.events, 3) << unit;
            EXPECT_TRUE(got.refusals.empty()) << got.refusals.front();
        }
        auto const cut = made_of(whole.substr(0, whole.size() - unit - 1), file_format::lines);
        EXPECT_EQ(cut.events, 2);
        ASSERT_EQ(cut.refusals.size(), 1U);
        EXPECT_EQ(cut.refusals.front().find("UTF-8"), cut.refusals.front().rfind("UTF-8"));
        EXPECT_NE(cut.refusals.front().find("is not whole in UTF-" + std::to_string(8 * unit)),
                  std::string::npos)
            << cut.refusals.front();
    }
}

TEST(producers, latin_1_is_named_with_the_cure) {
    auto const found = [](std::string const& name) {
        return findings_of(event_with_settings("{\"n\":\"" + name + "\"}"));
    };
    for (auto const* name : {"N\xFA\xF1"
                             "ez",
                             "Jos\xE9", "\x80 5"}) {
        EXPECT_NE(found(name).find("invalid UTF-8: byte 0x"), std::string::npos);
        EXPECT_NE(found(name).find("Windows-1252"), std::string::npos) << found(name);
    }
    for (auto const* name : {"\xC0\x80", "\xED\xA0\x80", "\xFF"})
        EXPECT_EQ(found(name).find("Windows-1252"), std::string::npos) << found(name);
}

TEST(producers, an_array_among_lines_is_told_where_it_belongs) {
    auto const one = event_with("\"event_id\":\"a\"");
    auto const got =
        made_of(one + "\n[" + one + "," + one + "]\n" + one + "\n", file_format::lines);
    EXPECT_EQ(got.events, 2);
    ASSERT_EQ(got.refusals.size(), 1U);
    EXPECT_EQ(got.refusals.front(),
              "must be an object, is an array: each of its events belongs on a line of its own, or "
              "the array alone into a file");
}

}  // namespace
}  // namespace setclick::event
