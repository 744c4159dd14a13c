// A full disk, a disk that fails, and a file that is no ledger.
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "ledger_fixture.hpp"

namespace setclick::ledger {
namespace {

using enum event_state;

/// A small file system of its own for the ledger.
class full_disk_test : public ledger_test {
protected:
    void SetUp() override {
        ledger_test::SetUp();
        store_.reset();
        mount_ = directory_ / "small";
        std::filesystem::create_directory(mount_);
        if (::mount("tmpfs", mount_.c_str(), "tmpfs", 0, "size=24m") != 0) {
            mount_.clear();
            check_at_end_ = false;
            GTEST_SKIP() << "NOT TESTED: a full disk; mounting a tmpfs needs root: "
                         << std::strerror(errno);
        }
        options_.where.path = (mount_ / "ledger.db").string();
        options_.sqlite.reserve = options().sqlite.reserve;
        open();
    }
    void TearDown() override {
        if (check_at_end_ && store_) expect_sound();
        store_.reset();
        if (!mount_.empty()) ::umount2(mount_.c_str(), MNT_DETACH);
        check_at_end_ = false;
        ledger_test::TearDown();
    }

    /// Takes every byte that is left.
    void fill() {
        int const fd = ::open((mount_ / "filler").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        ASSERT_GE(fd, 0);
        std::string const page(4096, 'x');
        while (::write(fd, page.data(), page.size()) > 0) {
        }
        ::close(fd);
    }
    void make_room() { std::filesystem::remove(mount_ / "filler"); }

    result<import_answer> try_import(account_no a, std::uint32_t n) {
        auto const file = store_->import(std::vector<claimed_file>(1), {}, now_);
        if (!file) return file.error();
        chunk_builder chunk(file->files.front());
        for (std::uint32_t i = 0; i < n; ++i)
            chunk.plain(a, std::string(400, 'r'));
        auto const built = chunk.end().build();
        return store_->import({}, {&built, 1}, now_);
    }

    std::filesystem::path mount_;
};

TEST_F(full_disk_test, imports_and_claims_stop_settling_goes_on_and_room_ends_it) {
    auto const a = account("a");
    ASSERT_TRUE(try_import(a, 600));
    auto const flying = claim(a, 400);
    ASSERT_EQ(flying.size(), 400U);
    fill();

    // The log may have some room left in its file; sooner or later the disk says no.
    errc last{};
    std::uint64_t accepted = 600;
    for (int i = 0; i < 2000 && last != errc::disk_full; ++i) {
        auto const done = try_import(a, 500);
        if (done)
            accepted += 500;
        else
            last = done.error().code;
    }
    ASSERT_EQ(last, errc::disk_full);
    EXPECT_EQ(count(a, waiting) + count(a, in_flight), accepted);

    cycle_request claims;
    claims.now = now_;
    claims.wishes.push_back({a, 10, {}});
    claims.delivered = {flying[0]};
    auto const refused = store_->cycle(claims);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::disk_full);
    EXPECT_EQ(count(a, delivered), 0U) << "and it changed nothing";

    // Everything that flies can be settled, also the expensive way.
    for (std::size_t i = 0; i < flying.size(); i += 4) {
        cycle_request r;
        r.now = now_;
        r.delivered = {flying[i], flying[i + 2]};
        for (auto const at : {i + 1, i + 3}) {
            auto s = ended(flying[at], deferred, "http-503");
            s.due = now_ + milliseconds(static_cast<int>(at) * 1000);
            s.excerpt = std::string(400, 'e');
            r.settlements.push_back(std::move(s));
        }
        auto const done = store_->cycle(r);
        ASSERT_TRUE(done) << i << ": " << done.error().message;
    }
    EXPECT_EQ(count(a, delivered), 200U);
    EXPECT_EQ(count(a, deferred), 200U);
    EXPECT_EQ(try_import(a, 1).error().code, errc::disk_full);

