// A file dropped by a user who is not the daemon's.
#include "setclickd/spool/incoming_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include "setclickd/spool/directory.hpp"
#include "support/temp_dir.hpp"

namespace setclick::spool {
namespace {

using testing::HasSubstr;

/// Any that are nobody's here; the group has to have a name.
constexpr uid_t producer = 54321;
constexpr gid_t drop_group = 1;  // "daemon" on every Debian

class incoming_file_test : public testing::Test {
protected:
    void SetUp() override {
        if (::geteuid() != 0) GTEST_SKIP() << "becomes another user: run as root";
        ASSERT_TRUE(create_directories(spool));
        ASSERT_EQ(::chmod(dir.path().c_str(), 0755), 0);
        ASSERT_EQ(::chmod(spool.c_str(), 0755), 0);
        ASSERT_EQ(::chown((spool + "/incoming").c_str(), 0, drop_group), 0);
        ASSERT_EQ(::chmod((spool + "/incoming").c_str(), 03730), 0);
    }

    /// What a user of this group reports: empty for success.
    std::string as_user(gid_t group, std::function<std::string()> const& act) {
        int ends[2];
        EXPECT_EQ(::pipe(ends), 0);
        auto const child = ::fork();
        if (child == 0) {
            if (::setgroups(1, &group) != 0 || ::setgid(group) != 0 || ::setuid(producer) != 0)
                ::_exit(2);
            auto const text = act();
            [[maybe_unused]] auto const n = ::write(ends[1], text.data(), text.size());
            ::_exit(0);
        }
        ::close(ends[1]);
        std::string out;
        char buffer[512];
        for (ssize_t n = 0; (n = ::read(ends[0], buffer, sizeof buffer)) > 0;)
            out.append(buffer, static_cast<std::size_t>(n));
        ::close(ends[0]);
        int status = 0;
        ::waitpid(child, &status, 0);
        EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
        return out;
    }

    std::string drop() const {
        auto file = incoming_file::begin(spool, "a.ndjson");
        if (!file) return file.error().message;
        if (auto const done = file->append("{}\n"); !done) return done.error().message;
        auto const name = file->commit();
        return name ? std::string() : name.error().message;
    }

    test::temp_dir dir;
    std::string const spool = dir.file("spool");
};

TEST_F(incoming_file_test, AMemberOfTheDropGroupWhoMayNotListTheFolderDrops) {
    EXPECT_EQ(as_user(drop_group, [&] { return drop(); }), "");
    std::ifstream in(spool + "/incoming/a.ndjson");
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), "{}\n");
    auto const all = std::filesystem::directory_iterator(spool + "/incoming");
    EXPECT_EQ(std::distance(begin(all), end(all)), 1) << "nothing but the file";
}

TEST_F(incoming_file_test, WhoIsNoMemberIsToldTheGroupAndTheCommand) {
    auto const told = as_user(producer, [&] { return drop(); });
    EXPECT_THAT(told, HasSubstr("member of the group daemon"));
    EXPECT_THAT(told, HasSubstr("adduser USER daemon"));
}

}  // namespace
}  // namespace setclick::spool
