// A ledger in a file taken over into PostgreSQL: what readers show and what a start finds is the same before
// and after; whatever ends it in between, there is all of it or nothing.
#include "setclickd/ledger/transfer.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <random>
#include <sstream>

#include "../../../src/ledger/postgres/session.hpp"
#include "ledger_fixture.hpp"
#include "setclickd/ledger/reasons.hpp"
#include "temporary_postgres.hpp"

namespace setclick::ledger {
namespace {

using enum event_state;
using postgres::parameters;
using postgres::session;

template <class... Values>
void put(std::ostream& out, Values const&... values) {
    ((out << values << '|'), ...);
    out << '\n';
}

void put_file(std::ostream& out, file_info const& f) {
    put(out, "file", static_cast<std::uint64_t>(f.no), f.claimed.name, f.claimed.work_name,
        f.claimed.device, f.claimed.inode, f.claimed.size, static_cast<int>(f.state), f.offset,
        f.line, f.at_end, f.reader_state, f.accepted, f.duplicate, f.refused, f.pending, f.held,
        f.delivered, f.rejected, f.discarded, to_ms(f.claimed_at), to_ms(f.finished_at),
        f.done_name, f.removed);
}

void put_row(std::ostream& out, event_row const& r) {
    put(out, "event", r.no.value, r.account_id, static_cast<int>(r.state),
        static_cast<std::uint64_t>(r.file), r.file_name, r.line, r.attempts, r.reason,
        r.in_doubt_ever, to_ms(r.due), to_ms(r.imported_at), to_ms(r.at));
}

void put_accounts(std::ostream& out, std::vector<account_info> const& all) {
    for (auto const& a : all) {
        put(out, "account", static_cast<std::uint32_t>(a.no), a.id, a.state, a.duplicate, a.refused,
            a.in_doubt_ever, to_ms(a.next_due), to_ms(a.last_due), to_ms(a.last_delivered),
            to_ms(a.oldest_waiting));
        for (std::size_t i = 0; i < event_state_count; ++i)
            put(out, a.counts[i], a.taken_back[i]);
    }
}

/// All that a reader can be asked.
std::string everything(reader& from) {
    std::ostringstream out;
    auto const totals = *from.totals();
    put(out, totals.ledger_id, totals.duplicate, totals.refused, totals.in_doubt_ever,
        totals.files_open, to_ms(totals.last_file), to_ms(totals.oldest_waiting),
        to_ms(totals.last_delivered));
    put_accounts(out, totals.accounts);
    put(out, *from.endpoint_note());
    for (auto const& [no, text] : *from.verdicts())
        put(out, static_cast<std::uint32_t>(no), text);
    for (auto const& slot : *from.history()) {
        put(out, "slot", slot.number);
        for (auto const member : history_members)
            put(out, slot.counts.*member);
    }
    auto const files = *from.newest_files(1000);
    for (auto const& f : files) {
        put_file(out, f);
        for (auto const& r : *from.refused_lines(f.no, 0, 1000))
            put(out, "refused", r.line, r.offset, r.length, r.reason);
        for (auto const& r : *from.rejected_events(f.no, event_no{}, 1000))
            put(out, "rejected", r.no.value, r.line, r.status, r.reason, r.excerpt, r.record);
        for (auto const& d : *from.duplicates(f.no, 0, 1000))
            put(out, "duplicate", d.line, d.first.value);
    }
    for (auto const& f : *from.newest_done(1000))
        put_file(out, f);
    for (auto after = event_no{};;) {
        auto const page = *from.list({}, after, 100);
        for (auto const& row : page.rows) {
            put_row(out, row);
            auto const shown = *from.show(row.no);
            put_row(out, shown.row);
            put(out, shown.record, shown.pruned);
            for (auto const& a : shown.attempts)
                put(out, "attempt", static_cast<int>(a.kind), a.n, to_ms(a.at),
                    static_cast<int>(a.state), a.counted, a.in_doubt, a.status,
                    static_cast<int>(a.phase), a.reason, a.excerpt);
        }
        if (page.done) break;
        after = page.next;
    }
    for (auto const& a : totals.accounts) {
        for (auto after = event_no{};;) {
            auto const page = *from.receipts(a.no, wall_time{}, after, 100);
            for (auto const& r : page.rows)
                put(out, "receipt", r.no.value, static_cast<int>(r.state), to_ms(r.imported_at),
                    to_ms(r.at), r.doubts, to_ms(r.last_doubt), r.confirmed, r.record);
            if (page.done) break;
            after = page.next;
        }
        auto const held_look = *from.held(a.no, 1000);
        for (auto const& r : held_look.reasons)
            put(out, "held", r.text, r.events, to_ms(r.oldest));
        for (int i = 0; i < 40; ++i) {
            auto const id = "id-" + std::to_string(i);
            if (auto const found = from.find_event_id(a.no, id)) put(out, id, found->value);
            if (auto const k = from.find_identity(a.no, id, chunk_builder::key_of("other")))
                put(out, id, k->holder.value, k->same_content, k->gives_way);
            if (auto const k = from.find_identity(a.no, {}, chunk_builder::key_of("c" + id)))
                put(out, "content", k->holder.value, k->same_content, k->gives_way);
        }
    }
    return out.str();
}

class transfer_test : public ledger_test {
protected:
    void SetUp() override {
        if (!temporary_postgres::is_installed())
            GTEST_SKIP() << "NOT TESTED: no PostgreSQL is installed (apt install postgresql-15)";
        ledger_test::SetUp();
        to_ = temporary_postgres::new_ledger();
        check_at_end_ = false;
    }

