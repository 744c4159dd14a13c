#include "setclickd/ledger/operations.hpp"

#include "contract.hpp"
#include "ledger_fixture.hpp"

namespace setclick::ledger {
namespace {

using enum event_state;

class operations_test : public contract_test {
protected:
    void SetUp() override {
        contract_test::SetUp();
        a_ = account("a");
    }
    operation_slice run(operator_verb verb, event_filter filter = {}, bool force = false) {
        operation what;
        what.verb = verb;
        what.filter = std::move(filter);
        what.force = force;
        what.who = "uid 0";
        auto done = operate_all(*store_, what, now_);
        EXPECT_TRUE(done) << done.error().message;
        return *done;
    }
    /// Three events: rejected, held in doubt, delivered; of a file that is done.
    std::vector<event_no> three_endings() {
        file_ = import_events(a_, 3);
        auto ids = claim(a_, 3);
        settle(ended(ids[0], rejected, "http-400"));
        auto doubt = ended(ids[1], held, "in-doubt");
        doubt.in_doubt = true;
        settle(doubt);
        deliver({ids[2]});
        return ids;
    }
    operation_counts retry(bool force, bool superseded_too) {
        operation what;
        what.verb = operator_verb::retry;
        what.force = force;
        what.superseded_too = superseded_too;
        what.who = "uid 0";
        return operate_all(*store_, what, now_)->counts;
    }
    import_chunk three_lines(file_no file) {
        return chunk_builder(file)
            .with_id(a_, "1", "x")
            .content(a_, "r", "y")
            .with_id(a_, "3", "z")
            .end()
            .build();
    }
    /// Two rejected and one discarded, of which all lines are dropped again: 4, 5 and 6 wait.
    void dropped_again() {
        file_ = add_file("a.ndjson");
        import(three_lines(file_));
        for (auto const no : claim(a_, 2)) {
            auto s = ended(no, rejected, "http-400");
            s.status = 400;
            s.excerpt = "no such field";
            s.counted = false;
            settle(s);
        }
        run(operator_verb::discard, only(waiting));
        finish_file();
        EXPECT_EQ(import(three_lines(add_file("again.ndjson"))).accepted, 3U);
    }
    event_filter only(event_state state) {
        event_filter f;
        f.state = state;
        return f;
    }
    void finish_file() {
        std::vector<done_file> const done{{file_, "a.ndjson"}};
        ASSERT_TRUE(store_->files_done(done, now_));
    }

