#include "setclickd/spool/directory.hpp"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>

#include "spool_fixture.hpp"

namespace setclick::spool {
namespace {

/// What RestrictSUIDSGID= of a unit does to this process from here on: making or changing something
/// with a set-user-id or set-group-id bit is "not permitted", whatever it is.
bool restrict_set_id_bits() {
    constexpr auto number = static_cast<unsigned>(offsetof(seccomp_data, nr));
    constexpr auto argument = [](unsigned n) {
        return static_cast<unsigned>(offsetof(seccomp_data, args)) + n * 8U;
    };
    constexpr unsigned set_id = S_ISUID | S_ISGID;
    std::array<sock_filter, 12> program{{
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, number),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mkdir, 4, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_chmod, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mkdirat, 4, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fchmodat, 3, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, argument(1)),
        BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, argument(2)),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, set_id, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    }};
    sock_fprog const filter{static_cast<unsigned short>(program.size()), program.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

/// 0 when the spool below `path` can be opened by a process that is restricted so.
int opened_restricted(std::string const& path) {
    auto const child = ::fork();
    if (child == 0) {
        if (!restrict_set_id_bits()) ::_exit(3);
        if (::mkdir((path + ".probe").c_str(), 02770) == 0) ::_exit(2);
        ::_exit(create_directories(path) ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(spool_test, the_directories_are_made_where_the_unit_forbids_set_id_bits) {
    EXPECT_EQ(opened_restricted(path()), 0) << "there already";
    EXPECT_EQ(opened_restricted(dir.path() + "/new"), 0);
    EXPECT_TRUE(std::filesystem::is_directory(dir.path() + "/new/incoming"));
}

TEST_F(spool_test, missing_directories_are_made_parents_too) {
    auto const deep = dir.path() + "/a/b/c";
    ASSERT_TRUE(directory::open(deep));
    for (auto const* name : {"incoming", "work", "done", "rejected"})
        EXPECT_TRUE(std::filesystem::is_directory(deep + "/" + name)) << name;
    struct stat seen {};
    ASSERT_EQ(::stat((deep + "/incoming").c_str(), &seen), 0);
    EXPECT_NE(seen.st_mode & S_ISGID, 0U) << "files of a group's members stay the group's";
    EXPECT_EQ(seen.st_mode & 0007U, 0U);
}

TEST_F(spool_test, a_second_daemon_is_refused_with_the_pid_of_the_first) {
    auto const second = directory::open(path());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, errc::busy);
    EXPECT_NE(second.error().message.find("process " + std::to_string(::getpid())),
              std::string::npos)
        << second.error().message;
    spool.reset();
    EXPECT_TRUE(directory::open(path()));
}

TEST_F(spool_test, a_link_in_place_of_a_directory_is_refused) {
    auto const other = dir.path() + "/other";
    std::filesystem::create_directory(other);
    std::filesystem::create_directory(other + "/elsewhere");
    std::filesystem::create_directory_symlink(other + "/elsewhere", other + "/work");
    auto const opened = directory::open(other);
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().message.find(other + "/work"), std::string::npos)
        << opened.error().message;
    auto const before = verify_folders(other);
    ASSERT_FALSE(before);
    EXPECT_EQ(before.error().message, opened.error().message);
}

TEST_F(spool_test, folders_are_verified_while_a_daemon_has_them_and_missing_ones_are_no_fault) {
    EXPECT_TRUE(verify_folders(path()));
    auto const other = dir.path() + "/begun";
    std::filesystem::create_directories(other + "/done");
    EXPECT_TRUE(verify_folders(other));
    EXPECT_FALSE(std::filesystem::exists(other + "/work"));
}

TEST_F(spool_test, directories_on_two_file_systems_are_refused) {
    struct stat here {};
    struct stat there {};
    ASSERT_EQ(::stat(dir.path().c_str(), &here), 0);
    if (::stat("/dev/shm", &there) != 0 || here.st_dev == there.st_dev || ::geteuid() != 0)
        GTEST_SKIP() << "needs root and a second file system";
    auto const other = dir.path() + "/mixed";
    ASSERT_TRUE(create_directories(other));
    auto const bind = "mount -t tmpfs none '" + other + "/done' 2>/dev/null";
    if (std::system(bind.c_str()) != 0) GTEST_SKIP() << "mount is not allowed here";
    auto const before = verify_folders(other);
    auto const opened = directory::open(other);
    [[maybe_unused]] auto const r = std::system(("umount '" + other + "/done'").c_str());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, errc::config);
    EXPECT_NE(opened.error().message.find("/done lies on another file system"), std::string::npos);
    ASSERT_FALSE(before);
    EXPECT_EQ(before.error().message, opened.error().message);
}

TEST_F(spool_test, the_identity_is_recorded_and_grows_with_each_run) {
    EXPECT_TRUE(spool->check_identity("abc", 1));
    EXPECT_TRUE(spool->check_identity("abc", 2));
    EXPECT_TRUE(spool->check_identity("abc", 7));
}

TEST_F(spool_test, files_in_work_without_a_ledger_that_knows_them_are_an_error) {
    std::ofstream(in(place::work, "1-1-a.json")) << "{}";
    auto const checked = spool->check_identity("abc", 1);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, errc::io);
    EXPECT_NE(checked.error().message.find("1-1-a.json"), std::string::npos);
    EXPECT_TRUE(exists(place::work, "1-1-a.json"));
    EXPECT_TRUE(spool->adopt_identity("abc", 1));
    EXPECT_TRUE(spool->check_identity("abc", 2));
}

TEST_F(spool_test, another_ledger_and_an_older_one_are_errors_with_both_values) {
    ASSERT_TRUE(spool->check_identity("abc", 17));
    auto const foreign = spool->check_identity("def", 18);
    ASSERT_FALSE(foreign);
    EXPECT_EQ(foreign.error().code, errc::io);
    for (auto const* part : {"ledger abc at run 17", "ledger def at run 18", "ledger adopt"})
        EXPECT_NE(foreign.error().message.find(part), std::string::npos) << foreign.error().message;
    // A restored copy: its next run is one that the spool has seen.
    for (std::uint64_t const run : {1, 16, 17}) {
        auto const older = spool->check_identity("abc", run);
        ASSERT_FALSE(older) << run;
        EXPECT_EQ(older.error().code, errc::io);
        EXPECT_NE(older.error().message.find("older than its spool"), std::string::npos);
    }
    EXPECT_TRUE(spool->check_identity("abc", 18));
}

TEST_F(spool_test, a_damaged_identity_file_is_an_error) {
    for (auto const* text :
         {"", "ledger=\nrun=1\n", "ledger=abc\n", "ledger=abc\nrun=x\n", "garbage"}) {
        std::ofstream(path() + "/.setclickd") << text;
        auto const checked = spool->check_identity("abc", 5);
        ASSERT_FALSE(checked) << text;
        EXPECT_EQ(checked.error().code, errc::io);
    }
}

TEST_F(spool_test, a_replaced_incoming_is_opened_anew) {
    auto same = spool->refresh_incoming();
    ASSERT_TRUE(same);
    EXPECT_FALSE(*same);
    std::filesystem::rename(path() + "/incoming", path() + "/old");
    auto gone = spool->refresh_incoming();
    EXPECT_FALSE(gone);
    std::filesystem::create_directory(path() + "/incoming");
    auto fresh = spool->refresh_incoming();
    ASSERT_TRUE(fresh);
    EXPECT_TRUE(*fresh);
}

}  // namespace
}  // namespace setclick::spool