    std::string path() const { return options_.where.path; }
    std::string shown(place const& where) {
        auto opened = reader::open(where);
        EXPECT_TRUE(opened) << opened.error().message;
        return opened ? everything(**opened) : std::string();
    }
    session& target() {
        if (!target_) target_ = std::make_unique<session>(to_.postgres, "test", milliseconds{5000});
        return *target_;
    }
    bool is_untouched() {
        auto row = target().ask("SELECT to_regclass('account') IS NOT NULL", parameters());
        row.next();
        if (row.integer(0) == 0) return true;
        auto rows = target().ask(
            "SELECT (SELECT count(*) FROM account) + (SELECT count(*) FROM pack) + (SELECT "
            "count(*) FROM identity) + (SELECT count(*) FROM file)",
            parameters());
        return rows.next() && rows.integer(0) == 0;
    }
    result<transfer_report> transfer() {
        store_.reset();
        return transfer_ledger(path(), to_);
    }

    /// Something of everything that a ledger can hold.
    void fill() {
        auto const a = account("account-a");
        auto const b = account("account-\xc3\xa9");
        account("never used");
        auto const first = add_file(std::string("caf\xe9 \xff.ndjson"));
        chunk_builder one(first);
        for (int i = 0; i < 30; ++i)
            one.with_id(a, "id-" + std::to_string(i), "content " + std::to_string(i));
        for (int i = 0; i < 200; ++i)
            one.plain(i % 3 == 0 ? b : a, "record " + std::string(std::size_t(i), 'x'));
        for (int i = 0; i < 20; ++i)
            one.content(b, "by content", "cid-" + std::to_string(i));
        one.with_id(a, "id-3", "content 3").with_id(a, "id-4", "other");
        one.refused("no JSON", "account-a").refused("unknown account").blank_line();
        import(one.end().build());
        now_ += std::chrono::hours{1};
        auto const second = add_file("second.json");
        chunk_builder two(second);
        for (int i = 0; i < 70; ++i)
            two.plain(b, "second");
        auto unfinished = two.build();
        unfinished.reader_state = std::string("a\0b\xff", 4);
        import(std::move(unfinished));
        auto const done = import_events(a, 40, "finished.ndjson");

        auto ids = claim(a, 120);
        deliver({ids.begin(), ids.begin() + 60});
        auto rejected = ended(ids[60], event_state::rejected, "http-400");
        rejected.status = 400;
        rejected.excerpt = std::string("{\"error\":\"\xff\"}");
        settle(rejected);
        auto deferred = ended(ids[61], event_state::deferred, "http-503");
        deferred.due = now_ + std::chrono::hours{2};
        settle(deferred);
        auto doubt = ended(ids[62], waiting, "reset");
        doubt.in_doubt = true;
        settle(doubt);
        settle(ended(ids[63], held, "expired"));
        now_ += std::chrono::minutes{20};
        deliver({ids[65], ids[67], ids[70]});
        ids = claim(b, 30, doubt_policy::hold);
        deliver({ids.begin() + 5, ids.begin() + 12});

        auto const command = [&](operator_verb verb, event_filter filter) {
            operation what;
            what.verb = verb;
            what.filter = std::move(filter);
            what.force = true;
            what.who = "uid 7";
            ASSERT_TRUE(operate_all(*store_, what, now_));
        };
        event_filter of_b;
        of_b.account = b;
        of_b.file = second;
        command(operator_verb::hold, of_b);
        command(operator_verb::release, of_b);
        event_filter held_ones;
        held_ones.state = held;
        command(operator_verb::discard, held_ones);
        event_filter rejected_ones;
        rejected_ones.state = event_state::rejected;
        command(operator_verb::retry, rejected_ones);

        // One file comes to its end, is filed and expires.
        for (;;) {
            auto const flying = claim(a, 500);
            if (flying.empty()) break;
            deliver(flying);
        }
        if (store_->file(done)->state == file_state::complete) {
            done_file const filed{done, "finished.ndjson", {}, 77};
            ASSERT_TRUE(store_->files_done({&filed, 1}, now_));
        }
        ASSERT_TRUE(store_->keep_verdict(a, "all \"well\""));
        cycle_request notes;
        notes.notes.push_back({a, "gate 1 2 3"});
        notes.notes.push_back({endpoint_account, "endpoint \xc3\xa9"});
        cycle(notes);
        // Contents of delivered events go after a while.
        ASSERT_TRUE(store_->prune({}, now_, {}));
        retention keep;
        keep.body_days = 1;
        keep.done_days = 1;
        for (int day = 0; day < 4; ++day) {
            now_ += std::chrono::days{1};
            milliseconds elapsed = std::chrono::days{1};
            for (bool more = true; more; elapsed = {}) {
                auto const slice = store_->prune(keep, now_, elapsed);
                ASSERT_TRUE(slice) << slice.error().message;
                more = slice->more;
            }
        }
        import_events(b, 5, "newest");
        claim(b, 40);  // what a kill leaves
    }

