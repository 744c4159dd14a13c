// Who gets refused lines back, and that the file system keeps to it.
#include "setclickd/spool/share.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sstream>

#include "setclickd/base/unique_fd.hpp"
#include "setclickd/spool/publish.hpp"
#include "setclickd/spool/shared_names.hpp"
#include "spool_fixture.hpp"

namespace setclick::spool {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr uid_t daemon_user = 990;
constexpr gid_t daemon_group = 990;
constexpr gid_t drop_group = 991;
constexpr uid_t deploy = 61001;
constexpr uid_t eve = 61002;

TEST(share, who_may_read_depends_on_the_setting_the_owner_and_the_inputs_own_mode) {
    auto const to_user = [](bool own_group, uid_t user) {
        readers out;
        out.own_group = own_group;
        out.user = user;
        return out;
    };
    auto const to_group = [] {
        readers out;
        out.group = drop_group;
        return out;
    };
    readers const nobody;
    readers closed;
    closed.own_group = false;
    struct row {
        sharing how;
        input_owner input;
        gid_t folder_group;
        readers expected;
    };
    for (auto const& r : {
             row{sharing::dropper, {deploy, 0640}, drop_group, to_user(true, deploy)},
             row{sharing::dropper, {deploy, 0644}, daemon_group, to_user(true, deploy)},
             row{sharing::dropper, {deploy, 0600}, drop_group, to_user(false, deploy)},
             row{sharing::dropper, {daemon_user, 0640}, drop_group, nobody},
             row{sharing::dropper, {daemon_user, 0600}, drop_group, closed},
             row{sharing::dropper, {0, 0644}, drop_group, nobody},
             row{sharing::group, {deploy, 0640}, drop_group, to_group()},
             row{sharing::group, {0, 0644}, drop_group, to_group()},
             row{sharing::group, {deploy, 0600}, drop_group, to_user(false, deploy)},
             row{sharing::group, {deploy, 0640}, daemon_group, to_user(true, deploy)},
             row{sharing::no, {deploy, 0640}, drop_group, nobody},
             row{sharing::no, {deploy, 0600}, drop_group, closed},
         })
        EXPECT_EQ(readers_of(r.how, r.input, daemon_user, r.folder_group, daemon_group), r.expected)
            << static_cast<int>(r.how) << " " << r.input.user << " " << std::oct << r.input.mode;
}

/// Root alone can become other users.
class share_test : public spool_test {
protected:
    void SetUp() override {
        if (::geteuid() != 0) GTEST_SKIP() << "other users can be tried by root only";
        spool_test::SetUp();
        for (auto const& folder : {dir.path(), path()})
            ASSERT_EQ(::chmod(folder.c_str(), 0755), 0);
        ASSERT_EQ(::chown((path() + "/rejected").c_str(), 0, drop_group), 0);
        ASSERT_EQ(::chmod((path() + "/rejected").c_str(), 0710), 0);
    }

    void publish(std::string const& name, input_owner const& input, sharing how,
                 shared_names& lists) {
        auto out = publication::begin(*spool, place::rejected, name);
        ASSERT_TRUE(out);
        auto const to = readers_of(how, input, 0, drop_group, 0);
        auto const given = out->share(to);
        ASSERT_TRUE(given) << given.error().message;
        ASSERT_TRUE(*given) << "this file system has no access lists";
        ASSERT_TRUE(out->append("#! line 1: x\n"));
        auto const got = out->publish(name, false);
        ASSERT_TRUE(got);
        ASSERT_TRUE(lists.add(to, *got));
    }

