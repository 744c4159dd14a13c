// The form body against Python's own urllib.parse, which the vendor's example uses (through
// requests).
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <memory>

#include "../event/event_fixture.hpp"
#include "api/form.hpp"
#include "request_fixture.hpp"
#include "setclickd/event/record.hpp"

namespace setclick::api {
namespace {

/// What `python3 -c program file` prints; the file holds `input`.
std::string python(std::string const& program, std::string const& input = {}) {
    auto const path = testing::TempDir() + "/request_python_test." + std::to_string(std::rand());
    std::ofstream(path, std::ios::binary) << input;
    auto const script = path + ".py";
    std::ofstream(script, std::ios::binary) << program;
    auto const command = "python3 " + script + " " + path;
    std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    std::string out;
    char buffer[4096];
    while (auto const n = std::fread(buffer, 1, sizeof buffer, pipe.get()))
        out.append(buffer, n);
    std::remove(path.c_str());
    std::remove(script.c_str());
    return out;
}

TEST(request_python, vendors_example_is_byte_for_byte_what_urlencode_makes_of_it) {
    auto const want = python(R"(
from urllib.parse import urlencode
payload = {
'account_id': '60a52f6ac660b269d13c3f53',
'url_parameters': '{"utm_medium":"my-medium-01","utm_source":"my-source-01"}',
'click_time': '1634707888',
'settings': '{"email":"[email protected]"}',
'referrer': '"https://facebook.com/"',
'current_url': '"https://sealmetrics.com/"'
}
print(urlencode(payload), end='')
)");
    ASSERT_NE(want, "") << "python3 is needed for this test";
    dialect d;
    d.click_time_unit = time_unit::s;
    EXPECT_EQ(body_of(vendors_example(), d), want);
}

TEST(request_python, every_byte_is_encoded_as_quote_plus_does) {
    auto const want = python(R"(
from urllib.parse import quote_plus
print(quote_plus(bytes(range(256))), end='')
)");
    std::string all;
    for (int c = 0; c < 256; ++c)
        all += static_cast<char>(c);
    std::string got;
    append_encoded(got, all);
    EXPECT_EQ(got, want);
}

TEST(request_python, random_events_from_line_to_body_mean_the_same_to_python) {
    // Line → reader → record → body; Python reads the line itself, builds the payload and encodes
    // it.
    std::mt19937 random{17};
    event::reader reads{event::one_account()};
    std::string lines;
    std::vector<std::string> bodies;
    auto const text = [&] {
        std::string out = "\"";
        for (char const c : event::random_text(random)) {
            auto const byte = static_cast<unsigned char>(c);
            char buffer[8];
            std::snprintf(buffer, sizeof buffer, "\\u%04x", byte);
            if (byte < 0x20 || c == '"' || c == '\\' || (byte < 0x80 && random() % 8 == 0))
                out += buffer;
            else
                out += c;
        }
        return out + "\"";
    };
    for (int i = 0; i < 2000; ++i) {
        auto const line = R"({"click_time":1634707888000,"url_parameters":{"utm_source":)" +
                          text() + R"(,"k":)" + text() + R"(},"settings":{"a":)" + text() +
                          R"(,"b":[)" + text() + R"(,198.09]},"referrer":)" + text() +
                          R"(,"current_url":)" + text() + R"(,"lead":{"label":)" + text() + "}}";
        auto const& out = reads.read(line, event::test_now);
        ASSERT_TRUE(out.accepted) << findings_text(out.findings);
        std::string record;
        append_record(record, out.value);
        std::string body;
        append_body(body, {}, out.value.account_id, *event::parse_record(record));
        lines += line + "\n";
        bodies.push_back(std::move(body));
    }
    auto const answer = python(R"(
import json, sys
from urllib.parse import urlencode
compact = lambda v: json.dumps(v, ensure_ascii=False, separators=(',', ':')).replace('\x7f', '\x7f')
for line in open(sys.argv[1], encoding='utf-8', newline='\n'):
    e = json.loads(line)
    print(urlencode({
        'account_id': '60a52f6ac660b269d13c3f53',
        'url_parameters': compact(e['url_parameters']),
        'click_time': str(e['click_time']),
        'settings': compact(e['settings']),
        'referrer': compact(e['referrer']),
        'current_url': compact(e['current_url']),
        'lead': compact(e['lead'])}))
)",
                               lines);
    std::string want;
    for (auto const& body : bodies)
        want += body + "\n";
    EXPECT_TRUE(answer == want)
        << "first difference at "
        << std::mismatch(answer.begin(), answer.end(), want.begin(), want.end()).first -
               answer.begin();
}

}  // namespace
}  // namespace setclick::api
