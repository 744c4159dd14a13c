#include "setclickd/settings/replace_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "setclickd/settings/token.hpp"
#include "support/temp_dir.hpp"

namespace setclick::settings {
namespace {

using testing::HasSubstr;

class replace_file_test : public testing::Test {
protected:
    static std::string content(std::string const& path) {
        std::ifstream in(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    static mode_t mode_of(std::string const& path) {
        struct stat info {};
        EXPECT_EQ(::stat(path.c_str(), &info), 0);
        return info.st_mode & 07777U;
    }
    std::size_t entries() const {
        auto const all = std::filesystem::directory_iterator(dir.path());
        return static_cast<std::size_t>(std::distance(begin(all), end(all)));
    }
    test::temp_dir dir;
};

TEST_F(replace_file_test, ASecretIsWhatTheDaemonReadsWithNothingLeftBesideIt) {
    auto const path = dir.file("token");
    auto const old_mask = ::umask(0);
    for (std::string const value : {"first-token", "second-token"}) {
        ASSERT_TRUE(write_secret(path, secret<std::string>(value)));
        EXPECT_EQ(mode_of(path), 0600U);
        auto const read = read_token(path, "");
        ASSERT_TRUE(read) << read.error().message;
        EXPECT_EQ(read->reveal(), value);
    }
    ::umask(old_mask);
    EXPECT_EQ(entries(), 1U);
}

TEST_F(replace_file_test, ALinkOrADirectoryIsNotReplaced) {
    std::ofstream(dir.file("other")) << "untouched";
    ASSERT_EQ(::symlink(dir.file("other").c_str(), dir.file("link").c_str()), 0);
    ASSERT_EQ(::mkdir(dir.file("folder").c_str(), 0700), 0);
    for (auto const* const name : {"link", "folder"}) {
        auto const done = write_secret(dir.file(name), secret<std::string>("canary"));
        ASSERT_FALSE(done);
        EXPECT_EQ(done.error().code, errc::config);
        EXPECT_THAT(done.error().message, HasSubstr("not a regular file"));
    }
    EXPECT_EQ(content(dir.file("other")), "untouched");
    EXPECT_EQ(entries(), 3U);
}

TEST_F(replace_file_test, AMissingDirectoryIsNamed) {
    auto const done = write_secret(dir.file("none/token"), secret<std::string>("canary"));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, errc::not_found);
    EXPECT_THAT(done.error().message, HasSubstr("none/token"));
}

TEST_F(replace_file_test, AConfigurationKeepsItsModeAndANewOneIsForAllToRead) {
    auto const path = dir.file("c.toml");
    ASSERT_TRUE(write_configuration(path, "a"));
    EXPECT_EQ(mode_of(path), 0644U);
    ASSERT_EQ(::chmod(path.c_str(), 0640), 0);
    ASSERT_TRUE(write_configuration(path, "b"));
    EXPECT_EQ(mode_of(path), 0640U);
    EXPECT_EQ(content(path), "b");
}

}  // namespace
}  // namespace setclick::settings