    /// What `files_to_fetch` gives this user, a member of these groups; each name, or the error.
    std::vector<std::string> as(uid_t user, std::vector<gid_t> groups) const {
        int channel[2];
        if (::pipe(channel) != 0) return {"no pipe"};
        pid_t const child = ::fork();
        if (child == 0) {
            if (::setgroups(groups.size(), groups.data()) != 0 || ::setgid(groups.front()) != 0 ||
                ::setuid(user) != 0)
                ::_exit(1);
            std::string text;
            auto const files = files_to_fetch(path());
            if (!files) text = files.error().message + "\n";
            if (files)
                for (auto const& file : *files)
                    text += file.name + "\n";
            ::_exit(::write(channel[1], text.data(), text.size()) < 0 ? 1 : 0);
        }
        ::close(channel[1]);
        std::string text;
        char buffer[4096];
        for (ssize_t got = 0; (got = ::read(channel[0], buffer, sizeof buffer)) > 0;)
            text.append(buffer, static_cast<std::size_t>(got));
        ::close(channel[0]);
        int status = 0;
        ::waitpid(child, &status, 0);
        EXPECT_EQ(status, 0);
        std::vector<std::string> lines;
        std::istringstream in(text);
        for (std::string line; std::getline(in, line);)
            lines.push_back(line);
        return lines;
    }
};

TEST_F(share_test, each_producer_gets_back_his_own_files_and_sees_no_other_name) {
    shared_names lists(*spool);
    publish("deploys.ndjson", {deploy, 0640}, sharing::dropper, lists);
    publish("eves.ndjson", {eve, 0640}, sharing::dropper, lists);
    publish("private.ndjson", {eve, 0600}, sharing::dropper, lists);
    publish("roots.ndjson", {0, 0644}, sharing::dropper, lists);
    EXPECT_THAT(as(deploy, {61001, drop_group}), ElementsAre("deploys.ndjson"));
    EXPECT_THAT(as(eve, {61002, drop_group}), ElementsAre("eves.ndjson", "private.ndjson"));
    EXPECT_THAT(as(61003, {61003, drop_group}), IsEmpty());
    EXPECT_THAT(as(0, {0}),
                ElementsAre("deploys.ndjson", "eves.ndjson", "private.ndjson", "roots.ndjson"));
    // Who may not cross the folder is told how he may.
    EXPECT_THAT(as(deploy, {61001}), ElementsAre(HasSubstr("may not look into")));
    // A private input is not for the daemon's group.
    struct stat seen {};
    ASSERT_EQ(::stat(in(place::rejected, "private.ndjson").c_str(), &seen), 0);
    EXPECT_EQ(seen.st_mode & 07, 0U);
}

TEST_F(share_test, with_the_group_all_of_it_gets_them_but_for_a_private_one) {
    shared_names lists(*spool);
    publish("deploys.ndjson", {deploy, 0640}, sharing::group, lists);
    publish("private.ndjson", {eve, 0600}, sharing::group, lists);
    EXPECT_THAT(as(deploy, {61001, drop_group}), ElementsAre("deploys.ndjson"));
    EXPECT_THAT(as(61003, {61003, drop_group}), ElementsAre("deploys.ndjson"));
    EXPECT_THAT(as(eve, {61002, drop_group}), ElementsAre("deploys.ndjson", "private.ndjson"));
}

TEST_F(share_test, a_start_gathers_the_names_anew_from_the_files_themselves) {
    {
        shared_names lists(*spool);
        publish("a.ndjson", {deploy, 0640}, sharing::dropper, lists);
        publish("b.ndjson", {deploy, 0640}, sharing::group, lists);
        publish("c.ndjson", {eve, 0640}, sharing::dropper, lists);
    }
    // What a crash has left out, half a name, and a file that somebody took away.
    ASSERT_EQ(::unlink(in(place::rejected, ".uid-61001.names").c_str()), 0);
    std::ofstream(in(place::rejected, ".group.names"), std::ios::binary) << "b.nd";
    ASSERT_EQ(::unlink(in(place::rejected, "c.ndjson").c_str()), 0);
    shared_names again(*spool);
    ASSERT_TRUE(again.gather());
    EXPECT_THAT(as(deploy, {61001, drop_group}), ElementsAre("a.ndjson", "b.ndjson"));
    EXPECT_THAT(as(eve, {61002, drop_group}), ElementsAre("b.ndjson"));
    EXPECT_NE(::access(in(place::rejected, ".uid-61002.names").c_str(), F_OK), 0);
}

TEST_F(share_test, a_list_does_not_grow_with_names_that_are_gone) {
    shared_names lists(*spool);
    readers to;
    to.user = deploy;
    std::string const name = std::string(200, 'x');
    for (int n = 0; n < 20'000; ++n)
        ASSERT_TRUE(lists.add(to, name + std::to_string(n)));
    publish("there.ndjson", {deploy, 0640}, sharing::dropper, lists);
    struct stat seen {};
    ASSERT_EQ(::stat(in(place::rejected, ".uid-61001.names").c_str(), &seen), 0);
    EXPECT_LE(static_cast<std::uint64_t>(seen.st_size), 2 * shared_names::most_bytes);
    EXPECT_THAT(as(deploy, {61001, drop_group}), ElementsAre("there.ndjson"));
}

TEST(share, where_there_are_no_access_lists_a_user_gets_nothing_and_nothing_fails) {
    int channel[2];
    ASSERT_EQ(::pipe(channel), 0);
    unique_fd const one(channel[0]);
    unique_fd const other(channel[1]);
    readers to;
    to.user = deploy;
    auto const given = grant(one.get(), to);
    ASSERT_TRUE(given) << given.error().message;
    EXPECT_FALSE(*given);
}

}  // namespace
}  // namespace setclick::spool
