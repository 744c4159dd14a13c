#include "setclickd/spool/claim.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "setclickd/spool/name.hpp"
#include "spool_fixture.hpp"

namespace setclick::spool {
namespace {

class claim_test : public spool_test {
protected:
    wall_time wall() const {
        return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
    }

    /// One pass over incoming/, everything in it tried once.
    claim_round claim_all(claimer& c, steady_time now = {}) {
        scanner scan;
        std::vector<candidate> names;
        for (bool at_end = false; !at_end;) {
            auto const r = scan.next(*spool, 100, names);
            if (!r) ADD_FAILURE() << r.error().message;
            at_end = !r || *r;
        }
        auto round = c.claim(names, now);
        if (!round) ADD_FAILURE() << round.error().message;
        return round ? std::move(*round) : claim_round{};
    }
    claim_round claim_all(claim_options options = {1, milliseconds{0}, 1'000'000}) {
        claimer c(*spool, options);
        return claim_all(c);
    }
    static left_file const* left_of(claim_round const& round, std::string_view name) {
        for (auto const& l : round.left)
            if (l.name == name) return &l;
        return nullptr;
    }
    void expect_left(claim_round const& round, std::string const& name, left_reason reason,
                     std::string_view words) {
        auto const* const l = left_of(round, name);
        ASSERT_NE(l, nullptr) << name;
        EXPECT_EQ(l->reason, reason) << name;
        EXPECT_NE(l->why.find(words), std::string::npos) << l->why;
        EXPECT_TRUE(exists(place::incoming, name)) << name;
    }
};

TEST_F(claim_test, a_file_that_its_producer_replaces_at_that_moment_is_the_one_that_is_read) {
    std::atomic<bool> stop{false};
    std::thread producer([&] {
        for (int n = 0; !stop; ++n) {
            drop(".new", std::to_string(n));
            ::rename(in(place::incoming, ".new").c_str(), in(place::incoming, "a.json").c_str());
        }
    });
    claimer c(*spool, {1, milliseconds{0}, 1'000'000});
    std::size_t claimed_files = 0;
    std::size_t others = 0;
    while (claimed_files < 200) {
        std::array<candidate, 1> name{{{"a.json", DT_REG, arrival::renamed_in}}};
        auto round = c.claim(name, {});
        ASSERT_TRUE(round) << round.error().message;
        for (auto const& file : round->files) {
            ++claimed_files;
            struct stat open {};
            struct stat moved {};
            ASSERT_EQ(::fstat(file.fd.get(), &open), 0);
            ASSERT_EQ(::stat(in(place::work, file.work_name).c_str(), &moved), 0);
            if (open.st_ino != moved.st_ino || file.inode != moved.st_ino) ++others;
        }
    }
    stop = true;
    producer.join();
    EXPECT_EQ(others, 0U) << "of " << claimed_files << ": what lies in work/ is never read";
}

TEST_F(claim_test, a_file_moves_to_work_under_a_unique_name_and_stays_readable) {
    drop("a.json", "content");
    auto const round = claim_all();
    ASSERT_EQ(round.files.size(), 1U);
    auto const& file = round.files[0];
    EXPECT_EQ(file.name, "a.json");
    EXPECT_EQ(file.size, 7U);
    EXPECT_EQ(content(place::work, file.work_name), "content");
    EXPECT_FALSE(exists(place::incoming, "a.json"));
    char text[8] = {};
    EXPECT_EQ(::pread(file.fd.get(), text, 7, 0), 7);
    EXPECT_STREQ(text, "content");
}

TEST_F(claim_test, the_same_name_again_and_again_gets_a_place_each_time) {
    claimer c(*spool, {1, milliseconds{0}, 1000});
    for (int i = 0; i < 50; ++i) {
        drop("same.json", std::to_string(i));
        EXPECT_EQ(claim_all(c).files.size(), 1U);
    }
    EXPECT_EQ(names(place::work).size(), 50U);
    // A second claimer of the same run does not overwrite either.
    drop("same.json");
    EXPECT_EQ(claim_all().files.size(), 1U);
    EXPECT_EQ(names(place::work).size(), 51U);
}

TEST_F(claim_test, names_with_newlines_escapes_and_255_bytes_are_taken) {
    std::vector<std::string> const odd{"line\nfeed.json", "\x1b[31mred.json",
                                       "\xff\xfe.ndjson", "-rf.json",
                                       "sp ace'\".jsonl", std::string(250, 'n') + ".json"};
    for (auto const& name : odd)
        drop(name);
    auto const round = claim_all();
    EXPECT_EQ(round.files.size(), odd.size());
    EXPECT_TRUE(round.left.empty());
    EXPECT_TRUE(names(place::incoming).empty());
    for (auto const& name : names(place::work))
        EXPECT_LE(name.size(), max_name);
}

TEST_F(claim_test, what_is_no_regular_file_is_left_alone_with_a_reason) {
    ::symlink("/etc/passwd", in(place::incoming, "link.json").c_str());
    ::mkfifo(in(place::incoming, "fifo.json").c_str(), 0666);
    std::filesystem::create_directory(in(place::incoming, "dir.json"));
    int const s = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::snprintf(address.sun_path, sizeof address.sun_path, "%s",
                  in(place::incoming, "socket.json").c_str());
    ASSERT_EQ(::bind(s, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ::close(s);
    bool const device =
        ::mknod(in(place::incoming, "device.json").c_str(), S_IFCHR | 0666, makedev(1, 3)) == 0;
    drop("good.json");
    drop("notes.txt");

    auto const round = claim_all();
    ASSERT_EQ(round.files.size(), 1U);
    EXPECT_EQ(round.files[0].name, "good.json");
    expect_left(round, "link.json", left_reason::not_regular, "a symbolic link");
    expect_left(round, "fifo.json", left_reason::not_regular, "a FIFO");
    expect_left(round, "dir.json", left_reason::not_regular, "a directory");
    expect_left(round, "socket.json", left_reason::not_regular, "a socket");
    if (device) expect_left(round, "device.json", left_reason::not_regular, "a device");
    expect_left(round, "notes.txt", left_reason::other_name, ".ndjson");
}

TEST_F(claim_test, hinted_names_of_hostile_entries_do_not_block_either) {
    // A hint carries no type, so these are opened: nothing may hang or be followed.
    ::symlink("/etc/passwd", in(place::incoming, "link.json").c_str());
    ::mkfifo(in(place::incoming, "fifo.json").c_str(), 0666);
    std::vector<candidate> names{{"link.json", DT_UNKNOWN, arrival::renamed_in},
                                 {"fifo.json", DT_UNKNOWN, arrival::renamed_in},
                                 {"gone.json", DT_UNKNOWN, arrival::renamed_in}};
    claimer c(*spool, {1, milliseconds{2000}, 1000});
    auto const round = c.claim(names, {});
    ASSERT_TRUE(round);
    EXPECT_TRUE(round->files.empty());
    expect_left(*round, "link.json", left_reason::not_regular, "a symbolic link");
    expect_left(*round, "fifo.json", left_reason::not_regular, "a FIFO");
    EXPECT_EQ(round->left.size(), 2U);
}

TEST_F(claim_test, a_file_that_cannot_be_read_says_user_mode_and_cure) {
    if (::geteuid() == 0) {
        // root reads everything: become nobody for the length of the claim.
        ::chmod(dir.path().c_str(), 0755);
        for (auto const* p : {"", "/incoming", "/work"})
            ::chmod((path() + p).c_str(), 0777);
    }
    drop("secret.json");
    drop("open.json");
    ::chmod(in(place::incoming, "secret.json").c_str(), 0600);
    bool const as_root = ::geteuid() == 0;
    ASSERT_EQ(
        as_root ? ::seteuid(65534) : ::chmod(in(place::incoming, "secret.json").c_str(), 0000), 0);
    auto const round = claim_all();
    ASSERT_EQ(as_root ? ::seteuid(0) : 0, 0);
    ASSERT_EQ(round.files.size(), 1U);
    expect_left(round, "secret.json", left_reason::unreadable,
                "chmod g+r,o= '" + in(place::incoming, "secret.json") + "'");
    expect_left(round, "secret.json", left_reason::unreadable, as_root ? "mode 0600" : "mode 0000");
    if (as_root) expect_left(round, "secret.json", left_reason::unreadable, "65534");
}

TEST_F(claim_test, a_sticky_incoming_of_another_user_says_so) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs two users";
    ::chmod(dir.path().c_str(), 0755);
    for (auto const* p : {"", "/work"})
        ::chmod((path() + p).c_str(), 0777);
    ::chmod((path() + "/incoming").c_str(), 01777);
    drop("mine.json");
    ASSERT_EQ(::seteuid(65534), 0);
    auto const round = claim_all();
    ASSERT_EQ(::seteuid(0), 0);
    expect_left(round, "mine.json", left_reason::cannot_move, "chmod g+w,-t");
}

TEST_F(claim_test, a_file_with_several_links_waits_until_it_has_one) {
    drop("a.json");
    std::filesystem::create_hard_link(in(place::incoming, "a.json"), dir.path() + "/other");
    auto const first = claim_all();
    EXPECT_TRUE(first.files.empty());
    expect_left(first, "a.json", left_reason::several_links, "2 links");
    std::filesystem::remove(dir.path() + "/other");
    EXPECT_EQ(claim_all().files.size(), 1U);
}

TEST_F(claim_test, a_file_over_the_limit_is_left_alone) {
    drop("big.json", std::string(2000, ' '));
    auto const round = claim_all({1, milliseconds{0}, 1999});
    EXPECT_TRUE(round.files.empty());
    expect_left(round, "big.json", left_reason::too_large, "2,000 bytes");
}

TEST_F(claim_test, a_link_that_is_put_in_a_files_place_while_it_is_taken_goes_back) {
    std::atomic<bool> stop{false};
    std::thread producer([&] {
        while (!stop) {
            drop(".new");
            std::filesystem::rename(in(place::incoming, ".new"), in(place::incoming, "a.json"));
            std::error_code ignored;
            std::filesystem::create_symlink("/etc/passwd", in(place::incoming, ".link"), ignored);
            std::filesystem::rename(in(place::incoming, ".link"), in(place::incoming, "a.json"),
                                    ignored);
        }
    });
    claimer c(*spool, {1, milliseconds{0}, 1000});
    for (int i = 0; i < 3000; ++i) {
        std::array<candidate, 1> name{{{"a.json", DT_REG, arrival::renamed_in}}};
        ASSERT_TRUE(c.claim(name, {}));
    }
    stop = true;
    producer.join();
    for (auto const& e : std::filesystem::directory_iterator(in(place::work, "")))
        EXPECT_FALSE(e.is_symlink()) << e.path();
}

TEST_F(claim_test, one_that_somebody_has_open_waits_and_is_named_after_a_while) {
    claimer c(*spool, {1, milliseconds{1000}, 1000, 0, milliseconds{5000}});
    drop("a.json");
    std::ofstream writer(in(place::incoming, "a.json"), std::ios::app);
    steady_time const now{};
    EXPECT_EQ(claim_all(c, now).unquiet.size(), 1U);
    auto const later = claim_all(c, now + 2s);
    if (later.files.size() == 1) GTEST_SKIP() << "no leases here";
    EXPECT_EQ(later.unquiet.size(), 1U);
    expect_left(claim_all(c, now + 6s), "a.json", left_reason::open_for_writing,
                "open for writing");
    writer.close();
    EXPECT_EQ(claim_all(c, now + 7s).files.size(), 1U);
}

TEST_F(claim_test, only_what_is_quiet_or_hinted_is_taken) {
    claimer c(*spool, {1, milliseconds{5000}, 1000});
    drop("a.json");
    drop("b.json");
    steady_time const now{};
    auto round = claim_all(c, now);
    EXPECT_TRUE(round.files.empty());
    EXPECT_EQ(round.unquiet.size(), 2U);
    std::vector<candidate> hinted{{"b.json", DT_UNKNOWN, arrival::renamed_in}};
    auto const one = c.claim(hinted, now);
    ASSERT_TRUE(one);
    EXPECT_EQ(one->files.size(), 1U);
    EXPECT_EQ(claim_all(c, now + 6s).files.size(), 1U);
}

TEST_F(claim_test, without_descriptors_the_round_ends_early_and_says_so) {
    for (int i = 0; i < 60; ++i)
        drop(std::to_string(i) + ".json");
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    rlimit few{40, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    auto const round = claim_all();
    ::setrlimit(RLIMIT_NOFILE, &before);
    ASSERT_TRUE(round.trouble);
    EXPECT_GT(round.files.size(), 0U);
    EXPECT_EQ(round.files.size() + names(place::incoming).size(), 60U);
}

}  // namespace
}  // namespace setclick::spool