    make_room();
    EXPECT_TRUE(try_import(a, 1));
    EXPECT_EQ(claim(a, 10).size(), 10U);
    reopen();
    EXPECT_EQ(count(a, delivered), 200U);
}

TEST_F(full_disk_test, recovery_works_on_a_full_disk) {
    auto const a = account("a");
    ASSERT_TRUE(try_import(a, 600));
    claim(a, 400);
    fill();
    EXPECT_EQ(reopen().resent, 400U);
    EXPECT_EQ(try_import(a, 4000).error().code, errc::disk_full);
}

class damage_test : public ledger_test {
protected:
    void SetUp() override {
        ledger_test::SetUp();
        check_at_end_ = false;
    }
    void close_and_fold_log() {
        store_.reset();
        // A log would repair what the test damages.
        std::filesystem::remove(options_.where.path + "-wal");
        std::filesystem::remove(options_.where.path + "-shm");
    }
    void overwrite(std::streamoff at, std::size_t count) {
        std::fstream f(options_.where.path, std::ios::in | std::ios::out | std::ios::binary);
        f.seekp(at);
        std::string const junk(count, '\x5a');
        f.write(junk.data(), static_cast<std::streamsize>(junk.size()));
    }
};

TEST_F(damage_test, file_that_is_no_database_is_refused_and_left_alone) {
    close_and_fold_log();
    overwrite(0, 4096);
    auto const size = std::filesystem::file_size(options_.where.path);
    auto const opened = store::open(options_);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, errc::io);
    EXPECT_NE(opened.error().message.find(options_.where.path), std::string::npos);
    EXPECT_EQ(std::filesystem::file_size(options_.where.path), size);
}

TEST_F(damage_test, damaged_page_ends_all_work_and_check_finds_it) {
    auto const a = account("a");
    for (int i = 0; i < 30; ++i)
        import_events(a, 500);
    store_.reset();
    auto const whole = check_ledger(options_.where);
    ASSERT_TRUE(whole);
    EXPECT_TRUE(whole->findings.empty());
    close_and_fold_log();
    auto const pages = std::filesystem::file_size(options_.where.path) / 4096;
    for (std::uint64_t page = 2; page + 1 < pages; ++page)
        overwrite(static_cast<std::streamoff>(page * 4096), 4096);

    auto opened = store::open(options_);
    errc met = errc::usage;
    if (!opened) {
        met = opened.error().code;
    } else {
        store_ = std::move(*opened);
        auto const found = store_->recover(now_);
        cycle_request r;
        r.now = now_;
        r.wishes.push_back({a, 100, {}});
        auto const done = store_->cycle(r);
        met = !found ? found.error().code : done ? errc::usage : done.error().code;
        EXPECT_FALSE(store_->accounts()) << "it refuses every further call";
        EXPECT_FALSE(store_->account("new"));
    }
    EXPECT_EQ(met, errc::io);
    auto const report = check_ledger(options_.where);
    EXPECT_TRUE(!report || !report->findings.empty());
}

TEST_F(damage_test, missing_ledger_beside_its_log_is_not_begun_anew) {
    import_events(account("a"), 10);
    std::filesystem::copy_file(options_.where.path + "-wal", directory_ / "kept");
    store_.reset();
    std::filesystem::remove(options_.where.path);
    std::filesystem::copy_file(directory_ / "kept", options_.where.path + "-wal",
                               std::filesystem::copy_options::overwrite_existing);
    auto const opened = store::open(options_);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, errc::io);
    EXPECT_FALSE(std::filesystem::exists(options_.where.path));
}

TEST_F(damage_test, directory_that_is_missing_is_named) {
    options o;
    o.where = (directory_ / "nowhere" / "ledger.db").string();
    auto const opened = store::open(o);
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().message.find("nowhere"), std::string::npos);
}

}  // namespace
}  // namespace setclick::ledger
