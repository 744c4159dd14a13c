// A ledger in a directory of its own, and short words for what tests do with it.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "setclickd/ledger/maintenance.hpp"
#include "setclickd/ledger/reader.hpp"
#include "setclickd/ledger/store.hpp"

namespace setclick::ledger {

inline constexpr wall_time start_time = from_ms(1'790'000'000'000);

/// Builds a chunk line by line.
class chunk_builder {
public:
    explicit chunk_builder(file_no file, std::uint64_t first_line = 1) : line_(first_line) {
        chunk_.file = file;
    }

    chunk_builder& plain(account_no account, std::string_view record) {
        add(account, record);
        return *this;
    }
    /// Content identity out of any text.
    chunk_builder& content(account_no account, std::string_view record, std::string_view content) {
        auto& e = add(account, record);
        e.identity = identity_kind::content;
        e.content = key_of(content);
        return *this;
    }
    chunk_builder& with_id(account_no account, std::string_view event_id,
                           std::string_view content) {
        auto& e = add(account, content);
        e.identity = identity_kind::event_id;
        e.event_id = text(event_id);
        e.content = key_of(content);
        return *this;
    }
    chunk_builder& refused(std::string_view reason, std::string_view account = {}) {
        refused_line r;
        r.line = line_++;
        r.offset = r.line * 100;
        r.length = 99;
        r.reason = text(reason);
        r.account = text(account);
        chunk_.refused.push_back(r);
        return *this;
    }
    chunk_builder& blank_line() {
        ++line_;
        return *this;
    }
    chunk_builder& end() {
        chunk_.at_end = true;
        return *this;
    }
    import_chunk build() {
        chunk_.next_line = line_;
        chunk_.next_offset = line_ * 100;
        return std::move(chunk_);
    }
    std::uint64_t line() const { return line_; }

    static content_key key_of(std::string_view content) {
        content_key key{};
        auto hash = std::hash<std::string_view>{}(content);
        for (std::size_t i = 0; i < 8; ++i)
            key[8 + i] = static_cast<std::byte>(hash >> (8 * i));
        return key;
    }

private:
    slice text(std::string_view t) {
        slice const out{static_cast<std::uint32_t>(chunk_.arena.size()),
                        static_cast<std::uint32_t>(t.size())};
        chunk_.arena += t;
        return out;
    }
    new_event& add(account_no account, std::string_view record) {
        new_event e;
        e.account = account;
        e.line = line_++;
        e.offset = e.line * 100;
        e.length = 99;
        e.record = text(record);
        chunk_.events.push_back(e);
        return chunk_.events.back();
    }

    import_chunk chunk_;
    std::uint64_t line_;
};

/// One kind of store, as far as its tests must know it. A second store is one more of these: what
/// runs as `LEDGER_CONTRACT` is what it must pass.
struct store_kind {
    std::string name;
    place (*place_in)(std::filesystem::path const& directory);
    /// Why tests with it cannot run here; null: they can.
    char const* (*is_missing)() = []() -> char const* { return nullptr; };
};
inline void PrintTo(store_kind const& kind, std::ostream* out) {
    *out << kind.name;
}
inline store_kind const sqlite_kind{
    "sqlite", [](std::filesystem::path const& dir) { return place((dir / "ledger.db").string()); }};

class ledger_test : public testing::Test {
protected:
    /// Of tests that are about one kind of store only.
    virtual store_kind kind() const { return sqlite_kind; }

    void SetUp() override {
        if (auto const* const why = kind().is_missing(); why != nullptr)
            GTEST_SKIP() << "NOT TESTED: " << why;
        std::string name = (std::filesystem::temp_directory_path() / "ledger-test-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        directory_ = name;
        options_.where = kind().place_in(directory_);
        options_.sqlite.reserve = 64 * 1024;
        open();
    }
    void TearDown() override {
        if (directory_.empty()) return;
        if (check_at_end_ && store_) expect_sound();
        store_.reset();
        std::filesystem::remove_all(directory_);
    }

    void open() {
        auto opened = store::open(options_);
        ASSERT_TRUE(opened) << opened.error().message;
        store_ = std::move(*opened);
        ASSERT_TRUE(store_->recover(now_));
    }
    /// As after kill -9, as far as the ledger's content goes: nothing is settled, nothing is tidied
    /// up.
    recovery reopen(bool aborted = false) { return reopen(last_end{aborted, std::nullopt}); }
    recovery reopen(last_end const& end) {
        store_.reset();
        auto opened = store::open(options_);
        EXPECT_TRUE(opened) << opened.error().message;
        store_ = std::move(*opened);
        auto found = store_->recover(now_, end);
        EXPECT_TRUE(found) << found.error().message;
        return *found;
    }
    std::unique_ptr<reader> look() {
        auto opened = reader::open(options_.where);
        EXPECT_TRUE(opened) << opened.error().message;
        return std::move(*opened);
    }
    void expect_sound() {
        auto const report = check_ledger(options_.where);
        ASSERT_TRUE(report) << report.error().message;
        EXPECT_TRUE(report->findings.empty()) << testing::PrintToString(report->findings);
    }

    account_no account(std::string_view id) { return *store_->account(id); }
    file_no add_file(std::string const& name) {
        claimed_file f;
        f.name = name;
        f.work_name = std::to_string(++files_) + "-" + name;
        return store_->import({&f, 1}, {}, now_)->files.front();
    }
    import_result import(import_chunk chunk) {
        auto done = store_->import({}, {&chunk, 1}, now_);
        EXPECT_TRUE(done) << done.error().message;
        return done ? done->chunks.front() : import_result{};
    }
    /// A file with so many events of one account, read to its end.
    file_no import_events(account_no account, std::uint32_t count,
                          std::string const& name = "a.ndjson") {
        auto const file = add_file(name);
        chunk_builder chunk(file);
        for (std::uint32_t i = 0; i < count; ++i)
            chunk.plain(account, "record " + std::to_string(i));
        import(chunk.end().build());
        return file;
    }
    cycle_result cycle(cycle_request request) {
        request.now = now_;
        auto done = store_->cycle(request);
        EXPECT_TRUE(done) << done.error().message;
        return done ? std::move(*done) : cycle_result{};
    }
    std::vector<event_no> claim(account_no account, std::uint32_t count,
                                doubt_policy policy = doubt_policy::resend) {
        cycle_request r;
        r.wishes.push_back({account, count, policy});
        auto const done = cycle(r);
        std::vector<event_no> out;
        for (auto const& b : done.batches)
            for (auto const& e : b.events)
                out.push_back(e.no);
        return out;
    }
    cycle_result deliver(std::vector<event_no> ids) {
        cycle_request r;
        r.delivered = std::move(ids);
        return cycle(r);
    }
    cycle_result settle(settlement s) {
        cycle_request r;
        s.at = now_;
        r.settlements.push_back(std::move(s));
        return cycle(r);
    }
    static settlement ended(event_no no, event_state state, std::string reason) {
        settlement s;
        s.no = no;
        s.state = state;
        s.reason = std::move(reason);
        return s;
    }
    std::uint64_t count(account_no account, event_state state) {
        auto const all = store_->accounts();
        return (*all)[static_cast<std::size_t>(account) - 1]
            .counts[static_cast<std::size_t>(state)];
    }
    event_state state_of(event_no no) { return look()->show(no)->row.state; }

    std::filesystem::path directory_;
    options options_;
    std::unique_ptr<store> store_;
    wall_time now_ = start_time;
    int files_ = 0;
    bool check_at_end_ = true;
};

}  // namespace setclick::ledger
