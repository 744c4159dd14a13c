// Damage of the medium: bits that flip, sectors of zeros, files that are cut. Nothing is made of it: no
// crash, no changed request, no event that goes out a second time unnoticed.
#include <gmock/gmock.h>
#include <sqlite3.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <map>
#include <random>
#include <set>

#include "../../../src/ledger/core/former_checksum.hpp"
#include "../../../src/ledger/sqlite/checked_pages.hpp"
#include "../../../src/ledger/sqlite/sqlite.hpp"
#include "ledger_fixture.hpp"

namespace setclick::ledger {
namespace {

using enum event_state;
using testing::AllOf;
using testing::HasSubstr;
namespace fs = std::filesystem;

constexpr std::size_t page_bytes = 4096;

std::string content_of(fs::path const& p) {
    std::ifstream in(p, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void write_to(fs::path const& p, std::string const& text) {
    std::ofstream(p, std::ios::binary | std::ios::trunc) << text;
}

class medium_test : public ledger_test {
protected:
    void SetUp() override {
        ledger_test::SetUp();
        check_at_end_ = false;
        place_ = directory_ / "place";
        fs::create_directory(place_);
    }
    std::string at(std::string const& suffix) const {
        return (place_ / "ledger.db").string() + suffix;
    }
    /// As kill -9 leaves the ledger at this moment.
    void keep(std::string const& name) {
        fs::create_directory(directory_ / name);
        for (auto const* suffix : {"", "-wal", ".mark"})
            fs::copy_file(options_.where.path + suffix,
                          directory_ / name / (std::string("ledger.db") + suffix));
    }
    void take_all(std::string const& from) {
        for (auto const* suffix : {"", "-wal", ".mark"})
            fs::copy_file(directory_ / from / (std::string("ledger.db") + suffix), at(suffix));
    }
    options opts() const {
        options out;
        out.where = at("");
        out.sqlite.reserve = 0;
        return out;
    }
    void fold() {
        store_.reset();
        ASSERT_EQ(fs::file_size(options_.where.path + "-wal"), 0U);
    }
    void some_history() {
        auto const a = account("a");
        import_events(a, 2000);
        deliver(claim(a, 300));
        chunk_builder more(add_file("more"));
        for (int i = 0; i < 500; ++i)
            more.content(a, "r", std::to_string(i));
        import(more.end().build());
    }

    fs::path place_;
};

TEST_F(medium_test, page_in_which_one_bit_is_another_is_an_error_that_names_it) {
    some_history();
    fold();
    auto const sound = content_of(options_.where.path);
    auto const pages = sound.size() / page_bytes;
    ASSERT_GT(pages, 30U);
    std::mt19937 random(3);
    for (std::size_t page = 0; page < pages; ++page) {
        auto text = sound;
        auto const spot = (page * page_bytes) + (page == 0 ? 100 : 0) +
                          random() % (page_bytes - (page == 0 ? 100 : 0));
        text[spot] = static_cast<char>(text[spot] ^ (1 << random() % 8));
        write_to(options_.where.path, text);
        SCOPED_TRACE("page " + std::to_string(page + 1) + ", byte " + std::to_string(spot));
        auto const found = check_ledger(options_.where);
        auto const number = "page " + std::to_string(page + 1) + " is not what was written";
        if (found)
            EXPECT_THAT(found->findings, testing::Contains(HasSubstr(number)));
        else
            EXPECT_THAT(found.error().message, HasSubstr(number));
        EXPECT_EQ(content_of(options_.where.path), text) << "it is left as it is";
    }
    write_to(options_.where.path, sound);
    open();
    expect_sound();
}

TEST_F(medium_test, sectors_and_pages_of_zeros_are_noticed) {
    some_history();
    fold();
    // What lies in free pages means nothing.
    connection(options_.where.path, connection::mode::create).run("VACUUM");
    auto const sound = content_of(options_.where.path);
    std::mt19937 random(4);
    int lost = 0;
    for (std::size_t at = 0; at < sound.size(); at += page_bytes) {
        for (bool const whole : {true, false}) {
            auto text = sound;
            std::size_t const size = whole ? page_bytes : 512;
            auto const from = at + (whole ? 0 : random() % 8 * 512);
            std::memset(text.data() + from, 0, size);
            // An empty table's page may have lost its checksum, and nothing else.
            if (text.compare(at, page_bytes - 8, sound, at, page_bytes - 8) == 0) continue;
            ++lost;
            write_to(options_.where.path, text);
            auto const found = check_ledger(options_.where);
            EXPECT_TRUE(!found || !found->findings.empty())
                << "page " << at / page_bytes + 1 << ", " << size << " bytes from " << from;
        }
    }
    EXPECT_GT(lost, 40);
    write_to(options_.where.path, sound);
}

TEST_F(medium_test, every_page_carries_its_checksum_also_those_of_a_backup) {
    some_history();
    auto const copy = (directory_ / "copy.db").string();
    ASSERT_TRUE(backup_ledger(options_.where, copy));
    fold();
    for (auto const& path : {options_.where.path, copy}) {
        auto const text = content_of(path);
        ASSERT_EQ(text[20], 8) << "SQLite leaves the last bytes of a page alone";
        for (std::size_t end = page_bytes; end <= text.size(); end += page_bytes) {
            std::uint64_t sum = 0;
            std::memcpy(&sum, text.data() + end - 8, 8);
            if (end == page_bytes)
                EXPECT_NE(sum, 0U) << "its head is summed in parts";
            else
                EXPECT_EQ(sum, checksum({text.data() + end - page_bytes, page_bytes - 8},
                                        end / page_bytes))
                    << path << ", page " << end / page_bytes;
        }
    }
}

TEST_F(medium_test, page_that_another_program_wrote_without_a_checksum_is_believed) {
    some_history();
    fold();
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(options_.where.path.c_str(), &db), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(db, "VACUUM", {}, {}, {}), SQLITE_OK) << sqlite3_errmsg(db);
    sqlite3_close(db);
    open();
    expect_sound();
    // And what another one only reads stays as it is.
    ASSERT_EQ(sqlite3_open(options_.where.path.c_str(), &db), SQLITE_OK);
    EXPECT_EQ(
        sqlite3_exec(db, "PRAGMA integrity_check; PRAGMA wal_checkpoint(TRUNCATE)", {}, {}, {}),
        SQLITE_OK);
    sqlite3_close(db);
    import_events(account("a"), 10);
    expect_sound();
}

TEST_F(medium_test, copy_that_another_program_made_page_by_page_is_sound) {
    some_history();
    // A part of it in the log, as while the daemon runs.
    fold();
    open();
    import_events(account("a"), 700);
    auto const copy = (directory_ / "copied.db").string();
    sqlite3* from = nullptr;
    sqlite3* to = nullptr;
    ASSERT_EQ(sqlite3_open(options_.where.path.c_str(), &from), SQLITE_OK);
    ASSERT_EQ(sqlite3_open(copy.c_str(), &to), SQLITE_OK);
    auto* const backup = sqlite3_backup_init(to, "main", from, "main");
    ASSERT_NE(backup, nullptr);
    EXPECT_EQ(sqlite3_backup_step(backup, -1), SQLITE_DONE);
    EXPECT_EQ(sqlite3_backup_finish(backup), SQLITE_OK);
    // And the ways in which programs change a head.
    EXPECT_EQ(
        sqlite3_exec(to, "PRAGMA journal_mode = DELETE; PRAGMA journal_mode = WAL", {}, {}, {}),
        SQLITE_OK);
    sqlite3_close(to);
    sqlite3_close(from);
    auto const found = check_ledger(copy);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_TRUE(found->findings.empty()) << testing::PrintToString(found->findings);
    expect_sound();
}

TEST_F(medium_test,
       row_that_another_program_changed_is_refused_until_that_program_writes_all_anew) {
    some_history();
    fold();
    sqlite3* db = nullptr;
    auto const run = [&](char const* sql) {
        ASSERT_EQ(sqlite3_open(options_.where.path.c_str(), &db), SQLITE_OK);
        EXPECT_EQ(sqlite3_exec(db, sql, {}, {}, {}), SQLITE_OK) << sqlite3_errmsg(db);
        sqlite3_close(db);
    };
    run("UPDATE meta SET value = 7 WHERE key = 'age_seen_at'");
    auto const refused = store::open(options_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::io);
    EXPECT_THAT(refused.error().message, HasSubstr("is not what was written"));
    run("VACUUM");
    open();
    expect_sound();
}

TEST_F(medium_test,
       ledger_whose_checksums_are_those_of_version_3_is_sound_and_its_damage_is_found) {
    some_history();
    fold();
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(options_.where.path.c_str(), &db), SQLITE_OK);
    auto const former_sum = [](sqlite3_context* out, int, sqlite3_value** row) {
        auto const number = [&](int i) {
            return static_cast<std::uint64_t>(sqlite3_value_int64(row[i]));
        };
        auto const text = [&](int i) {
            return std::string_view(static_cast<char const*>(sqlite3_value_blob(row[i])),
                                    static_cast<std::size_t>(sqlite3_value_bytes(row[i])));
        };
        auto sum = former_checksum(text(4), number(0));
        sum = former_checksum(text(5), sum ^ (number(0) + number(1) - 1));
        sum = former_checksum(text(6), sum ^ number(2)) ^ number(3);
        sqlite3_result_int64(out, static_cast<sqlite3_int64>(sum));
    };
    sqlite3_create_function(db, "former_sum", 7, SQLITE_UTF8, nullptr, former_sum, nullptr,
                            nullptr);
    EXPECT_EQ(
        sqlite3_exec(db,
                     "UPDATE pack SET sum = former_sum(first, count, file, imported_at, lines,"
                     " lengths, body); ALTER TABLE file DROP COLUMN held; DROP TABLE history;"
                     "DELETE FROM meta WHERE key LIKE 'history%';"
                     "PRAGMA user_version = 3; VACUUM;"
                     "PRAGMA wal_checkpoint(TRUNCATE)",
                     {}, {}, {}),
        SQLITE_OK)
        << sqlite3_errmsg(db);
    sqlite3_close(db);
    auto text = content_of(options_.where.path);
    for (std::size_t at = 0; at < text.size(); at += page_bytes) {
        auto page = text.substr(at, page_bytes - 8);
        if (at == 0)
            for (auto const& [from, size] : {std::pair{18, 2}, {24, 4}, {40, 4}, {92, 8}})
                std::memset(page.data() + from, 0, static_cast<std::size_t>(size));
        auto const sum = former_checksum(page, at / page_bytes + 1);
        std::memcpy(text.data() + at + page_bytes - 8, &sum, 8);
    }
    write_to(options_.where.path, text);
    open();
    expect_sound();
    deliver(claim(account("a"), 300));
    fold();

    auto damaged = content_of(options_.where.path);
    auto const middle = damaged.size() / page_bytes / 2 * page_bytes + 2000;
    damaged[middle] = static_cast<char>(damaged[middle] ^ 1);
    write_to(options_.where.path, damaged);
    auto const found = check_ledger(options_.where);
    EXPECT_TRUE(!found || !found->findings.empty());
}

TEST(checksum, tells_every_flipped_bit_and_swapped_word) {
    std::string text(4088, 'x');
    for (std::size_t i = 0; i < text.size(); ++i)
        text[i] = static_cast<char>(i * 7);
    auto const sum = checksum(text, 1);
    EXPECT_NE(checksum(text, 2), sum) << "another page";
    for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
        auto& byte = text[bit / 8];
        byte = static_cast<char>(byte ^ (1 << bit % 8));
        EXPECT_NE(checksum(text, 1), sum) << bit;
        byte = static_cast<char>(byte ^ (1 << bit % 8));
    }
    std::string swapped = text.substr(8, 8) + text.substr(0, 8) + text.substr(16);
    EXPECT_NE(checksum(swapped, 1), sum);
    for (std::size_t size = 0; size < 80; ++size) {
        EXPECT_NE(checksum(text.substr(0, size)), checksum(text.substr(0, size) + '\0')) << size;
        EXPECT_EQ(checksum(text.substr(0, size)), checksum(std::string(text, 0, size))) << size;
    }
}

/// Truncations, flipped bits and zeroed sectors of file and log, as a kill left them: what is sent
/// then is what was imported and was never sent, or nothing.
TEST_F(medium_test, damage_changes_no_request_and_repeats_none_in_silence) {
    auto const a = account("a");
    std::map<std::uint64_t, std::string> records;
    int number = 0;
    auto const import_some = [&](int count) {
        chunk_builder chunk(add_file("f" + std::to_string(number)));
        auto const first = records.size() + 1;
        for (int i = 0; i < count; ++i) {
            auto const text = "record " + std::to_string(number++) + std::string(200, 'r');
            records[event_no::of(a, first + static_cast<std::uint64_t>(i)).value] = text;
            chunk.content(a, text, text);
        }
        import(chunk.end().build());
    };
    std::set<std::uint64_t> sent;
    auto const send = [&](std::uint32_t count) {
        auto ids = claim(a, count, doubt_policy::hold);
        for (auto const id : ids)
            sent.insert(id.value);
        ids.resize(ids.size() * 3 / 4);
        deliver(ids);
    };
    for (int i = 0; i < 12; ++i) {
        import_some(400);
        send(90);
    }
    store_.reset();  // what came so far is in the main file
    open();
    for (int i = 0; i < 4; ++i) {
        import_some(60);
        send(60);
    }
    keep("now");
    store_.reset();

    auto const* const full = std::getenv("SETCLICK_FULL");
    int const damages = full != nullptr && std::string_view(full) == "1" ? 1000 : 45;
    std::mt19937 random(7);
    int refused = 0;
    int used = 0;
    int stopped = 0;
    for (int i = 0; i < damages; ++i) {
        fs::remove_all(place_);
        fs::create_directory(place_);
        take_all("now");
        std::string const where = at(i % 2 == 0 ? "-wal" : "");
        auto text = content_of(where);
        auto const spot = random() % text.size();
        switch (i / 2 % 3) {
            case 0:
                text[spot] = static_cast<char>(text[spot] ^ (1 << random() % 8));
                break;
            case 1: {
                auto const begin = spot / 512 * 512;
                auto const end = std::min(text.size(), begin + 512);
                std::fill(text.begin() + static_cast<std::ptrdiff_t>(begin),
                          text.begin() + static_cast<std::ptrdiff_t>(end), '\0');
                break;
            }
            default:
                text.resize(spot);
        }
        write_to(where, text);
        SCOPED_TRACE("damage " + std::to_string(i) + " at " + std::to_string(spot));
        auto opened = store::open(opts());
        if (!opened || !(*opened)->recover(now_)) {
            ++refused;
            continue;
        }
        ++used;
        // The same lines dropped again must be known, and what was sent must not go out.
        chunk_builder again(file_no{0});
        for (auto const& [_, text_of_record] : records)
            again.content(a, text_of_record, text_of_record);
        auto chunk = again.end().build();
        std::vector<claimed_file> const files(1);
        auto const imported = (*opened)->import(files, {&chunk, 1}, now_);
        if (!imported) {
            ++stopped;
            continue;
        }
        EXPECT_EQ(imported->chunks[0].accepted, 0U);
        for (;;) {
            cycle_request r;
            r.now = now_;
            r.wishes.push_back({a, 500, doubt_policy::hold});
            auto const done = (*opened)->cycle(r);
            if (!done) ++stopped;
            if (!done || done->batches.empty()) break;
            for (auto const& e : done->batches[0].events) {
                EXPECT_EQ(done->batches[0].text(e.record), records[e.no.value]);
                EXPECT_FALSE(sent.contains(e.no.value)) << "sent a second time: " << e.no.value;
            }
        }
    }
    std::cout << damages << " damages: " << refused << " refused at the start, " << used
              << " opened, of which " << stopped << " stopped later\n";
    EXPECT_GT(refused, damages / 3);
}

// What the medium changes while the ledger is in use: SQLite looks at its log's checksums at the start only.
class running_medium_test : public medium_test {
protected:
    std::string log() const { return options_.where.path + "-wal"; }
    void flip_in_log(std::size_t at) const {
        std::fstream file(log(), std::ios::binary | std::ios::in | std::ios::out);
        file.seekg(static_cast<std::streamoff>(at));
        auto const byte = static_cast<char>(file.get() ^ 4);
        file.seekp(static_cast<std::streamoff>(at));
        file.put(byte);
    }
    static void run_by(sqlite3* another, char const* sql) {
        EXPECT_EQ(sqlite3_exec(another, sql, {}, {}, {}), SQLITE_OK) << sqlite3_errmsg(another);
    }
    void expect_noticed() {
        auto const seen = store_->look_after();
        ASSERT_FALSE(seen);
        EXPECT_EQ(seen.error().code, errc::io);
        EXPECT_THAT(seen.error().message, AllOf(HasSubstr(log()), HasSubstr("not what was written"),
                                                HasSubstr("ledger adopt")));
        EXPECT_FALSE(store_->unfinished_files()) << "nothing more is made of it";
    }
};

TEST_F(running_medium_test, one_bit_of_the_log_that_is_another_is_noticed_at_the_next_look) {
    import_events(account("a"), 200);
    auto const size = fs::file_size(log());
    ASSERT_GT(size, 3 * page_bytes);
    for (std::size_t const spot : {std::size_t{20}, std::size_t{40}, std::size_t{52},
                                   page_bytes + 100, static_cast<std::size_t>(size) - 5}) {
        SCOPED_TRACE(spot);
        EXPECT_TRUE(store_->look_after());
        flip_in_log(spot);
        expect_noticed();
        flip_in_log(spot);
        store_.reset();
        open();
        import_events(account("a"), 1);  // what there is of the log counts again
    }
}

TEST_F(running_medium_test, log_that_lost_its_end_is_noticed) {
    import_events(account("a"), 200);
    fs::resize_file(log(), fs::file_size(log()) - page_bytes);
    expect_noticed();
}

TEST_F(running_medium_test, what_is_damaged_is_not_folded_into_the_main_file) {
    import_events(account("a"), 200);
    flip_in_log(3 * page_bytes);
    auto const before = content_of(options_.where.path);
    bool ended = false;
    for (int n = 0; n < 400 && !ended; ++n) {
        claimed_file file;
        file.name = file.work_name = "more" + std::to_string(n);
        ended = !store_->import({&file, 1}, {}, now_);
    }
    EXPECT_TRUE(ended) << "before the log is folded";
    EXPECT_EQ(content_of(options_.where.path), before);
    store_.reset();
    EXPECT_EQ(content_of(options_.where.path), before) << "nor by an orderly end";
    auto const again = store::open(options_);
    ASSERT_FALSE(again);
    EXPECT_THAT(again.error().message, HasSubstr(log()));
}

TEST_F(running_medium_test, a_log_that_is_folded_begun_anew_and_read_by_others_is_sound) {
    auto const a = account("a");
    auto* const others = [this] {
        sqlite3* db = nullptr;
        EXPECT_EQ(sqlite3_open(options_.where.path.c_str(), &db), SQLITE_OK);
        return db;
    }();
    std::uint64_t largest = 0;
    for (int n = 0; n < 60; ++n) {
        chunk_builder chunk(add_file("large"));
        for (int i = 0; i < 200; ++i)
            chunk.plain(a, std::string(1500, 'r') + std::to_string(i));
        import(chunk.end().build());
        deliver(claim(a, 150));
        auto const seen = store_->look_after();
        ASSERT_TRUE(seen) << seen.error().message;
        largest = std::max<std::uint64_t>(largest, fs::file_size(log()));
        if (n % 20 == 7) {
            run_by(others, "PRAGMA wal_checkpoint(TRUNCATE)");
            EXPECT_EQ(fs::file_size(log()), 0U);
            EXPECT_TRUE(store_->look_after()) << "emptied, and nothing is missing";
        }
        if (n == 30) run_by(others, "BEGIN; SELECT count(*) FROM sqlite_master");
        if (n == 40) run_by(others, "COMMIT");
    }
    sqlite3_close(others);
    EXPECT_GT(largest, 1000 * page_bytes) << "it was folded by itself";
    expect_sound();
}

}  // namespace
}  // namespace setclick::ledger
