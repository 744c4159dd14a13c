// What goes when its time is over, and what stays.
#include <limits>

#include "contract.hpp"
#include "ledger_fixture.hpp"

namespace setclick::ledger {
namespace {

using enum event_state;

class retention_test : public contract_test {
protected:
    /// The whole sweep.
    prune_slice prune_all(retention const& keep, milliseconds elapsed) {
        prune_slice all;
        for (auto more = true; more; elapsed = 0ms) {
            auto const done = store_->prune(keep, now_, elapsed);
            if (!done) {
                ADD_FAILURE() << done.error().message;
                break;
            }
            more = done->more;
            all.bodies += done->bodies;
            all.expired.insert(all.expired.end(), done->expired.begin(), done->expired.end());
            if (done->oldest_kept) all.oldest_kept = done->oldest_kept;
        }
        return all;
    }
};
LEDGER_CONTRACT(retention_test);

TEST_P(retention_test, old_receipts_of_finished_files_go_and_the_counts_stay) {
    auto const a = account("a");
    auto const file = import_events(a, 300);
    auto const open_file = import_events(a, 100, "open");
    auto ids = claim(a, 399);
    settle(ended(ids[5], rejected, "http-400"));
    ids.erase(ids.begin() + 5);
    deliver(ids);
    std::vector<done_file> const done{{file, "a"}};
    ASSERT_TRUE(store_->files_done(done, now_));
    retention const keep{30, 60};

    prune_all(keep, std::chrono::days(29));
    EXPECT_EQ(look()->show(event_no::of(a, 1))->record, "record 0");
    prune_all(keep, std::chrono::days(2));
    auto const shown = look()->show(event_no::of(a, 1));
    EXPECT_TRUE(shown->pruned);
    EXPECT_EQ(shown->row.state, delivered);
    EXPECT_EQ(look()->show(event_no::of(a, 6))->row.state, rejected);
    EXPECT_FALSE(look()->show(event_no::of(a, 301))->pruned) << "its file is not done";
    EXPECT_EQ(count(a, delivered), 398U);
    EXPECT_EQ(store_->file(file)->delivered, 299U);
    expect_sound();

    prune_all(keep, std::chrono::days(31));
    EXPECT_FALSE(store_->file(file));
    EXPECT_TRUE(store_->file(open_file));
    EXPECT_EQ(claim(a, 10).size(), 1U);
    reopen();
}

TEST_P(retention_test, nothing_goes_before_its_time_however_short_that_is) {
    EXPECT_EQ(days_kept(0ms), 0U);
    EXPECT_EQ(days_kept(1h), 2U);
    EXPECT_EQ(days_kept(std::chrono::days(1)), 2U);
    EXPECT_EQ(days_kept(std::chrono::days(400)), 401U);
    options_.identity_window = 36h;
    reopen();
    auto const a = account("a");
    auto const drop = [&](std::string const& name) {
        return import(chunk_builder(add_file(name)).content(a, "r", "click").end().build());
    };
    prune_all({}, 23h + 59min);  // late on the ledger's first day
    drop("first");
    deliver(claim(a, 1));
    prune_all({}, 36h);
    EXPECT_EQ(drop("again").duplicates, 1U);
    prune_all({}, 48h);
    EXPECT_EQ(drop("later").accepted, 1U) << "a window of hours is a window, too";
}

TEST_P(retention_test, contents_of_delivered_events_go_and_all_the_rest_stays) {
    auto const a = account("a");
    import_events(a, 200);
    auto ids = claim(a, 199);
    settle(ended(ids[5], rejected, "http-400"));
    ids.erase(ids.begin() + 5);
    deliver(ids);
    retention const keep{.body_days = 30};
    EXPECT_EQ(prune_all(keep, std::chrono::days(29)).bodies, 0U);
    auto const pages_before = look()->show(event_no::of(a, 1))->record;
    EXPECT_EQ(pages_before, "record 0");
    EXPECT_EQ(prune_all(keep, std::chrono::days(2)).bodies, 198U);
    for (auto const n : {1U, 64U, 65U, 199U}) {
        auto const shown = look()->show(event_no::of(a, n));
        EXPECT_EQ(shown->record, "") << n;
        EXPECT_FALSE(shown->pruned);
        EXPECT_EQ(shown->row.line, n);
        EXPECT_EQ(shown->row.state, delivered);
    }
    EXPECT_EQ(look()->show(event_no::of(a, 6))->record, "record 5") << "it may be tried again";
    expect_sound();
    // Once is enough, and what was delivered since is met the next day.
    EXPECT_EQ(prune_all(keep, std::chrono::days(1)).bodies, 0U);
    deliver(claim(a, 10));
    EXPECT_EQ(prune_all(keep, std::chrono::days(1)).bodies, 1U);
}

TEST_P(retention_test, a_line_dropped_again_long_after_leaves_nothing_behind_its_old_receipt) {
    auto const a = account("a");
    auto const file = add_file("f");
    import(chunk_builder(file).with_id(a, "1", "x").end().build());
    settle(ended(claim(a, 1).at(0), rejected, "http-400"));
    std::vector<done_file> const done{{file, "f"}};
    ASSERT_TRUE(store_->files_done(done, now_));
    prune_all({.receipt_days = 1}, std::chrono::days(2));
    EXPECT_EQ(import(chunk_builder(add_file("g")).with_id(a, "1", "x").end().build()).accepted, 1U);
    auto const old = look()->show(event_no::of(a, 1));
    EXPECT_TRUE(old->pruned);
    EXPECT_TRUE(old->attempts.empty());
    expect_sound();
}

TEST_P(retention_test, an_event_without_contents_is_not_sent_again) {
    auto const a = account("a");
    import_events(a, 3);
    deliver(claim(a, 2));
    prune_all({.body_days = 1}, std::chrono::days(2));
    operation again;
    again.verb = operator_verb::retry;
    again.force = true;
    for (bool const dry : {true, false}) {
        again.dry_run = dry;
        auto const done = operate_all(*store_, again, now_);
        EXPECT_EQ(done->counts.touched, 0U);
        EXPECT_EQ(done->counts.without_contents, 2U);
    }
    EXPECT_EQ(count(a, delivered), 2U);
}

TEST_P(retention_test,
       finished_files_are_named_when_their_time_in_done_is_over_until_they_are_reported_as_gone) {
    auto const a = account("a");
    std::vector<done_file> done;
    for (int i = 0; i < 150; ++i) {
        auto const name = "f" + std::to_string(i);
        done.emplace_back(import_events(a, 1, name), name + ".in-done");
    }
    auto const waiting = import_events(a, 1, "waits");
    deliver(claim(a, 150));
    ASSERT_TRUE(store_->files_done(done, now_));
    retention const keep{.done_days = 30};
    EXPECT_TRUE(prune_all(keep, std::chrono::days(29)).expired.empty());
    auto const named = prune_all(keep, std::chrono::days(2));
    ASSERT_EQ(named.expired.size(), 150U);
    EXPECT_EQ(named.expired[7].name, "f7");
    EXPECT_EQ(named.expired[7].done_name, "f7.in-done");
    EXPECT_EQ(named.expired[7].inode, store_->file(done[7].no)->claimed.inode);
    EXPECT_TRUE(store_->file(done[7].no)->removed);
    EXPECT_TRUE(store_->file(done[7].no)->done_name.empty());
    EXPECT_FALSE(store_->file(waiting)->removed);

    std::vector<file_no> gone;
    for (std::size_t i = 10; i < done.size(); ++i)
        gone.push_back(done[i].no);
    ASSERT_TRUE(store_->files_removed(gone));
    // The others are named again, after a crash too, and not only on another day.
    reopen();
    auto const again = prune_all(keep, 0ms);
    ASSERT_EQ(again.expired.size(), 10U);
    EXPECT_EQ(again.expired[7].done_name, "f7.in-done");
    expect_sound();
}

TEST_P(retention_test, a_file_that_was_given_back_is_gone_and_its_result_expires_in_turn) {
    auto const a = account("a");
    auto const file = import_events(a, 1, "a");
    ASSERT_TRUE(store_->given_back(file));
    EXPECT_FALSE(store_->file(file)->removed) << "not done yet";
    deliver(claim(a, 1));
    std::vector<done_file> const done{{file, "a.in-done"}};
    ASSERT_TRUE(store_->files_done(done, now_));
    ASSERT_TRUE(store_->given_back(file));
    reopen();
    EXPECT_TRUE(store_->file(file)->removed);
    EXPECT_EQ(store_->read_on(file).error().code, errc::invalid_data);
    retention const keep{.done_days = 2};
    EXPECT_TRUE(prune_all(keep, 0ms).expired.empty());
    auto const named = prune_all(keep, std::chrono::days(3));
    ASSERT_EQ(named.expired.size(), 1U);
    EXPECT_EQ(named.expired[0].done_name, "a.in-done") << "the name of its result";
    EXPECT_FALSE(named.expired[0].is_there);
    std::vector<file_no> const gone{file};
    ASSERT_TRUE(store_->files_removed(gone));
    EXPECT_TRUE(prune_all(keep, std::chrono::days(5)).expired.empty());
    expect_sound();
}

TEST_P(retention_test, a_file_that_was_given_back_while_it_was_open_again_is_gone_as_well) {
    auto const a = account("a");
    auto const file = import_events(a, 1, "a");
    settle(ended(claim(a, 1)[0], rejected, "http-400"));
    std::vector<done_file> const done{{file, "a"}};
    ASSERT_TRUE(store_->files_done(done, now_));
    operation again;
    again.verb = operator_verb::retry;
    ASSERT_EQ(operate_all(*store_, again, now_)->counts.touched, 1U);
    ASSERT_TRUE(store_->given_back(file));
    deliver(claim(a, 1));
    EXPECT_TRUE(store_->file(file)->removed);
    std::vector<done_file> const nameless{{file, ""}};
    ASSERT_TRUE(store_->files_done(nameless, now_));
    retention const keep{.done_days = 2};
    EXPECT_TRUE(prune_all(keep, 0ms).expired.empty());
    auto const named = prune_all(keep, std::chrono::days(3));
    ASSERT_EQ(named.expired.size(), 1U);
    EXPECT_FALSE(named.expired[0].is_there);
}

TEST_P(retention_test,
       an_expired_file_that_is_opened_again_stays_gone_and_its_new_result_expires_in_turn) {
    auto const a = account("a");
    auto const file = import_events(a, 1, "a");
    settle(ended(claim(a, 1)[0], rejected, "http-400"));
    std::vector<done_file> const done{{file, "a"}};
    ASSERT_TRUE(store_->files_done(done, now_));
    retention const keep{.done_days = 2};
    EXPECT_EQ(prune_all(keep, std::chrono::days(3)).expired.size(), 1U);
    operation again;
    again.verb = operator_verb::retry;
    ASSERT_EQ(operate_all(*store_, again, now_)->counts.touched, 1U);
    deliver(claim(a, 1));
    // Finished before anybody removed it: the old name is still to be removed.
    std::vector<done_file> const nameless{{file, ""}};
    ASSERT_TRUE(store_->files_done(nameless, now_));
    reopen();
    auto const named = prune_all(keep, 0ms);
    ASSERT_EQ(named.expired.size(), 1U);
    EXPECT_EQ(named.expired[0].done_name, "a");
    std::vector<file_no> const gone{file};
    ASSERT_TRUE(store_->files_removed(gone));
    EXPECT_TRUE(prune_all(keep, std::chrono::days(5)).expired.empty());
}

TEST_P(retention_test,
       a_file_that_was_removed_stays_known_as_removed_however_often_it_is_finished) {
    auto const a = account("a");
    auto const file = import_events(a, 1, "a");
    settle(ended(claim(a, 1)[0], rejected, "http-400"));
    std::vector<done_file> const done{{file, "a"}};
    std::vector<done_file> const nameless{{file, ""}};
    std::vector<file_no> const gone{file};
    ASSERT_TRUE(store_->files_done(done, now_));
    retention const keep{.done_days = 2};
    EXPECT_EQ(prune_all(keep, std::chrono::days(3)).expired.size(), 1U);
    ASSERT_TRUE(store_->files_removed(gone));
    operation again;
    again.verb = operator_verb::retry;
    for (int round = 0; round < 2; ++round) {
        ASSERT_EQ(operate_all(*store_, again, now_)->counts.touched, 1U);
        settle(ended(claim(a, 1)[0], rejected, "http-400"));
        ASSERT_TRUE(store_->files_done(nameless, now_));
        EXPECT_TRUE(store_->file(file)->removed);
        EXPECT_TRUE(prune_all(keep, std::chrono::days(1)).expired.empty());
    }
    // Its new result goes in its turn, and is named until somebody says that it has gone.
    for (auto const& elapsed : {std::chrono::days(3), std::chrono::days(0)}) {
        auto const named = prune_all(keep, elapsed);
        ASSERT_EQ(named.expired.size(), 1U);
        EXPECT_EQ(named.expired[0].done_name, "");
        EXPECT_EQ(named.expired[0].name, "a");
        reopen();
    }
    ASSERT_TRUE(store_->files_removed(gone));
    EXPECT_TRUE(prune_all(keep, std::chrono::days(5)).expired.empty());
    EXPECT_TRUE(store_->file(file)->removed);
}

TEST_P(retention_test, what_is_known_of_a_file_stays_until_the_file_itself_is_gone) {
    auto const a = account("a");
    auto const file = import_events(a, 1, "a");
    deliver(claim(a, 1));
    std::vector<done_file> const done{{file, "a"}};
    ASSERT_TRUE(store_->files_done(done, now_));
    retention const keep{.receipt_days = 1, .file_days = 1, .done_days = 30};
    prune_all(keep, std::chrono::days(5));
    EXPECT_TRUE(store_->file(file));
    EXPECT_EQ(prune_all(keep, std::chrono::days(30)).expired.size(), 1U);
    EXPECT_TRUE(store_->file(file));
    std::vector<file_no> const gone{file};
    ASSERT_TRUE(store_->files_removed(gone));
    prune_all(keep, std::chrono::days(1));
    EXPECT_FALSE(store_->file(file));
}

TEST_P(retention_test, the_oldest_file_that_is_kept_decides_which_results_may_go) {
    auto const a = account("a");
    retention const keep{.done_days = 10};
    EXPECT_EQ(prune_all(keep, 0ms).oldest_kept, from_ms(std::numeric_limits<std::int64_t>::max()))
        << "there is none";
    std::vector<done_file> const first{{import_events(a, 1, "first"), "first"}};
    deliver(claim(a, 1));
    auto const then = store_->file(first[0].no)->finished_at;
    ASSERT_TRUE(store_->files_done(first, now_));
    now_ += std::chrono::days(6);
    EXPECT_EQ(prune_all(keep, std::chrono::days(6)).oldest_kept, then);
    // Complete, not yet done: its line may be there already.
    auto const second = import_events(a, 1, "second");
    deliver(claim(a, 1));
    EXPECT_EQ(prune_all(keep, std::chrono::days(5)).oldest_kept, store_->file(second)->finished_at);
}

TEST_P(retention_test, identities_older_than_the_window_go_unless_their_event_is_not_final) {
    options_.identity_window = std::chrono::days(10);
    reopen();
    auto const a = account("a");
    auto const drop = [&](std::string const& name) {
        chunk_builder chunk(add_file(name));
        for (int i = 0; i < 500; ++i)
            chunk.content(a, "r", "click " + std::to_string(i));
        return import(chunk.end().build());
    };
    drop("first");
    deliver(claim(a, 400));
    prune_all({}, std::chrono::days(9));
    EXPECT_EQ(drop("again").duplicates, 500U);
    prune_all({}, std::chrono::days(2));
    EXPECT_EQ(check_ledger(options_.where)->identities, 100U);
    auto const later = drop("later");
    EXPECT_EQ(later.accepted, 400U);
    EXPECT_EQ(later.duplicates, 100U);
}

TEST_P(retention_test, clock_that_jumps_prunes_nothing) {
    auto const a = account("a");
    auto const file = import_events(a, 10);
    deliver(claim(a, 10));
    std::vector<done_file> const done{{file, "a"}};
    ASSERT_TRUE(store_->files_done(done, now_));
    retention const keep{1, 1};
    prune_all(keep, 0ms);
    now_ += std::chrono::days(365);
    prune_all(keep, 60s);
    reopen();
    prune_all(keep, 0ms);
    now_ += std::chrono::days(365);
    reopen();
    prune_all(keep, 0ms);
    EXPECT_FALSE(look()->show(event_no::of(a, 1))->pruned);
    // A weekend without the daemon counts.
    now_ += std::chrono::days(3);
    reopen();
    prune_all(keep, 0ms);
    EXPECT_TRUE(look()->show(event_no::of(a, 1))->pruned);
}

}  // namespace
}  // namespace setclick::ledger