    place to_;
    std::unique_ptr<session> target_;
};

TEST_F(transfer_test, what_readers_show_is_the_same_before_and_after) {
    fill();
    expect_sound();
    auto const before = shown(path());
    ASSERT_GT(before.size(), 10'000U);
    auto const done = transfer();
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_FALSE(done->was_there);
    EXPECT_GT(done->counts.events, 300U);
    for (auto const& count : transfer_count_names)
        EXPECT_GT(done->counts.*count.value, 0U) << "not met by this test: " << count.name;
    auto const after = shown(to_);
    // What PostgreSQL cannot keep in a text is '?'.
    auto expected = before;
    for (std::size_t at = 0; (at = expected.find("\"\xff\"", at)) != std::string::npos;)
        expected.replace(at, 3, "\"?\"");
    EXPECT_EQ(after, expected);
    auto const report = check_ledger(to_);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_TRUE(report->findings.empty()) << testing::PrintToString(report->findings);
}

/// The daemon's next start finds the same in doubt, and goes on with the same events.
TEST_F(transfer_test, start_goes_on_where_the_file_was_left) {
    fill();
    store_.reset();
    auto const copy = (directory_ / "copy.db").string();
    for (auto const* suffix : {"", "-wal", "-shm", ".mark"})
        if (std::filesystem::exists(path() + suffix))
            std::filesystem::copy_file(path() + suffix, copy + suffix);
    auto const done = transfer();
    ASSERT_TRUE(done) << done.error().message;

    auto const go_on = [&](place const& where) {
        std::ostringstream out;
        options_.where = where;
        files_ = 10;
        store_.reset();
        auto opened = store::open(options_);
        EXPECT_TRUE(opened) << opened.error().message;
        if (!opened) return out.str();
        store_ = std::move(*opened);
        auto const found = store_->recover(now_ + std::chrono::minutes{3});
        EXPECT_TRUE(found) << found.error().message;
        put(out, store_->id(), store_->run(), found->run, found->in_doubt, found->resent,
            found->held, found->endpoint_note, found->files.size());
        for (auto const& f : found->files)
            put_file(out, f);
        put_accounts(out, found->accounts);
        for (std::uint32_t no = 1; no <= 3; ++no)
            for (auto const id : claim(account_no{no}, 60))
                put(out, id.value);
        // Known already; and new numbers go on.
        chunk_builder more(add_file("more"));
        more.with_id(account("account-a"), "id-7", "content 7").plain(account("new"), "r");
        more.plain(account("account-a"), "r");
        auto const imported = import(more.end().build());
        put(out, imported.accepted, imported.duplicates, imported.refused);
        store_.reset();
        auto const report = check_ledger(where);
        EXPECT_TRUE(report && report->findings.empty());
        return out.str() + shown(where);
    };
    auto const start = now_;
    auto of_file = go_on(place(copy));
    now_ = start;
    auto of_postgres = go_on(to_);
    EXPECT_GT(of_file.size(), 10'000U);
    for (std::size_t at = 0; (at = of_file.find("\"\xff\"", at)) != std::string::npos;)
        of_file.replace(at, 3, "\"?\"");
    EXPECT_EQ(of_postgres, of_file);
}

TEST_F(transfer_test, no_daemon_works_with_the_file_by_mistake_afterwards) {
    fill();
    ASSERT_TRUE(transfer());
    auto const opened = store::open(options_);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, errc::io);
    EXPECT_NE(opened.error().message.find("taken over into PostgreSQL"), std::string::npos);
    auto const again = transfer();
    ASSERT_FALSE(again);
    EXPECT_NE(again.error().message.find("taken over into PostgreSQL"), std::string::npos);
    // Readers still can, and a person who means it goes on with it.
    EXPECT_FALSE(shown(path()).empty());
    auto const adopted = adopt_ledger(path(), {}, now_);
    ASSERT_TRUE(adopted) << adopted.error().message;
    EXPECT_GT(adopted->in_doubt, 0U);
    EXPECT_TRUE(store::open(options_));
}

/// Killed after each step in turn: nothing is changed, or all of it is done and only the file is not
/// marked; run again it comes to its end.
TEST_F(transfer_test, killed_in_between_there_is_all_of_it_or_nothing) {
    fill();
    store_.reset();
    auto const before = shown(path());
    bool is_over = false;
    int kills = 0;
    int found_done = 0;
    for (int step = 1; !is_over; ++step) {
        ASSERT_LT(step, 100);
        auto const child = ::fork();
        if (child == 0) {
            int calls = 0;
            transfer_options how;
            how.progress = [&](std::string_view) {
                if (++calls == step) ::kill(::getpid(), SIGKILL);
            };
            ::_exit(transfer_ledger(path(), to_, how) ? 0 : 1);
        }
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        is_over = WIFEXITED(status);
        if (is_over) {
            EXPECT_EQ(WEXITSTATUS(status), 0);
            break;
        }
        ++kills;
        if (is_untouched()) {
            EXPECT_EQ(shown(path()), before);
            EXPECT_TRUE(store::open(options_)) << "the daemon would go on with the file";
            continue;
        }
        ++found_done;
        EXPECT_EQ(check_ledger(to_)->findings.size(), 0U);
    }
    EXPECT_GE(kills, 5);
    EXPECT_EQ(found_done, 1) << "between COMMIT and the mark";
    EXPECT_TRUE(check_ledger(to_)->findings.empty());
    EXPECT_FALSE(store::open(options_)) << "it is marked";
}

TEST_F(transfer_test, file_that_was_worked_with_after_a_kill_is_not_taken_for_what_is_there) {
    fill();
    store_.reset();
    auto const child = ::fork();
    if (child == 0) {
        transfer_options how;
        how.progress = [](std::string_view stage) {
            if (stage.starts_with("marking")) ::kill(::getpid(), SIGKILL);
        };
        std::ignore = transfer_ledger(path(), to_, how);
        ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    ASSERT_FALSE(is_untouched());
    open();  // recovers, and goes on
    auto const again = transfer();
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, errc::refused);
    EXPECT_NE(again.error().message.find("earlier state"), std::string::npos);
    EXPECT_TRUE(store::open(options_)) << "the file is what it was";
}

TEST_F(transfer_test, what_does_not_suit_is_refused_and_nothing_is_changed) {
    fill();
    {
        auto const while_in_use = transfer_ledger(path(), to_);
        ASSERT_FALSE(while_in_use);
        EXPECT_EQ(while_in_use.error().code, errc::busy) << "a daemon has it";
    }
    auto const nowhere = transfer_ledger((directory_ / "none.db").string(), to_);
    ASSERT_FALSE(nowhere);
    EXPECT_EQ(nowhere.error().code, errc::not_found);
    EXPECT_FALSE(std::filesystem::exists(directory_ / "none.db"));
    std::ofstream(directory_ / "empty.db").close();
    EXPECT_FALSE(transfer_ledger((directory_ / "empty.db").string(), to_));
    auto const copy = (directory_ / "copy.db").string();
    ASSERT_TRUE(backup_ledger(path(), copy));
    auto const of_copy = transfer_ledger(copy, to_);
    ASSERT_FALSE(of_copy);
    EXPECT_NE(of_copy.error().message.find("is a copy"), std::string::npos);
    EXPECT_FALSE(transfer_ledger(path(), place(copy))) << "into PostgreSQL only";
    EXPECT_TRUE(is_untouched());

    // Somebody works with the database.
    {
        options other = options_;
        other.where = to_;
        auto opened = store::open(other);
        ASSERT_TRUE(opened) << opened.error().message;
        ASSERT_TRUE((*opened)->recover(now_));
        auto const in_use = transfer();
        ASSERT_FALSE(in_use);
        ASSERT_TRUE((*opened)->account("somebody"));
        auto const not_empty = transfer();
        ASSERT_FALSE(not_empty);
        EXPECT_EQ(not_empty.error().code, errc::refused);
        EXPECT_NE(not_empty.error().message.find("holds a ledger already"), std::string::npos);
    }
    EXPECT_TRUE(store::open(options_)) << "the file is what it was";
}

TEST_F(transfer_test, writer_in_the_database_refuses_it) {
    fill();
    store_.reset();
    options other = options_;
    other.where = to_;
    ASSERT_TRUE(store::open(other)) << "makes the tables";
    target().begin();
    target().ask("INSERT INTO meta(key) VALUES('somebody writes')", parameters());
    auto const done = transfer();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, errc::busy);
    target().rollback();
    EXPECT_TRUE(transfer());
}

TEST_F(transfer_test, what_does_not_add_up_is_refused_by_name_and_nothing_is_changed) {
    fill();
    store_.reset();
    auto const before = shown(path());
    options other = options_;
    other.where = to_;
    ASSERT_TRUE(store::open(other)) << "makes the tables";
    struct fault {
        std::string table;
        std::string name;
        std::string body;
    };
    for (auto const& f :
         {fault{"attempt", "attempts", "IF new.seq = 1 THEN RETURN NULL; END IF; RETURN new;"},
          fault{"identity", "identities",
                "IF get_byte(new.key, 0) = 99 THEN RETURN NULL; END IF; RETURN new;"},
          fault{"pack", "record_bytes", "new.body = new.body || '\\x41'; RETURN new;"},
          fault{"duplicate", "duplicate_lines", "RETURN NULL;"},
          fault{"account_run", "delivered", "new.delivered = 1; RETURN new;"},
          fault{"file", "accepted_by_files", "new.accepted = 1; RETURN new;"},
          fault{"span", "not sound", "new.state = 6; RETURN new;"}}) {
        SCOPED_TRACE(f.table);
        target().run_script(
            ("CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " + f.body +
             " END $$; CREATE TRIGGER spoil BEFORE INSERT ON \"" + f.table +
             "\" FOR EACH ROW EXECUTE FUNCTION spoil()")
                .c_str());
        auto const done = transfer();
        EXPECT_FALSE(done);
        if (!done) {
            EXPECT_EQ(done.error().code, errc::refused);
            EXPECT_NE(done.error().message.find(f.name), std::string::npos) << done.error().message;
        }
        target().run_script("DROP FUNCTION spoil() CASCADE");
        EXPECT_TRUE(is_untouched());
        EXPECT_EQ(shown(path()), before);
    }
    EXPECT_TRUE(transfer());
}

TEST_F(transfer_test, how_long_it_takes) {
    auto const* const wanted = std::getenv("SETCLICK_TRANSFER");
    if (wanted == nullptr) GTEST_SKIP() << "a measurement: SETCLICK_TRANSFER=250 for a million";
    auto const batches = std::atoi(wanted);
    auto const a = account("a");
    std::mt19937_64 random(1);
    for (int i = 0; i < batches; ++i) {
        auto const file = add_file("f" + std::to_string(i));
        chunk_builder chunk(file);
        for (int n = 0; n < 4000; ++n) {
            std::string record(250, 'r');
            for (int k = 0; k < 13; ++k)
                record += std::to_string(random() % 100'000'000);
            chunk.with_id(a, std::to_string(random()), record);
        }
        import(chunk.end().build());
    }
    for (int i = 0; i < batches * 4 - 10; ++i)
        deliver(claim(a, 1000));
    store_.reset();
    auto const begin = std::chrono::steady_clock::now();
    auto const done = transfer();
    auto const took = std::chrono::steady_clock::now() - begin;
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->counts.events, static_cast<std::uint64_t>(batches) * 4000);
    std::cout << "took over " << done->counts.events << " events, "
              << done->counts.record_bytes / 1'000'000 << " MB of records, in "
              << std::chrono::duration_cast<std::chrono::milliseconds>(took).count() << " ms\n";
}

TEST_F(transfer_test, damaged_file_is_refused) {
    fill();
    store_.reset();
    {
        std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
        std::string text(std::istreambuf_iterator<char>(file), {});
        auto const at = text.find("record xxxxxxxxxx");
        ASSERT_NE(at, std::string::npos);
        file.clear();
        file.seekp(static_cast<std::streamoff>(at));
        file << "damage";
    }
    auto const done = transfer();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, errc::io);
    EXPECT_TRUE(is_untouched());
}

}  // namespace
}  // namespace setclick::ledger
