#include "sandbox/form.hpp"

#include <gtest/gtest.h>

#include <cstdio>

#include "sandbox/faults.hpp"

namespace setclick::sandbox {
namespace {

std::string shown(form const& f) {
    std::string out;
    for (auto const& [name, value] : f.items())
        out.append(name).append("=").append(value).append(";");
    return out;
}

TEST(form, urlencoded_texts_decode_in_order_and_broken_escapes_stay) {
    struct {
        char const* text;
        char const* expected;
    } const cases[] = {
        {"", ""},
        {"a=1&b=2&a=3", "a=1;b=2;a=3;"},
        {"a=x+y%20z", "a=x y z;"},
        {"a=%2B%26%3D%25", "a=+&=%;"},
        {"a=%c3%A4", "a=\xc3\xa4;"},
        {"a&b=&=c&&", "a=;b=;=c;"},
        {"a=b=c", "a=b=c;"},
        {"a=%", "a=%;"},
        {"a=%4", "a=%4;"},
        {"a=%zz%41", "a=%zzA;"},
    };
    form f;
    for (auto const& c : cases) {
        f.decode(c.text);
        EXPECT_EQ(shown(f), c.expected) << c.text;
    }
}

TEST(form, any_bytes_encoded_decode_to_the_same_bytes) {
    dice numbers(7);
    form f;
    for (int round = 0; round < 2000; ++round) {
        std::string value(numbers.next() % 40, '\0');
        std::string text = "v=";
        for (auto& c : value) {
            c = static_cast<char>(numbers.next());
            char escape[4];
            std::snprintf(escape, sizeof escape, "%%%02X", static_cast<unsigned char>(c));
            text += escape;
        }
        f.decode(text);
        ASSERT_EQ(f.find("v"), value);
    }
}

TEST(form, find_gives_the_last_of_a_repeated_name) {
    form f;
    f.decode("a=1&b=2&a=3");
    EXPECT_EQ(f.find("a"), "3");
    EXPECT_EQ(f.find("c"), std::nullopt);
    EXPECT_TRUE(f.has_repeated_name());
    f.decode("a=1&b=2");
    EXPECT_FALSE(f.has_repeated_name());
}

TEST(form, multipart_parts_decode_with_line_ends_inside_and_empty) {
    form f;
    f.decode_multipart(
        "--XX\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\nme@example.com\r\n"
        "--XX\r\ncontent-disposition: form-data; name=\"password\"\r\nX: y\r\n\r\nline\r\nline\r\n"
        "--XX\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n\r\n--XX--\r\n",
        "XX");
    EXPECT_EQ(shown(f), "email=me@example.com;password=line\r\nline;empty=;");
}

TEST(form, cut_off_multipart_gives_the_whole_parts_only) {
    std::string const whole =
        "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--XX--\r\n";
    form f;
    for (std::size_t size = 0; size < whole.size(); ++size) {
        f.decode_multipart(std::string_view(whole).substr(0, size), "XX");
        EXPECT_LE(f.items().size(), 1U);
        for (auto const& item : f.items())
            EXPECT_EQ(item.value, "1");
    }
}

TEST(header_parameter, quoted_and_bare_values_are_found) {
    EXPECT_EQ(header_parameter("multipart/form-data; boundary=\"a b\"", "boundary"), "a b");
    EXPECT_EQ(header_parameter("multipart/form-data; x=1; Boundary=ab ; y=2", "boundary"), "ab");
    EXPECT_EQ(header_parameter("text/plain", "boundary"), "");
}

}  // namespace
}  // namespace setclick::sandbox
