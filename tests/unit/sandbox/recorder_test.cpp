#include "sandbox/recorder.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/json/parse.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "sandbox/json_text.hpp"
#include "temporary_directory.hpp"

namespace setclick::sandbox {
namespace {

namespace json = boost::json;

std::string json_string(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

TEST(append_json_string, whatever_goes_in_well_formed_json_comes_out) {
    EXPECT_EQ(json_string("plain ä€😀"), "\"plain ä€😀\"");
    EXPECT_EQ(json_string("\"\\\n\t\x01\x7f"), "\"\\\"\\\\\\n\\t\\u0001\\u007f\"");
    EXPECT_EQ(json_string("a\xff\xc3z"), "\"a\\ufffd\\ufffdz\"");
    EXPECT_EQ(json_string("\xed\xa0\x80"), "\"\\ufffd\\ufffd\\ufffd\"");
    dice numbers(5);
    for (int i = 0; i < 3000; ++i) {
        std::string text(numbers.next() % 20, '\0');
        for (auto& c : text)
            c = static_cast<char>(numbers.next());
        EXPECT_NO_THROW(json::parse(json_string(text)));
    }
}

std::string content(std::string const& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

TEST(recorder, a_request_is_a_line_without_its_token) {
    temporary_directory const dir;
    auto files = recorder::open({dir / "record", dir / "book", dir / "raw"});
    ASSERT_TRUE(files);
    request r;
    r.method = "POST";
    r.target = "/api/auth/v1.0/set-click";
    r.add_field("Host", "localhost");
    r.add_field("AUTHORIZATION", "Bearer canary-token");
    r.raw = "raw bytes";
    r.is_complete = true;
    form f;
    f.decode("account_id=A&settings=%7B%22x%22%3A1%7D");
    outcome o;
    o.status = 200;
    o.booked = o.authorized = true;
    o.token = 3;
    o.fault = fault_kind::slow_bytes;
    files->note(r, {7, 2}, &f, o, {from_ms(1'750'000'000'123), steady_time{5s}});
    ASSERT_TRUE(files->flush());

    auto const line = content(dir / "record");
    EXPECT_EQ(line.find("canary"), std::string::npos);
    EXPECT_TRUE(line.ends_with("}\n"));
    auto const record = json::parse(line);
    EXPECT_EQ(
        record,
        json::parse(
            R"({"time_ms":1750000000123,"mono_us":5000000,"connection":7,"request":2,"method":"POST",
            "target":"/api/auth/v1.0/set-click","headers":{"Host":"localhost","AUTHORIZATION":"Bearer ***"},
            "authorized":true,"token":3,"form":{"account_id":"A","settings":"{\"x\":1}"},"status":200,
            "fault":"slow_bytes","booked":true})"));
    auto const book = json::parse(content(dir / "book"));
    EXPECT_EQ(book.at("form").at("settings"), "{\"x\":1}");
    EXPECT_EQ(book.at("connection"), 7);
    EXPECT_EQ(content(dir / "raw"), "raw bytes");
    struct stat raw {};
    ASSERT_EQ(::stat((dir / "raw").c_str(), &raw), 0);
    EXPECT_EQ(raw.st_mode & 0777U, 0600U);
}

TEST(recorder, unbooked_and_incomplete_requests_are_in_the_record_only) {
    temporary_directory const dir;
    auto files = recorder::open({dir / "record", dir / "book", ""});
    ASSERT_TRUE(files);
    EXPECT_FALSE(files->wants_raw());
    request r;
    form f;
    f.decode("a=1&a=2");
    files->note(r, {1, 1}, &f, {}, {});
    ASSERT_TRUE(files->flush());
    auto const record = json::parse(content(dir / "record"));
    EXPECT_EQ(record.at("complete"), false);
    EXPECT_EQ(record.at("repeated"), true);
    EXPECT_TRUE(record.at("token").is_null());
    EXPECT_TRUE(record.at("fault").is_null());
    EXPECT_EQ(content(dir / "book"), "");
}

TEST(block_file, lines_are_appended_to_what_was_there) {
    temporary_directory const dir;
    for (int round = 0; round < 2; ++round) {
        auto file = block_file::open(dir / "f", 0600);
        ASSERT_TRUE(file);
        // More than one block, so that a part is written before the end.
        for (int i = 0; i < 40'000; ++i) {
            file->buffer() += "0123456789\n";
            file->appended();
        }
    }
    EXPECT_EQ(content(dir / "f").size(), 2U * 40'000 * 11);
}

TEST(block_file, a_write_that_failed_is_said_by_every_flush_after_it) {
    auto file = block_file::open("/dev/full", 0600);
    ASSERT_TRUE(file);
    EXPECT_TRUE(file->flush());
    file->buffer() += "x";
    auto const first = file->flush();
    ASSERT_FALSE(first);
    EXPECT_EQ(first.error().code, errc::disk_full);
    EXPECT_FALSE(file->flush());
    EXPECT_FALSE(block_file::open("/nonexistent/x", 0600));
}

}  // namespace
}  // namespace setclick::sandbox
