// What the web page shows beside the status: why lines were refused, what is held and what helps, and the
// JSON that carries it.
#include "setclickd/status_model/page_json.hpp"

#include <gmock/gmock.h>

#include <boost/json/serialize.hpp>

#include "../../../src/status_model/held_help.hpp"
#include "../../../src/status_model/reason_class.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/status_model/status_json.hpp"

namespace setclick::status_model {
namespace {

namespace json = boost::json;
using testing::HasSubstr;
using testing::Not;

TEST(reason_class, leaves_out_what_differs_from_line_to_line) {
    struct row {
        char const* reason;
        char const* becomes;
    };
    for (auto const& [reason, becomes] : {
             row{"click_time: is missing", "click_time: is missing"},
             row{"click_time: is missing; settings: is missing",
                 "click_time: is missing; settings: is missing"},
             row{"unexpected ',' at byte 17", "unexpected ','"},
             row{"JSON has no NaN at byte 1,217 (its line 12)", "JSON has no NaN"},
             row{"ends before its JSON does, after byte 88; is it cut off?",
                 "ends before its JSON does; is it cut off?"},
             row{"invalid UTF-8: byte 0xe4 at byte 3; is it Latin-1 or Windows-1252?",
                 "invalid UTF-8; is it Latin-1 or Windows-1252?"},
             row{"event_id: is 1,234 bytes long, at most 256 are allowed",
                 "event_id: is too long, at most 256 are allowed"},
             row{R"(event_id "crm-17" already used by a "b".ndjson:4 with other content)",
                 "event_id: already used with other content"},
             row{R"(account_id: "60a5" is not configured; here are "a" and "b")",
                 R"(account_id: "…" is not configured; here are "…" and "…")"},
             row{"is UTF-16; save the file as UTF-8", "is UTF-16; save the file as UTF-8"},
             row{R"(one " alone)", R"(one " alone)"},
             row{"at byte is not a place", "at byte is not a place"},
             row{"", ""},
         })
        EXPECT_EQ(reason_class(reason), becomes);
}

TEST(reason_class, shows_nothing_of_a_person_and_nothing_that_moves_a_terminal) {
    EXPECT_THAT(reason_class("a@example.com: is not a field"), Not(HasSubstr("example.com")));
    EXPECT_THAT(reason_class("a%40example.com: is not a field"), Not(HasSubstr("example.com")));
    EXPECT_THAT(reason_class(R"(click_time: "a@example.com" is no time)"),
                testing::Eq(R"(click_time: "…" is no time)"));
    EXPECT_EQ(reason_class("x\x1b[2J\xe2\x80\xae"), R"(x\x1b[2J\u{202e})");
    EXPECT_LE(reason_class(std::string(5000, 'x')).size(), 310U);
}

TEST(shell_word, is_one_word_of_a_shell_or_nothing) {
    EXPECT_EQ(shell_word("crm-2026.ndjson"), "crm-2026.ndjson");
    EXPECT_EQ(shell_word("a b"), "'a b'");
    EXPECT_EQ(shell_word("$(rm -rf ~)`x`;&|<>*?[]{}!#"), "'$(rm -rf ~)`x`;&|<>*?[]{}!#'");
    EXPECT_EQ(shell_word("a'; rm -rf ~; '"), R"('a'\''; rm -rf ~; '\''')");
    EXPECT_EQ(shell_word("größe.json"), "'größe.json'");
    EXPECT_EQ(shell_word("~root"), "'~root'");
    for (auto const* untypable : {"", "-rf", "a\nb", "a\\b", "a\xff", "\xe2\x80\xaegnp.js"})
        EXPECT_EQ(shell_word(untypable), std::nullopt) << untypable;
}

held_report held(held_class why, counted_reasons reasons) {
    held_report out;
    out.account = "60a5";
    out.why = why;
    out.reasons = std::move(reasons);
    return out;
}

std::string commands(held_report const& of) {
    std::string out;
    for (auto const& c : commands_for(of))
        out += c.command + "\n";
    return out;
}

TEST(held_help, each_reason_has_a_class_a_text_and_commands) {
    EXPECT_EQ(class_of("person"), held_class::person);
    EXPECT_EQ(class_of("expired"), held_class::expired);
    EXPECT_EQ(class_of("crash"), held_class::crash);
    EXPECT_EQ(class_of("unreadable-record"), held_class::unreadable);
    for (auto const* doubt : {"reset", "http-502", "in-doubt", "stray-answer", "restart", ""})
        EXPECT_EQ(class_of(doubt), held_class::in_doubt) << doubt;
    for (auto const why : {held_class::in_doubt, held_class::person, held_class::expired,
                           held_class::crash, held_class::unreadable}) {
        auto const row = held(why, {{"reset", 1}});
        EXPECT_NE(text_of(row), "");
        EXPECT_NE(name_of(why), "");
        ASSERT_FALSE(commands_for(row).empty());
        for (auto const& c : commands_for(row)) {
            EXPECT_THAT(c.command, testing::StartsWith("setclickd "));
            EXPECT_NE(c.does, "");
            // Whoever copies it without reading changes nothing.
            bool const changes = c.command.find(" release") != std::string::npos ||
                                 c.command.find(" discard") != std::string::npos ||
                                 c.command.find(" --resolve") != std::string::npos;
            EXPECT_EQ(changes, c.command.find("--dry-run") != std::string::npos) << c.command;
        }
    }
}

TEST(held_help, commands_name_the_events_as_exactly_as_the_filters_can) {
    EXPECT_THAT(commands(held(held_class::in_doubt, {{"http-502", 3}})),
                HasSubstr("setclickd release --state held --account 60a5 --reason http-502 "
                          "--dry-run\n"));
    EXPECT_THAT(commands(held(held_class::in_doubt, {{"http-502", 3}, {"reset", 1}})),
                HasSubstr("setclickd release --state held --account 60a5 --in-doubt --dry-run\n"));
    auto cut = held(held_class::in_doubt, {{"http-502", 3}});
    cut.is_cut = true;
    EXPECT_THAT(commands(cut), HasSubstr("--in-doubt"));
    EXPECT_THAT(commands(held(held_class::expired, {{"expired", 3}})),
                HasSubstr("--reason expired"));
    auto undecided = held(held_class::in_doubt, {});
    undecided.is_undecided = true;
    EXPECT_EQ(commands(undecided), "systemctl start setclickd\n");
    auto odd = held(held_class::person, {{"person", 1}});
    odd.account = "a; reboot";
    EXPECT_THAT(commands(odd), HasSubstr("--account 'a; reboot' "));
    odd.account = "a\nb";
    EXPECT_TRUE(commands_for(odd).empty());
}

file_report some_file() {
    file_report f;
    f.no = 7;
    f.name = "crm.ndjson";
    f.taken_at = from_ms(1'790'000'000'000);
    f.stage = file_stage::open;
    f.path = "work/7-crm.ndjson";
    f.bytes = 900;
    f.read_bytes = 900;
    f.waiting = 1;
    f.held = 2;
    f.delivered = 3;
    f.duplicate = 4;
    f.discarded = 5;
    f.refused_on_reading = 60;
    f.rejected_by_server = 7;
    f.refused_reasons = {{"click_time: is missing", 40}, {"settings: is missing", 2}};
    f.rejected_reasons = {{"http-400", 6}};
    return f;
}

TEST(page_json, of_a_file_adds_up) {
    auto const made = to_json(some_file());
    std::uint64_t sum = 0;
    for (auto const& [_, count] : made.at("events").as_object())
        sum += count.to_number<std::uint64_t>();
    EXPECT_EQ(made.at("lines"), sum);
    EXPECT_EQ(sum, 82U);
    EXPECT_EQ(made.at("events").at("rejected"), 67U);
    EXPECT_EQ(made.at("reasons"),
              json::value({{{"by", "line"}, {"reason", "click_time: is missing"}, {"count", 40}},
                           {{"by", "server"}, {"reason", "http-400"}, {"count", 6}},
                           {{"by", "line"}, {"reason", "settings: is missing"}, {"count", 2}}}));
    EXPECT_EQ(made.at("reasons_other"), 67U - 48U);
    EXPECT_EQ(made.at("taken_at"), "2026-09-21T14:13:20Z");
    EXPECT_TRUE(made.at("finished_at").is_null());
    EXPECT_EQ(made.at("command"), "setclickd list --file crm.ndjson --counts");
}

TEST(page_json, hostile_names_are_data) {
    auto f = some_file();
    f.name = "</script><img src=x onerror=alert(1)>\"'\n\x1b[31m\xe2\x80\xae\xff.json";
    f.path = "work/7-" + f.name;
    auto const made = to_json(f);
    auto const text = json::serialize(made);
    EXPECT_TRUE(is_utf8(text));
    for (char const c : text)
        EXPECT_GE(static_cast<unsigned char>(c), 0x20);
    EXPECT_THAT(text, Not(HasSubstr("\xe2\x80\xae")));
    EXPECT_EQ(made.at("name"),
              R"(</script><img src=x onerror=alert(1)>"'\n\x1b[31m\u{202e}\xff.json)");
    EXPECT_TRUE(made.at("command").is_null());
    f.name = std::string(100'000, 'x');
    EXPECT_LT(to_json(f).at("name").as_string().size(), 500U);
}

TEST(page_json, has_the_status_as_it_is) {
    page_report page;
    page.status.ledger_path = "/l";
    page.status.events.delivered = 5;
    page.recent_files = {some_file(), some_file()};
    page.held.push_back(held(held_class::expired, {{"expired", 3}}));
    page.held.back().count = 3;
    auto const made = page_json(page);
    EXPECT_EQ(made.at("status"), json::value(to_json(page.status)));
    EXPECT_EQ(made.at("recent_files").as_array().size(), 2U);
    auto const& row = made.at("held").at(0);
    EXPECT_EQ(row.at("kind"), "held");
    EXPECT_EQ(row.at("class"), "expired");
    EXPECT_EQ(row.at("count"), 3);
    EXPECT_TRUE(row.at("oldest_since").is_null());
    EXPECT_EQ(row.at("commands").as_array().size(), 2U);
}

}  // namespace
}  // namespace setclick::status_model
