// The compact text: what a producer wrote, in the fewest bytes that mean the same.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "event_fixture.hpp"
#include "setclickd/base/text.hpp"

namespace setclick::event {
namespace {

namespace json = boost::json;

std::string settings_of(std::string_view settings) {
    reader reads{one_account()};
    auto const& out = reads.read(event_with_settings(settings), test_now);
    if (!out.accepted) return "refused: " + findings_text(out.findings);
    return std::string(out.value.settings);
}

TEST(reader_text, numbers_keep_their_source_text) {
    for (auto const* number : {"198.09", "1e3", "1E+3", "-0", "0.10", "100000000000000000000",
                               "1.0", "5e-1", "1234567890123456789.123456789"}) {
        auto const text = std::string(R"({"value":)") + number + "}";
        EXPECT_EQ(settings_of(text), text);
        auto const in_array = std::string("{\"v\":[") + number + "," + number + "]}";
        EXPECT_EQ(settings_of(in_array), in_array);
    }
}

TEST(reader_text, white_space_goes_and_order_stays) {
    EXPECT_EQ(
        settings_of(
            "{ \"z\" : [ 1 , { } , [ ] , null ] ,\n\t\"a\" : { \"b\" : true , \"c\":false } }"),
        R"({"z":[1,{},[],null],"a":{"b":true,"c":false}})");
}

TEST(reader_text, strings_are_escaped_as_little_as_json_allows) {
    EXPECT_EQ(settings_of(R"({"v":"\u0041\/\u00e9\ud83d\ude00\"\\\b\f\n\r\t\u0001\u001F\u007f"})"),
              "{\"v\":\"A/é😀\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"}");
    EXPECT_EQ(settings_of(R"({"\u0061\n":1})"), R"({"a\n":1})");
}

TEST(reader_text, long_strings_with_escapes_come_out_whole_at_every_alignment) {
    // The parser works in pieces of 4096 bytes once a string holds an escape.
    for (std::size_t lead = 4070; lead < 4110; ++lead) {
        auto const text = "\\n" + std::string(lead, 'a') + "é€😀\\u00e9\\ud83d\\ude00" +
                          std::string(5000, 'b') + "€";
        auto const want = "\\n" + std::string(lead, 'a') + "é€😀é😀" + std::string(5000, 'b') + "€";
        EXPECT_EQ(settings_of("{\"v\":\"" + text + "\"}"), "{\"v\":\"" + want + "\"}") << lead;
    }
}

/// A random JSON value in a random spelling, and what it means.
class random_json {
public:
    explicit random_json(std::uint32_t seed) : random_(seed) {}

    json::object object(int depth) {
        json::object out;
        for (auto n = random_() % 5; n > 0; --n)
            out[random_text(random_, 6)] = value(depth);
        return out;
    }

    std::string spell(json::value const& value) {
        if (auto const* const o = value.if_object()) {
            std::string out = "{" + space();
            bool is_first = true;
            for (auto const& m : *o) {
                if (!is_first) out += "," + space();
                is_first = false;
                out += spell_text({m.key().data(), m.key().size()}) + space() + ":" + space() +
                       spell(m.value());
            }
            return out + space() + "}";
        }
        if (auto const* const a = value.if_array()) {
            std::string out = "[" + space();
            for (std::size_t i = 0; i < a->size(); ++i)
                out += (i > 0 ? "," + space() : "") + spell((*a)[i]);
            return out + "]";
        }
        if (auto const* const s = value.if_string()) return spell_text({s->data(), s->size()});
        return json::serialize(value);
    }

private:
    json::value value(int depth) {
        switch (random_() % (depth > 0 ? 7 : 5)) {
            case 0:
                return json::string(random_text(random_));
            case 1:
                return static_cast<std::int64_t>(random_()) - 1'000'000'000;
            case 2:
                return random_() % 2 == 0;
            case 3:
                return nullptr;
            case 4:
                return json::string("");
            case 5:
                return object(depth - 1);
            default: {
                json::array out;
                for (auto n = random_() % 4; n > 0; --n)
                    out.push_back(value(depth - 1));
                return out;
            }
        }
    }

    std::string space() {
        return std::string(random_() % 3, ' ') + (random_() % 8 == 0 ? "\n" : "");
    }

    /// Each ASCII character raw or escaped in any way that JSON has; other characters raw.
    std::string spell_text(std::string_view text) {
        std::string out = "\"";
        for (char const c : text) {
            auto const byte = static_cast<unsigned char>(c);
            if (byte < 0x20 || (byte < 0x80 && random_() % 10 == 0)) {
                char buffer[8];
                std::snprintf(buffer, sizeof buffer, random_() % 2 == 0 ? "\\u%04x" : "\\u%04X",
                              byte);
                out += buffer;
            } else if (c == '"' || c == '\\' || (c == '/' && random_() % 2 == 0)) {
                out += std::string("\\") + c;
            } else {
                out += c;
            }
        }
        return out + "\"";
    }

    std::mt19937 random_;
};

TEST(reader_text, random_values_mean_the_same_and_random_spellings_have_one_text) {
    random_json random{7};
    reader reads{one_account()};
    for (int round = 0; round < 3000; ++round) {
        auto const settings = random.object(4);
        auto const first = reads.read(event_with_settings(random.spell(settings)), test_now);
        ASSERT_TRUE(first.accepted) << findings_text(first.findings);
        std::string const text{first.value.settings};
        auto const key = first.content;
        ASSERT_TRUE(is_utf8(text));
        boost::system::error_code ec;
        EXPECT_EQ(json::parse(text, ec), json::value(settings));
        auto const& second = reads.read(event_with_settings(random.spell(settings)), test_now);
        EXPECT_EQ(second.value.settings, text);
        EXPECT_EQ(second.content, key);
    }
}

}  // namespace
}  // namespace setclick::event
