// Real files, real looks, twice a second.
#include "daemon/token_watch.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace setclick::daemon {
namespace {

struct TokenWatch : testing::Test {
    struct finding {
        account_no account{};
        bool is_password = false;
        bool asked = false;
        std::string secret;  ///< "error" for none
    };

    TokenWatch() {
        std::string name = "/tmp/setclick-token-XXXXXX";
        directory = ::mkdtemp(name.data());
    }
    ~TokenWatch() override { std::filesystem::remove_all(directory); }

    std::string file(std::string const& name, std::string const& content) const {
        auto const path = directory + "/" + name;
        {
            std::ofstream out(path, std::ios::trunc);
            out << content;
        }
        ::chmod(path.c_str(), 0600);
        return path;
    }
    token_watch::found collect() {
        return
            [this](token_watch::source const& from, result<secret<std::string>> found, bool asked) {
                seen.push_back({from.account, from.is_password, asked,
                                found ? std::string(found->reveal()) : std::string("error")});
            };
    }
    /// Runs the main thread until `count` findings are there, or `at_most` is over.
    void run(std::size_t count, std::chrono::milliseconds at_most = std::chrono::seconds(20)) {
        auto const until = std::chrono::steady_clock::now() + at_most;
        while (seen.size() < count && std::chrono::steady_clock::now() < until) {
            context.restart();
            context.run_one_for(std::chrono::milliseconds(20));
        }
    }

    std::string directory;
    boost::asio::io_context context{1};
    std::vector<finding> seen;
};

TEST_F(TokenWatch, WhatIsThereAtTheStartIsNoNews) {
    auto const path = file("token", "first");
    token_watch watch(context, "", collect());
    watch.watch({{account_no{1}, path, false}});
    run(1, std::chrono::milliseconds(1500));
    EXPECT_TRUE(seen.empty());
}

TEST_F(TokenWatch, AFileThatIsWrittenIsReadWithinSeconds) {
    auto const path = file("token", "first");
    token_watch watch(context, "", collect());
    watch.watch({{account_no{1}, path, false}});
    file("token", "second");
    run(1);
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_EQ(seen[0].account, account_no{1});
    EXPECT_EQ(seen[0].secret, "second");
    EXPECT_FALSE(seen[0].asked);
}

TEST_F(TokenWatch, AFileThatIsReplacedIsNewsAlsoWithTheSameContent) {
    auto const path = file("token", "same");
    token_watch watch(context, "", collect());
    watch.watch({{account_no{1}, path, false}});
    std::filesystem::rename(file("token.new", "same"), path);
    run(1);
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_EQ(seen[0].secret, "same");
}

TEST_F(TokenWatch, AFileThatGoesAwayIsNoNewsAndItsReturnIs) {
    auto const path = file("token", "first");
    token_watch watch(context, "", collect());
    watch.watch({{account_no{1}, path, false}});
    std::filesystem::remove(path);
    run(1, std::chrono::milliseconds(1600));
    EXPECT_TRUE(seen.empty());
    file("token", "second");
    run(1);
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_EQ(seen[0].secret, "second");
}

TEST_F(TokenWatch, WhoAsksIsAnsweredAlsoWhenNothingChanged) {
    auto const path = file("password", "correct horse");
    token_watch watch(context, "", collect());
    watch.watch({{account_no{2}, path, true}});
    watch.read_now(account_no{2});
    run(1);
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_TRUE(seen[0].asked);
    EXPECT_TRUE(seen[0].is_password);
    EXPECT_EQ(seen[0].secret, "correct horse");
}

TEST_F(TokenWatch, AFileThatOthersMayReadIsAnError) {
    auto const path = file("token", "first");
    ::chmod(path.c_str(), 0644);
    token_watch watch(context, "", collect());
    watch.watch({{account_no{1}, path, false}});
    watch.read_now(account_no{1});
    run(1);
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_EQ(seen[0].secret, "error");
}

TEST_F(TokenWatch, WhatWasWrittenJustBeforeAReloadIsStillNews) {
    auto const path = file("token", "first");
    token_watch watch(context, "", collect());
    watch.watch({{account_no{1}, path, false}});
    file("token", "second");
    watch.watch({{account_no{1}, path, false}});
    run(1);
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_EQ(seen[0].secret, "second");
}

TEST_F(TokenWatch, CredentialsOfTheServiceManagerAreFoundInItsDirectory) {
    file("seal-token", "of-systemd");
    token_watch watch(context, directory, collect());
    watch.watch({{account_no{1}, "credential:seal-token", false}});
    watch.read_now(account_no{1});
    run(1);
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_EQ(seen[0].secret, "of-systemd");
}

}  // namespace
}  // namespace setclick::daemon