    account_no a_{};
    file_no file_{};
};

LEDGER_CONTRACT(operations_test);

TEST_P(operations_test, hold_and_release_touch_what_waits_and_leave_what_flies) {
    import_events(a_, 10);
    claim(a_, 4);
    auto const held_now = run(operator_verb::hold);
    EXPECT_EQ(held_now.counts.touched, 6U);
    EXPECT_EQ(held_now.counts.in_flight, 4U);
    EXPECT_EQ(count(a_, held), 6U);
    EXPECT_TRUE(claim(a_, 10).empty());
    auto const released = run(operator_verb::release);
    EXPECT_EQ(released.counts.touched, 6U);
    EXPECT_EQ(released.counts.maybe_received, 0U);
    EXPECT_EQ(released.depths.at(0).waiting, 6U);
    EXPECT_EQ(claim(a_, 10).size(), 6U);
}

TEST_P(operations_test, dry_run_counts_and_changes_nothing) {
    import_events(a_, 2500);
    operation what;
    what.verb = operator_verb::discard;
    what.dry_run = true;
    EXPECT_EQ(operate_all(*store_, what, now_)->counts.touched, 2500U);
    EXPECT_EQ(count(a_, waiting), 2500U);
    what.dry_run = false;
    auto const done = operate_all(*store_, what, now_);
    EXPECT_EQ(done->counts.touched, 2500U);
    EXPECT_EQ(count(a_, discarded), 2500U);
    EXPECT_EQ(done->complete_files.size(), 1U);
}

TEST_P(operations_test, slice_is_bounded_and_says_where_to_go_on) {
    import_events(a_, 2500);
    operation what;
    what.verb = operator_verb::hold;
    auto const first = store_->operate(what, {}, now_);
    EXPECT_EQ(first->counts.touched, 1000U);
    EXPECT_FALSE(first->done);
    auto const second = store_->operate(what, first->next, now_);
    EXPECT_EQ(second->counts.touched, 1000U);
    EXPECT_EQ(count(a_, held), 2000U);
}

TEST_P(operations_test, release_says_how_many_may_be_booked_twice) {
    three_endings();
    auto const released = run(operator_verb::release);
    EXPECT_EQ(released.counts.touched, 1U);
    EXPECT_EQ(released.counts.maybe_received, 1U);
}

TEST_P(operations_test, retry_of_what_may_have_been_received_needs_force) {
    auto const ids = three_endings();
    auto const plain = run(operator_verb::retry);
    EXPECT_EQ(plain.counts.touched, 1U);
    EXPECT_EQ(plain.counts.needs_force, 2U);
    EXPECT_EQ(state_of(ids[0]), waiting);
    auto const forced = run(operator_verb::retry, {}, true);
    EXPECT_EQ(forced.counts.touched, 2U);
    EXPECT_EQ(forced.counts.maybe_received, 2U);
    EXPECT_EQ(count(a_, waiting), 3U);
}

TEST_P(operations_test, retry_reopens_a_finished_file_and_the_receipt_keeps_both_states) {
    auto const ids = three_endings();
    run(operator_verb::discard, only(held));
    finish_file();
    now_ += 1h;
    auto const again = run(operator_verb::retry, only(rejected));
    EXPECT_EQ(again.reopened, std::vector{file_});
    EXPECT_EQ(store_->file(file_)->state, file_state::open);
    EXPECT_EQ(store_->file(file_)->pending, 1U);
    auto const shown = look()->show(ids[0]);
    ASSERT_EQ(shown->attempts.size(), 2U);
    EXPECT_EQ(shown->attempts[0].state, rejected);
    EXPECT_EQ(shown->attempts[1].kind, attempt_kind::person);
    EXPECT_EQ(shown->attempts[1].reason, "retry");
    auto const rejected_at = std::chrono::floor<std::chrono::seconds>(now_ - 1h);
    EXPECT_EQ(shown->attempts[1].excerpt, "uid 0, was rejected since " + wall_text(rejected_at));
    EXPECT_EQ(shown->row.attempts, 1U);
    // Its patience begins anew, its attempts are counted on.
    cycle_request r;
    r.wishes.push_back({a_, 5, {}});
    auto const claimed = cycle(r);
    EXPECT_EQ(claimed.batches.at(0).events.at(0).attempt, 2U);
    EXPECT_EQ(claimed.batches[0].events[0].first_failed, wall_time{});
    EXPECT_EQ(numbers_of(deliver({ids[0]}).complete_files), std::vector{file_});
    finish_file();
    EXPECT_EQ(store_->file(file_)->delivered, 2U);
}

TEST_P(operations_test, discarding_a_rejected_event_of_a_finished_file_completes_it_again) {
    three_endings();
    run(operator_verb::discard, only(held));
    finish_file();
    auto const done = run(operator_verb::discard, only(rejected));
    EXPECT_EQ(numbers_of(done.complete_files), std::vector{file_}) << "its result file must say so";
    EXPECT_TRUE(done.reopened.empty());
}

TEST_P(operations_test, retry_leaves_alone_what_was_dropped_again_since) {
    dropped_again();
    for (bool const force : {false, true}) {
        auto const counts = retry(force, false);
        EXPECT_EQ(counts.superseded, 3U) << force;
        EXPECT_EQ(counts.touched, 0U) << force;
        EXPECT_EQ(counts.needs_force, 0U) << force;
    }
    EXPECT_EQ(count(a_, waiting), 3U) << "each conversion once";
    EXPECT_EQ(count(a_, rejected), 2U);
    // The newer ones are like any other.
    for (auto const no : claim(a_, 3))
        settle(ended(no, rejected, "http-400"));
    auto const newer = retry(false, false);
    EXPECT_EQ(newer.touched, 3U);
    EXPECT_EQ(newer.superseded, 3U);
}

TEST_P(operations_test,
       what_was_dropped_again_is_sent_on_a_persons_word_and_said_to_be_booked_twice) {
    dropped_again();
    auto const counts = retry(true, true);
    EXPECT_EQ(counts.touched, 3U);
    EXPECT_EQ(counts.maybe_received, 3U);
    EXPECT_EQ(count(a_, waiting), 6U);
    // Put off, it goes on like any other; rejected again, it wants the person's word again.
    auto const ids = claim(a_, 2);
    auto later = ended(ids.at(0), deferred, "http-503");
    later.due = now_ + 10min;
    settle(later);
    settle(ended(ids.at(1), rejected, "http-400"));
    auto const again = retry(true, false);
    EXPECT_EQ(again.touched, 1U);
    EXPECT_EQ(again.superseded, 1U);
    EXPECT_EQ(state_of(ids[0]), waiting);
    EXPECT_EQ(state_of(ids[1]), rejected);
}

TEST_P(operations_test, receipt_says_which_event_is_in_the_place_of_a_rejected_one) {
    dropped_again();
    auto reader = look();
    auto const shown = *reader->show(event_no::of(a_, 2));
    ASSERT_EQ(shown.attempts.size(), 2U);
    EXPECT_EQ(shown.attempts[1].kind, attempt_kind::superseded);
    EXPECT_EQ(shown.attempts[1].n, 0U) << "no attempt";
    EXPECT_EQ(shown.attempts[1].excerpt, "by event " + std::to_string(event_no::of(a_, 5).value));
    EXPECT_EQ(shown.row.attempts, 1U);
    EXPECT_EQ(shown.row.reason, "http-400");
    // What its file's result says of it stays.
    auto const lines = *reader->rejected_events(file_, {}, 10);
    ASSERT_EQ(lines.size(), 2U);
    for (auto const& line : lines) {
        EXPECT_EQ(line.status, 400);
        EXPECT_EQ(line.reason, "http-400");
        EXPECT_EQ(line.excerpt, "no such field");
    }
}

TEST_P(operations_test, of_a_line_dropped_again_and_again_only_the_newest_is_retried) {
    for (int i = 0; i < 3; ++i) {
        import(chunk_builder(add_file("f")).with_id(a_, "1", "x").end().build());
        settle(ended(claim(a_, 1).at(0), rejected, "http-400"));
    }
    auto const counts = retry(true, false);
    EXPECT_EQ(counts.touched, 1U);
    EXPECT_EQ(counts.superseded, 2U);
    EXPECT_EQ(state_of(event_no::of(a_, 3)), waiting);
}

TEST_P(operations_test, line_dropped_again_in_an_import_that_fails_supersedes_nothing) {
    import(chunk_builder(add_file("f")).with_id(a_, "1", "x").end().build());
    settle(ended(claim(a_, 1).at(0), rejected, "http-400"));
    auto chunk = chunk_builder(add_file("g")).with_id(a_, "1", "x").refused("bad").end().build();
    chunk.refused.push_back(chunk.refused.front());
    EXPECT_FALSE(store_->import({}, {&chunk, 1}, now_));
    EXPECT_EQ(retry(false, false).touched, 1U);
}

TEST_P(operations_test, filters_choose_by_account_file_age_reason_doubt_and_number) {
    auto const b = account("b");
    three_endings();
    now_ += 1h;
    import_events(b, 2, "b.ndjson");
    auto const touched = [&](event_filter f) {
        operation what;
        what.verb = operator_verb::discard;
        what.dry_run = true;
        what.filter = std::move(f);
        return operate_all(*store_, what, now_)->counts.touched;
    };
    event_filter f;
    EXPECT_EQ(touched(f), 4U);
    f.account = b;
    EXPECT_EQ(touched(f), 2U);
    f = {};
    f.file = file_;
    EXPECT_EQ(touched(f), 2U);
    f = {};
    f.imported_before = now_;
    EXPECT_EQ(touched(f), 2U);
    f = {};
    f.imported_since = now_;
    EXPECT_EQ(touched(f), 2U);
    f = {};
    f.reason = "http-400";
    EXPECT_EQ(touched(f), 1U);
    f = {};
    f.in_doubt_ever = true;
    EXPECT_EQ(touched(f), 1U);
    f = {};
    f.event = event_no::of(b, 2);
    EXPECT_EQ(touched(f), 1U);
    f.account = a_;
    EXPECT_EQ(touched(f), 0U);
}

/// How often an event came into a state: what a person takes back comes on top of what is there.
TEST_P(operations_test, what_leaves_a_final_state_is_counted_for_good) {
    three_endings();  // one rejected, one held, one delivered
    auto const taken = [&](event_state s) {
        auto const by_writer = store_->accounts()->at(0).taken_back[static_cast<std::size_t>(s)];
        auto const by_reader = look()->accounts()->at(0).taken_back[static_cast<std::size_t>(s)];
        EXPECT_EQ(by_writer, by_reader);
        return by_reader;
    };
    for (auto const s : {waiting, held, delivered, rejected, discarded})
        EXPECT_EQ(taken(s), 0U);
    run(operator_verb::retry, only(rejected));
    EXPECT_EQ(taken(rejected), 1U);
    run(operator_verb::discard, only(waiting));
    run(operator_verb::retry, only(discarded));
    EXPECT_EQ(taken(discarded), 1U);
    run(operator_verb::retry, only(delivered), true);
    EXPECT_EQ(taken(delivered), 1U);
    auto again = ended(claim(a_, 1).at(0), rejected, "http-400");
    settle(again);
    run(operator_verb::discard, only(rejected));
    EXPECT_EQ(taken(rejected), 2U);
    EXPECT_EQ(taken(waiting), 0U) << "it is no final state";
    EXPECT_EQ(taken(held), 0U);
    // It is in the file, not in this program's memory.
    reopen();
    EXPECT_EQ(taken(rejected), 2U);
    EXPECT_EQ(taken(discarded), 1U);
    EXPECT_EQ(taken(delivered), 1U);
}

TEST_P(operations_test, what_is_only_counted_takes_nothing_back) {
    three_endings();
    operation what;
    what.verb = operator_verb::retry;
    what.dry_run = true;
    ASSERT_TRUE(operate_all(*store_, what, now_));
    EXPECT_EQ(store_->accounts()->at(0).taken_back[static_cast<std::size_t>(rejected)], 0U);
}

}  // namespace
}  // namespace setclick::ledger
