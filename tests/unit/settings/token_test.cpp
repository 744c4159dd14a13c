#include "setclickd/settings/token.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "support/temp_dir.hpp"

namespace setclick::settings {
namespace {

using testing::HasSubstr;

class settings_token : public testing::Test {
protected:
    std::string write(std::string const& name, std::string const& content, mode_t mode = 0600) {
        auto const path = dir.file(name);
        std::ofstream(path, std::ios::binary) << content;
        ::chmod(path.c_str(), mode);
        return path;
    }
    test::temp_dir dir;
};

TEST_F(settings_token, trailing_line_end_is_dropped) {
    for (std::string const end : {"", "\n", "\r\n", "\n\n"}) {
        auto const token = read_token(write("t", "eyJ.abc-_" + end), "");
        ASSERT_TRUE(token) << token.error().message;
        EXPECT_EQ(token->reveal(), "eyJ.abc-_");
    }
}

TEST_F(settings_token, mode_decides_whether_the_file_is_used) {
    struct {
        mode_t mode;
        bool as_path, as_credential;
    } const table[] = {{0600, true, true},   {0400, true, true},   {0440, false, true},
                       {0640, false, true},  {0660, false, false}, {0604, false, false},
                       {0644, false, false}, {0602, false, false}, {0620, false, false},
                       {0700, true, true}};
    for (auto const& [mode, as_path, as_credential] : table) {
        auto const path = write("t", "abc", mode);
        EXPECT_EQ(read_token(path, "").has_value(), as_path) << std::oct << mode;
        EXPECT_EQ(read_token("credential:t", dir.path()).has_value(), as_credential)
            << std::oct << mode;
    }
    auto const refused = read_token(write("t", "abc", 0644), "");
    EXPECT_THAT(refused.error().message, HasSubstr("chmod 0600"));
    EXPECT_EQ(refused.error().code, errc::config);
}

TEST_F(settings_token, content_that_is_no_token_is_refused_and_never_printed) {
    for (std::string const& content :
         {std::string(), std::string("\n"), std::string("canary with blanks"),
          std::string("canary\nsecond"), std::string("canary\x01"), std::string("canary\0x", 8),
          std::string("canary\xc3\xa9"), std::string("Bearer canary"),
          "canary" + std::string(70'000, 'x')}) {
        auto const token = read_token(write("t", content), "");
        ASSERT_FALSE(token) << content.substr(0, 20);
        EXPECT_EQ(token.error().code, errc::config);
        EXPECT_EQ(token.error().message.find("canary"), std::string::npos);
        EXPECT_THAT(token.error().message, HasSubstr(dir.file("t")));
    }
}

TEST_F(settings_token, password_may_hold_blanks_and_other_letters_but_no_control_characters) {
    EXPECT_EQ(read_password(write("p", "pass w\xc3\xb6rd\n"), "")->reveal(), "pass w\xc3\xb6rd");
    EXPECT_FALSE(read_password(write("p", "two\nlines"), ""));
    EXPECT_FALSE(read_password(write("p", "bad\xff"), ""));
    EXPECT_FALSE(read_password(write("p", ""), ""));
}

TEST_F(settings_token, link_is_refused_as_a_path_and_followed_as_a_credential) {
    write("t", "abc");
    ASSERT_EQ(::symlink("t", dir.file("link").c_str()), 0);
    EXPECT_THAT(read_token(dir.file("link"), "").error().message, HasSubstr("symbolic link"));
    EXPECT_TRUE(read_token("credential:link", dir.path()));
}

TEST_F(settings_token, fifo_or_directory_is_refused_without_waiting) {
    ASSERT_EQ(::mkfifo(dir.file("fifo").c_str(), 0600), 0);
    EXPECT_THAT(read_token(dir.file("fifo"), "").error().message, HasSubstr("not a regular file"));
    EXPECT_FALSE(read_token(dir.path(), ""));
}

TEST_F(settings_token, missing_file_is_not_found) {
    EXPECT_EQ(read_token(dir.file("none"), "").error().code, errc::not_found);
}

TEST_F(settings_token, credential_needs_a_directory_and_a_plain_name) {
    EXPECT_THAT(read_token("credential:seal", "").error().message,
                HasSubstr("LoadCredential=seal:FILE"));
    for (std::string const name : {"", "..", ".", "a/b", "../t"})
        EXPECT_FALSE(read_token("credential:" + name, dir.path())) << name;
    EXPECT_EQ(*secret_path("credential:seal", "/run/credentials/x"), "/run/credentials/x/seal");
    EXPECT_EQ(*secret_path("/etc/t", "/run/credentials/x"), "/etc/t");
}

}  // namespace
}  // namespace setclick::settings
