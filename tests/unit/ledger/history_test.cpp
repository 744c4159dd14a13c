// How many events became what in each quarter of an hour: each event in one slot, whatever the clock does
// and whatever ends the daemon; so many slots and no more.
#include <gmock/gmock.h>

#include <map>

#include "../../../src/ledger/core/history.hpp"
#include "../../../src/ledger/sqlite/history_table.hpp"
#include "../../../src/ledger/sqlite/sqlite.hpp"
#include "contract.hpp"
#include "ledger_fixture.hpp"

namespace setclick::ledger {
namespace {

using enum event_state;
using std::chrono::hours;
using std::chrono::minutes;

constexpr milliseconds slot_length = minutes{15};
constexpr milliseconds day = hours{24};

history_counts delivered_of(std::uint64_t n) {
    history_counts out;
    out.delivered = n;
    return out;
}

TEST(open_slot, timeline) {
    // The clock's minutes, and what is then counted: which slot is over with it.
    struct step {
        char const* what;
        std::int64_t minute;
        std::uint64_t delivered;
        std::optional<std::pair<std::int64_t, std::uint64_t>> over;
        std::uint64_t in_progress;
    };
    open_slot slot;
    std::int64_t const base = slot_of(start_time);
    auto const start = wall_time{} + base * slot_length;
    for (auto const& s : {
             step{"the first", 0, 1, {}, 1},
             step{"the same slot", 14, 2, {}, 3},
             step{"the next one", 15, 4, {{0, 3}}, 4},
             step{"hours later", 600, 8, {{1, 4}}, 8},
             step{"set back by ten hours", 0, 16, {{40, 8}}, 16},
             step{"and by a day more", -1440, 32, {{0, 16}}, 32},
             step{"a year ahead", 525600, 64, {{-96, 32}}, 64},
             step{"corrected", 16, 128, {{35040, 64}}, 128},
         }) {
        SCOPED_TRACE(s.what);
        auto const over = slot.add(delivered_of(s.delivered), start + minutes{s.minute});
        ASSERT_EQ(over.has_value(), s.over.has_value());
        if (over) {
            EXPECT_EQ(over->number - base, s.over->first);
            EXPECT_EQ(over->counts, delivered_of(s.over->second));
        }
        EXPECT_EQ(slot.now().counts, delivered_of(s.in_progress));
    }
}

TEST(open_slot, slots_begin_at_the_quarters_of_utc_before_1970_too) {
    EXPECT_EQ(slot_of(wall_time{}), 0);
    EXPECT_EQ(slot_of(from_ms(899'999)), 0);
    EXPECT_EQ(slot_of(from_ms(900'000)), 1);
    EXPECT_EQ(slot_of(from_ms(-1)), -1);
}

TEST(open_slot, text_comes_back_as_it_was_and_nonsense_is_nothing) {
    open_slot slot;
    history_counts all;
    std::uint64_t n = 1;
    for (auto const member : history_members)
        all.*member = n *= 1000;
    slot.add(all, start_time);
    auto const back = open_slot::from(slot.text());
    ASSERT_TRUE(back);
    EXPECT_EQ(back->now().counts, all);
    EXPECT_EQ(back->now().number, slot_of(start_time));
    EXPECT_EQ(back->text(), slot.text());
    history_counts most;
    for (auto const member : history_members)
        most.*member = UINT64_MAX;
    EXPECT_EQ(history_counts_from(text_of(most)), most);
    for (auto const* nonsense : {"", "x", "1", "1 2 3 4 5 6", "1 2 3 4 5 6 x", "1 2 3 4 5 6 7 8",
                                 "1 2 3 4 5 6 -7", "99999999999999999999 1 2 3 4 5 6"})
        EXPECT_FALSE(open_slot::from(nonsense)) << nonsense;
}

template <class Base>
class with_history : public Base {
protected:
    /// Delivers so many, each imported for it.
    void deliver_new(std::uint32_t count) {
        this->import_events(this->account("a"), count);
        this->deliver(this->claim(this->account("a"), count));
    }
    std::map<std::int64_t, history_counts> slots() {
        std::map<std::int64_t, history_counts> out;
        auto const all = this->look()->history();
        EXPECT_TRUE(all) << all.error().message;
        for (auto const& slot : *all)
            EXPECT_TRUE(out.emplace(slot.number, slot.counts).second) << "each once";
        return out;
    }
    history_counts sum() {
        history_counts out;
        for (auto const& [_, counts] : slots())
            out += counts;
        return out;
    }
};

class history_test : public with_history<contract_test> {};
/// How it lies in the tables of a file.
class history_in_file_test : public with_history<ledger_test> {};

LEDGER_CONTRACT(history_test);

TEST_P(history_test, each_outcome_is_counted_when_it_comes) {
    auto const a = account("a");
    chunk_builder chunk(add_file("f"));
    for (int i = 0; i < 10; ++i)
        chunk.content(a, "r", "c" + std::to_string(i));
    chunk.content(a, "r", "c1").refused("no event").refused("no event", "a");
    import(chunk.end().build());
    history_counts expected;
    expected.duplicate = 1;
    expected.rejected = 2;
    EXPECT_EQ(sum(), expected);

    auto const ids = claim(a, 8);
    EXPECT_EQ(sum(), expected) << "a claim is no outcome";
    deliver({ids[0], ids[1], ids[2]});
    settle(ended(ids[3], rejected, "http-400"));
    auto later = ended(ids[4], deferred, "http-503");
    later.due = now_ + 2s;
    settle(later);
    auto unknown = ended(ids[5], delivered, "");
    unknown.in_doubt = true;
    settle(unknown);
    expected.delivered += 4;
    expected.rejected += 1;
    expected.deferred += 1;
    expected.in_doubt += 1;
    EXPECT_EQ(sum(), expected);

    // Two are still in flight: a crash.
    reopen();
    expected.in_doubt += 2;
    EXPECT_EQ(sum(), expected);

    operation what;
    what.who = "test";
    what.verb = operator_verb::discard;
    what.filter.event = ids[3];
    ASSERT_EQ(operate_all(*store_, what, now_)->counts.touched, 1U);
    expected.discarded += 1;
    EXPECT_EQ(sum(), expected) << "it was rejected all the same, in its time";
    what.verb = operator_verb::retry;
    ASSERT_EQ(operate_all(*store_, what, now_)->counts.touched, 1U);
    EXPECT_EQ(sum(), expected);
    EXPECT_EQ(slots().size(), 1U);
}

TEST_P(history_test, events_lie_in_the_slot_of_their_moment_through_restarts) {
    auto const base = slot_of(now_);
    for (std::uint32_t i = 0; i < 5; ++i) {
        deliver_new(i + 1);
        if (i == 2) reopen();
        now_ += slot_length;
    }
    auto const all = slots();
    ASSERT_EQ(all.size(), 5U);
    for (std::uint32_t i = 0; i < 5; ++i)
        EXPECT_EQ(all.at(base + i), delivered_of(i + 1));
}

TEST_P(history_test, what_changes_nothing_writes_nothing) {
    deliver_new(1);
    auto const before = slots();
    now_ += day;
    cycle({});
    reopen();
    claim(account("a"), 10);
    EXPECT_EQ(slots(), before);
}

TEST_P(history_test, transaction_that_failed_counts_nothing) {
    auto const a = account("a");
    import_events(a, 2);
    auto const ids = claim(a, 2);
    cycle_request r;
    r.now = now_;
    r.delivered = {ids[0]};
    r.settlements.push_back(ended(event_no::of(a, 999), rejected, "http-400"));
    EXPECT_FALSE(store_->cycle(r));
    EXPECT_EQ(sum(), history_counts{});
    deliver(ids);
    EXPECT_EQ(sum(), delivered_of(2));
}

TEST_P(history_test, clock_that_jumps_leaves_every_event_in_one_slot) {
    struct jump {
        milliseconds by;
        std::uint32_t delivers;
    };
    std::uint64_t all = 0;
    for (auto const& [by, delivers] : {jump{milliseconds{0}, 3},
                                       {-day, 5},
                                       {365 * day, 7},
                                       {-366 * day, 11},
                                       {minutes{1}, 13},
                                       {-70 * 365 * day, 17},
                                       {70 * 365 * day, 19},
                                       {hours{1}, 23}}) {
        now_ += by;
        deliver_new(delivers);
        all += delivers;
        EXPECT_EQ(sum(), delivered_of(all));
        EXPECT_EQ(slots().at(slot_of(now_)).delivered,
                  delivers + (by == minutes{1} ? 11U : 0U) + (by == 70 * 365 * day ? 24U : 0U));
        if (delivers % 2 == 1) reopen();
    }
}

/// A slot for each quarter of an hour in which something happens.
TEST_F(history_in_file_test, so_many_slots_are_kept_and_no_clock_pushes_them_out) {
    import_events(account("a"), 40);
    auto ids = claim(account("a"), 1);
    std::size_t next = 0;
    auto const deliver_at = [&](wall_time at) {
        cycle_request r;
        r.now = at;
        r.delivered = {ids[next++]};
        ASSERT_TRUE(store_->cycle(r));
    };
    deliver_at(now_);
    // Without a year of deliveries: slots of other moments, written as the table has them.
    store_.reset();
    {
        connection db(options_.where.path, connection::mode::create);
        db.run(("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
                std::to_string(most_history_slots) +
                ") INSERT INTO history SELECT i, i, 1, 0, 0, 0, 0, 0 FROM n;"
                "UPDATE meta SET value = '0 0 0 0 0 0' WHERE key = 'history_before'")
                   .c_str());
    }
    check_at_end_ = false;  // it has more delivered than there are
    open();
    ids = claim(account("a"), 30);
    next = 0;
    auto const kept = static_cast<std::size_t>(most_history_slots);
    EXPECT_EQ(slots().size(), kept + 1);
    // Each slot that is over pushes out the one that was begun the longest ago.
    for (int i = 1; i <= 20; ++i) {
        // Forth by years and back by days, as no clock would.
        now_ += i % 3 == 0 ? -2 * day : 400 * day;
        deliver_at(now_);
        auto const all = slots();
        EXPECT_EQ(all.size(), kept + 1);
        EXPECT_FALSE(all.contains(i)) << "the oldest";
        EXPECT_TRUE(all.contains(i + 1));
        EXPECT_TRUE(all.contains(slot_of(now_)));
    }
    // What was pushed out is in the sum.
    connection db(options_.where.path, connection::mode::read_only);
    statement before(db, "SELECT value FROM meta WHERE key = 'history_before'");
    auto row = before.rows();
    ASSERT_TRUE(row.next());
    EXPECT_EQ(history_counts_from(row.text(0)), delivered_of(20));
}

TEST_F(history_in_file_test, check_finds_an_event_that_is_counted_twice_or_not_at_all) {
    import_events(account("a"), 3);
    deliver(claim(account("a"), 3));
    chunk_builder again(add_file("again"));
    again.content(account("a"), "r", "x").content(account("a"), "r", "x").refused("no");
    import(again.end().build());
    now_ += day;
    deliver_new(1);
    expect_sound();
    check_at_end_ = false;
    store_.reset();
    for (auto const* fault :
         {"UPDATE history SET delivered = delivered - 1", "UPDATE history SET duplicate = 0",
          "UPDATE history SET duplicate = 2", "UPDATE history SET rejected = 0",
          "UPDATE history SET in_doubt = 1", "DELETE FROM history",
          "UPDATE meta SET value = 'x' WHERE key = 'history'"}) {
        SCOPED_TRACE(fault);
        std::filesystem::copy_file(options_.where.path, directory_ / "copy.db",
                                   std::filesystem::copy_options::overwrite_existing);
        connection((directory_ / "copy.db").string(), connection::mode::create).run(fault);
        auto const report = check_ledger(place((directory_ / "copy.db").string()));
        ASSERT_TRUE(report) << report.error().message;
        EXPECT_FALSE(report->findings.empty());
        std::filesystem::remove(directory_ / "copy.db");
    }
}

TEST_F(history_in_file_test, ledger_of_version_5_begins_with_what_it_has) {
    deliver_new(5);
    chunk_builder chunk(add_file("more"));
    chunk.refused("no").refused("no", "a");
    import(chunk.end().build());
    store_.reset();
    connection(options_.where.path, connection::mode::create)
        .run(
            "DROP TABLE history; DELETE FROM meta WHERE key LIKE 'history%'; PRAGMA user_version = "
            "5");
    reopen();
    EXPECT_EQ(sum(), history_counts{});
    expect_sound();
    now_ += day;
    deliver_new(2);
    EXPECT_EQ(sum(), delivered_of(2));
    expect_sound();
}

}  // namespace
}  // namespace setclick::ledger
