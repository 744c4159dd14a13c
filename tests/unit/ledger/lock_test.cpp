// Other programs at the ledger: who locks it is named, what could not be written goes through later.
#include <gmock/gmock.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../../src/ledger/sqlite/lock_holders.hpp"
#include "ledger_fixture.hpp"

namespace setclick::ledger {
namespace {

using enum event_state;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Another program, with its own connection and its own pid.
class other_program {
public:
    other_program(std::string const& ledger, char const* sql) {
        int pipe[2];
        if (::pipe(pipe) != 0) std::abort();
        pid_ = ::fork();
        if (pid_ == 0) {
            sqlite3* db = nullptr;
            bool const done = sqlite3_open(ledger.c_str(), &db) == SQLITE_OK &&
                              sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK;
            [[maybe_unused]] auto const told = ::write(pipe[1], done ? "y" : "n", 1);
            ::pause();
            ::_exit(0);
        }
        char answer = 'n';
        [[maybe_unused]] auto const n = ::read(pipe[0], &answer, 1);
        EXPECT_EQ(answer, 'y');
        ::close(pipe[0]);
        ::close(pipe[1]);
    }
    ~other_program() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    other_program(other_program const&) = delete;
    other_program& operator=(other_program const&) = delete;
    std::string named() const { return "pid " + std::to_string(pid_); }

private:
    pid_t pid_ = -1;
};

class lock_test : public ledger_test {
protected:
    void SetUp() override {
        options_.sqlite.lock_wait = milliseconds{50};
        ledger_test::SetUp();
    }
};

TEST_F(lock_test, what_is_locked_by_another_program_is_busy_names_it_and_goes_through_afterwards) {
    auto const a = account("a");
    import_events(a, 10);
    auto const flying = claim(a, 5);
    cycle_request settle;
    settle.now = now_;
    settle.delivered = flying;
    {
        other_program const other(options_.where.path, "BEGIN EXCLUSIVE");
        auto const refused = store_->cycle(settle);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, errc::busy);
        EXPECT_TRUE(may_be_given_again(refused.error().code));
        EXPECT_THAT(refused.error().message, HasSubstr(other.named()));
        EXPECT_EQ(store_->account("b").error().code, errc::busy);
        EXPECT_EQ(count(a, in_flight), 5U) << "reading goes on";
    }
    EXPECT_TRUE(store_->cycle(settle));
    EXPECT_EQ(count(a, delivered), 5U);
    EXPECT_TRUE(store_->account("b"));
}

TEST_F(lock_test, an_open_that_finds_it_locked_waits_as_long_as_it_is_asked_to) {
    store_.reset();
    std::string said;
    auto other = std::make_unique<other_program>(
        options_.where.path, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    auto const refused = store::open(options_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::busy);
    EXPECT_THAT(refused.error().message, HasSubstr(other->named()));
    options_.while_locked = [&](error const& why) {
        said = why.message;
        other.reset();
    };
    open();
    EXPECT_THAT(said, HasSubstr("is locked by"));
}

TEST_F(lock_test, reader_that_keeps_a_large_log_from_being_folded_is_named) {
    auto const a = account("a");
    import_events(a, 10);
    EXPECT_GT(store_->look_after()->log_bytes, 0U);
    EXPECT_EQ(store_->look_after()->log_held_by, "");
    auto const grow = [&] {
        chunk_builder chunk(add_file("large"));
        std::string const record(64 << 10, 'r');
        for (int i = 0; i < 300; ++i)
            chunk.plain(a, record);
        import(chunk.end().build());
    };
    {
        other_program const reader(options_.where.path,
                                   "BEGIN; SELECT count(*) FROM sqlite_master");
        for (int i = 0; i < 4; ++i)
            grow();
        auto const health = store_->look_after();
        ASSERT_TRUE(health);
        EXPECT_GT(health->log_bytes, std::uint64_t{64} << 20);
        EXPECT_THAT(health->log_held_by, HasSubstr(reader.named()));
    }
    for (int i = 0; i < 2; ++i)
        grow();
    EXPECT_EQ(store_->look_after()->log_held_by, "");
    EXPECT_LE(store_->look_after()->log_bytes, std::uint64_t{64} << 20);
}

TEST(lock_holders, are_read_from_the_kernels_list) {
    constexpr pid_t own = 10;
    file_identity const main{::gnu_dev_makedev(0xfe, 1), 100};
    file_identity const index{::gnu_dev_makedev(0xfe, 1), 101};
    auto const writing = [&](std::string_view text) {
        return holders_in(text, main, index, lock_use::writing, own);
    };
    auto const reading = [&](std::string_view text) {
        return holders_in(text, main, index, lock_use::reading, own);
    };
    EXPECT_THAT(writing(""), IsEmpty());
    EXPECT_THAT(writing("1: POSIX  ADVISORY  WRITE 77 fe:01:101 120 120\n"), ElementsAre(77));
    EXPECT_THAT(writing("1: POSIX  ADVISORY  WRITE 10 fe:01:101 120 120\n"), IsEmpty()) << "ours";
    EXPECT_THAT(writing("1: POSIX  ADVISORY  READ 77 fe:01:101 123 123\n"), IsEmpty());
    EXPECT_THAT(writing("1: POSIX  ADVISORY  READ  77 fe:01:100 1073741826 1073742335\n"),
                IsEmpty());
    EXPECT_THAT(writing("1: POSIX  ADVISORY  WRITE 77 fe:01:100 1073741824 1073742335\n"),
                ElementsAre(77));
    EXPECT_THAT(writing("1: -> POSIX  ADVISORY  WRITE 77 fe:01:101 120 120\n"), IsEmpty())
        << "it waits itself";
    EXPECT_THAT(writing("1: FLOCK  ADVISORY  WRITE 77 fe:01:101 0 EOF\n"), IsEmpty());
    EXPECT_THAT(writing("1: POSIX  ADVISORY  WRITE 77 fe:01:102 120 120\n"), IsEmpty())
        << "another file";
    EXPECT_THAT(writing("1: OFDLCK ADVISORY  WRITE -1 fe:01:101 120 120\n"), ElementsAre(-1));
    EXPECT_THAT(reading("1: POSIX  ADVISORY  READ  77 fe:01:101 124 124\n"
                        "2: POSIX  ADVISORY  READ  78 fe:01:101 123 123\n"
                        "3: POSIX  ADVISORY  READ  78 fe:01:101 126 126\n"
                        "4: POSIX  ADVISORY  READ  79 fe:01:101 128 128\n"
                        "5: POSIX  ADVISORY  WRITE 80 fe:01:101 120 120\n"),
                ElementsAre(77, 78));
    // A file system whose files show another device: the inode has to do, where none fits wholly.
    EXPECT_THAT(writing("1: POSIX  ADVISORY  WRITE 77 00:2a:101 120 120\n"), ElementsAre(77));
    EXPECT_THAT(writing("1: POSIX  ADVISORY  WRITE 77 00:2a:101 120 120\n"
                        "2: POSIX  ADVISORY  WRITE 78 fe:01:101 120 120\n"),
                ElementsAre(78));
    for (auto const* const junk : {"x", "1:", "1: POSIX ADVISORY WRITE x fe:01:101 120 120",
                                   "1: POSIX ADVISORY WRITE 77 fe:01 120 120",
                                   "1: POSIX ADVISORY WRITE 77 fe:01:101 120", "\n\n"})
        EXPECT_THAT(writing(junk), IsEmpty()) << junk;
}

}  // namespace
}  // namespace setclick::ledger
