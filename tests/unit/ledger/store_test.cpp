#include <map>

#include "contract.hpp"
#include "ledger_fixture.hpp"

namespace setclick::ledger {
namespace {

using enum event_state;

class store_test : public contract_test {};
/// Of a ledger in a file only.
class file_test : public ledger_test {};

LEDGER_CONTRACT(store_test);

TEST_P(store_test, new_ledger_is_empty_and_has_an_id) {
    EXPECT_EQ(store_->id().size(), 32U);
    EXPECT_EQ(store_->run(), 1U);
    EXPECT_TRUE(store_->accounts()->empty());
}

TEST_P(store_test, account_asked_for_twice_is_the_same_number) {
    auto const a = account("a");
    EXPECT_EQ(account("b"), account_no{2});
    EXPECT_EQ(account("a"), a);
    reopen();
    EXPECT_EQ(account("a"), a);
}

TEST_P(store_test, imported_events_are_claimed_in_order_with_their_records) {
    auto const a = account("a");
    import_events(a, 200);
    cycle_request r;
    r.wishes.push_back({a, 150, doubt_policy::hold});
    auto const done = cycle(r);
    ASSERT_EQ(done.batches.size(), 1U);
    auto const& batch = done.batches[0];
    EXPECT_EQ(batch.account, a);
    EXPECT_EQ(batch.policy, doubt_policy::hold);
    ASSERT_EQ(batch.events.size(), 150U);
    for (std::size_t i = 0; i < 150; ++i) {
        EXPECT_EQ(batch.events[i].no, event_no::of(a, i + 1));
        EXPECT_EQ(batch.events[i].attempt, 1U);
        EXPECT_EQ(batch.text(batch.events[i].record), "record " + std::to_string(i));
    }
    ASSERT_EQ(done.depths.size(), 1U);
    EXPECT_EQ(done.depths[0].waiting, 50U);
    EXPECT_EQ(count(a, in_flight), 150U);
}

TEST_P(store_test, records_of_any_bytes_come_back_as_they_were) {
    auto const a = account("a");
    auto const file = add_file("a");
    std::vector<std::string> const records{
        "", "\n", std::string("a\0b", 3), "x\n\ny\n", "\xff\xfe", std::string(100'000, 'z'), "end"};
    chunk_builder chunk(file);
    for (auto const& r : records)
        chunk.plain(a, r);
    import(chunk.end().build());
    cycle_request r;
    r.wishes.push_back({a, 100, {}});
    auto const done = cycle(r);
    ASSERT_EQ(done.batches.at(0).events.size(), records.size());
    for (std::size_t i = 0; i < records.size(); ++i)
        EXPECT_EQ(done.batches[0].text(done.batches[0].events[i].record), records[i]);
}

TEST_P(store_test, answers_out_of_order_are_counted_at_once_and_merge_at_the_end) {
    auto const a = account("a");
    import_events(a, 10);
    auto const ids = claim(a, 10);
    deliver({ids[7], ids[2]});
    EXPECT_EQ(count(a, delivered), 2U);
    EXPECT_EQ(count(a, in_flight), 8U);
    EXPECT_EQ(state_of(ids[7]), delivered);
    EXPECT_EQ(state_of(ids[6]), in_flight);
    expect_sound();
    auto const last = deliver({ids[0], ids[1], ids[9], ids[8], ids[3], ids[4], ids[5], ids[6]});
    EXPECT_EQ(count(a, delivered), 10U);
    ASSERT_EQ(last.complete_files.size(), 1U);
    EXPECT_EQ(last.complete_files[0].delivered, 10U) << "as the same transaction made it";
    EXPECT_EQ(last.complete_files[0].finished_at, now_);
    auto const report = check_ledger(options_.where);
    EXPECT_EQ(report->spans, 1U);
}

TEST_P(store_test, settling_twice_fails_and_changes_nothing) {
    auto const a = account("a");
    import_events(a, 3);
    auto const ids = claim(a, 2);
    deliver({ids[0]});
    cycle_request twice;
    twice.now = now_;
    twice.delivered = {ids[1], ids[0]};
    auto const done = store_->cycle(twice);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, errc::invalid_data);
    EXPECT_EQ(count(a, delivered), 1U);
    EXPECT_EQ(state_of(ids[1]), in_flight);
    // The store goes on.
    deliver({ids[1]});
    EXPECT_EQ(count(a, delivered), 2U);
}

TEST_P(store_test, an_event_that_was_never_claimed_cannot_be_settled) {
    auto const a = account("a");
    import_events(a, 3);
    for (auto const no : {event_no::of(a, 1), event_no::of(a, 99)}) {
        cycle_request r;
        r.now = now_;
        r.settlements.push_back(ended(no, rejected, "http-400"));
        EXPECT_FALSE(store_->cycle(r));
    }
    EXPECT_EQ(count(a, waiting), 3U);
}

TEST_P(store_test, deferred_event_waits_until_it_is_due_and_then_has_its_next_number) {
    auto const a = account("a");
    import_events(a, 3);
    auto const ids = claim(a, 3);
    auto s = ended(ids[1], deferred, "http-503");
    s.status = 503;
    s.due = now_ + 30s;
    auto const done = settle(s);
    EXPECT_EQ(done.depths.at(0).deferred, 1U);
    EXPECT_EQ(done.depths.at(0).next_due, now_ + 30s);
    EXPECT_EQ(done.depths.at(0).last_due, now_ + 30s);
    EXPECT_TRUE(claim(a, 9).empty());
    auto const failed_at = now_;
    now_ += 31s;
    cycle_request r;
    r.wishes.push_back({a, 9, {}});
    auto const again = cycle(r);
    ASSERT_EQ(again.batches.at(0).events.size(), 1U);
    EXPECT_EQ(again.batches[0].events[0].no, ids[1]);
    EXPECT_EQ(again.batches[0].events[0].attempt, 2U);
    EXPECT_EQ(again.batches[0].events[0].first_failed, failed_at);
    EXPECT_EQ(again.batches[0].text(again.batches[0].events[0].record), "record 1");
}

TEST_P(store_test, due_time_of_a_clock_since_set_back_is_due_at_once) {
    auto const a = account("a");
    import_events(a, 1);
    auto s = ended(claim(a, 1).at(0), deferred, "http-503");
    s.due = now_ + 1h;
    settle(s);
    now_ -= std::chrono::days(365);
    EXPECT_EQ(claim(a, 1).size(), 1U);
}

TEST_P(store_test, due_time_counts_as_due_where_it_is_further_ahead_than_the_account_puts_off) {
    struct {
        milliseconds put_off;
        milliseconds longest;
        milliseconds set_back;
        bool is_due;
    } const cases[] = {
        {10min, 10min, 0ms, false},
        {10min, 10min, 9s, false},
        {10min, 10min, 11s, true},
        {10min, 10min, 3h, true},
        {1s, 10min, 9min, false},
        {1s, 10min, 10min + 10s, true},
        {10min, 1h, 3h, true},
        {10min, 1h, 40min, false},
        {24h, 24h, 0ms, false},
        {10min, 24h, 23h, false},
        {10min, 24 * 7h, 23h, false},
        {10min, 24 * 7h, 24h, true},
        {10min, longest_backoff, 23h, false},
    };
    auto const a = account("a");
    for (auto const& c : cases) {
        SCOPED_TRACE(testing::Message()
                     << c.put_off.count() << " ms put off of at most " << c.longest.count()
                     << ", set back " << c.set_back.count());
        now_ += std::chrono::days(30);
        import_events(a, 2);
        auto const ids = claim(a, 2);
        auto s = ended(ids.at(0), deferred, "http-503");
        s.due = now_ + c.put_off;
        settle(s);
        now_ -= c.set_back;
        cycle_request r;
        r.wishes.push_back({a, 9, {}, c.longest});
        auto const done = cycle(r);
        auto const& depth = done.depths.at(0);
        EXPECT_EQ(!done.batches.empty(), c.is_due);
        EXPECT_EQ(depth.deferred, c.is_due ? 0U : 1U);
        if (!c.is_due) {
            EXPECT_LE(depth.last_due, latest_due(now_, c.longest))
                << "whoever wishes can tell as well";
        }
        now_ += c.set_back + c.put_off + 10s;
        cycle_request end;
        end.delivered = ids;
        if (!c.is_due) claim(a, 9);
        cycle(end);
    }
}

TEST_P(store_test, depth_and_account_tell_the_first_and_the_last_time_of_what_is_put_off) {
    auto const a = account("a");
    import_events(a, 3);
    auto const ids = claim(a, 3);
    std::vector<milliseconds> const put_off{5min, 40min, 10min};
    cycle_result done;
    for (std::size_t i = 0; i < put_off.size(); ++i) {
        auto s = ended(ids.at(i), deferred, "http-503");
        s.due = now_ + put_off[i];
        done = settle(s);
    }
    auto const known = store_->accounts()->at(0);
    for (auto const& [first, last] :
         {std::pair(done.depths.at(0).next_due, done.depths[0].last_due),
          std::pair(known.next_due, known.last_due)}) {
        EXPECT_EQ(first, now_ + 5min);
        EXPECT_EQ(last, now_ + 40min);
    }
}

TEST_P(store_test, uncounted_attempt_is_recorded_but_does_not_raise_the_number) {
    auto const a = account("a");
    import_events(a, 1);
    auto s = ended(claim(a, 1).at(0), waiting, "http-401");
    s.counted = false;
    settle(s);
    cycle_request r;
    r.wishes.push_back({a, 1, {}});
    auto const again = cycle(r);
    EXPECT_EQ(again.batches.at(0).events.at(0).attempt, 1U);
    EXPECT_EQ(look()->show(event_no::of(a, 1))->attempts.size(), 1U);
}

TEST_P(store_test, event_never_begun_goes_back_without_a_trace) {
    auto const a = account("a");
    import_events(a, 5);
    auto const ids = claim(a, 5);
    for (auto const no : ids) {
        auto s = ended(no, waiting, "");
        s.attempted = false;
        settle(s);
    }
    EXPECT_EQ(count(a, waiting), 5U);
    EXPECT_TRUE(look()->show(ids[0])->attempts.empty());
    EXPECT_EQ(check_ledger(options_.where)->spans, 1U);
}

TEST_P(store_test, restart_puts_what_was_in_flight_in_doubt_by_the_policy_of_its_claim) {
    auto const a = account("a");
    auto const b = account("b");
    import_events(a, 10);
    import_events(b, 10, "b.ndjson");
    auto const of_a = claim(a, 5);
    auto const of_b = claim(b, 5, doubt_policy::hold);
    deliver({of_a[3], of_b[0], of_b[2]});
    now_ += 5s;
    auto const found = reopen();
    EXPECT_EQ(found.run, 2U);
    EXPECT_EQ(found.in_doubt, 7U);
    EXPECT_EQ(found.resent, 4U);
    EXPECT_EQ(found.held, 3U);
    EXPECT_EQ(found.files.size(), 2U);
    EXPECT_EQ(found.files[0].pending, 9U);
    EXPECT_EQ(found.accounts.at(1).in_doubt_ever, 3U);
    EXPECT_EQ(count(a, waiting), 9U);
    EXPECT_EQ(count(b, held), 3U);
    EXPECT_EQ(state_of(of_b[2]), delivered);
    auto const shown = look()->show(of_a[0]);
    ASSERT_EQ(shown->attempts.size(), 1U);
    EXPECT_EQ(shown->attempts[0].kind, attempt_kind::restart);
    EXPECT_TRUE(shown->attempts[0].in_doubt);
    // Once is enough.
    auto const again = store_->recover(now_);
    EXPECT_EQ(again->in_doubt, 0U);
    EXPECT_EQ(again->run, 2U);
    // Its next attempt is its second.
    cycle_request r;
    r.wishes.push_back({a, 1, {}});
    EXPECT_EQ(cycle(r).batches.at(0).events.at(0).attempt, 2U);
}

TEST_P(store_test, event_in_flight_at_three_aborts_in_a_row_is_held) {
    auto const a = account("a");
    import_events(a, 1);
    for (int i = 0; i < 2; ++i) {
        ASSERT_EQ(claim(a, 1).size(), 1U);
        EXPECT_EQ(reopen(true).resent, 1U);
    }
    // A restart that was nobody's fault begins the count anew.
    ASSERT_EQ(claim(a, 1).size(), 1U);
    EXPECT_EQ(reopen(false).resent, 1U);
    for (int i = 0; i < 2; ++i) {
        ASSERT_EQ(claim(a, 1).size(), 1U);
        EXPECT_EQ(reopen(true).resent, 1U);
    }
    ASSERT_EQ(claim(a, 1).size(), 1U);
    EXPECT_EQ(reopen(true).held, 1U);
    EXPECT_EQ(look()->show(event_no::of(a, 1))->row.reason, "crash");
}

TEST_P(store_test, event_in_flight_while_a_line_breaks_the_daemon_has_no_part_in_it) {
    auto const a = account("a");
    import_events(a, 1);
    last_end const end{true, reading_place{"1-1-a", 7, false}, true};
    for (int i = 0; i < 5; ++i) {
        ASSERT_EQ(claim(a, 1).size(), 1U);
        auto const found = reopen(end);
        EXPECT_EQ(found.resent, 1U);
        EXPECT_EQ(found.crash_lines.size(), i < 2 ? 0U : 1U);
    }
}

TEST_P(store_test, file_is_complete_when_it_was_read_and_nothing_is_pending) {
    auto const a = account("a");
    auto const file = add_file("a.ndjson");
    import(chunk_builder(file).plain(a, "one").build());
    EXPECT_TRUE(deliver(claim(a, 1)).complete_files.empty()) << "more may come";
    auto const end = import(chunk_builder(file, 2).end().build());
    ASSERT_TRUE(end.complete);
    EXPECT_EQ(end.complete->no, file);
    EXPECT_EQ(end.complete->delivered, 1U);
    EXPECT_EQ(end.complete->state, file_state::complete);
    EXPECT_EQ(store_->file(file)->state, file_state::complete);
    std::vector<done_file> const done{{file, "a.ndjson.2"}};
    now_ += 1s;
    ASSERT_TRUE(store_->files_done(done, now_));
    auto const info = store_->file(file);
    EXPECT_EQ(info->state, file_state::done);
    EXPECT_EQ(info->done_name, "a.ndjson.2");
    EXPECT_EQ(info->finished_at, now_ - 1s);
    EXPECT_TRUE(reopen().files.empty());
}

TEST_P(store_test, file_that_is_complete_anew_is_not_done_with_the_result_that_it_had_before) {
    auto const a = account("a");
    auto const file = import_events(a, 1);
    settle(ended(claim(a, 1).at(0), event_state::rejected, "http-400"));
    auto const before = store_->file(file);
    ASSERT_EQ(before->state, file_state::complete);
    now_ += 1s;
    operation again;
    again.verb = operator_verb::retry;
    ASSERT_EQ(operate_all(*store_, again, now_)->counts.touched, 1U);
    deliver(claim(a, 1));
    auto const since = store_->file(file);
    ASSERT_EQ(since->state, file_state::complete);
    std::vector<done_file> done{{file, "a", before->finished_at}};
    auto const refused = store_->files_done(done, now_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::invalid_data);
    done[0].finished_at = since->finished_at;
    EXPECT_TRUE(store_->files_done(done, now_));
    EXPECT_EQ(store_->file(file)->state, file_state::done);
}

TEST_P(store_test, file_with_pending_events_cannot_be_done) {
    auto const file = import_events(account("a"), 1);
    std::vector<done_file> const done{{file, "a"}};
    EXPECT_FALSE(store_->files_done(done, now_));
}

TEST_P(store_test, file_of_refused_lines_alone_is_complete_at_its_import) {
    account("a");
    auto const file = add_file("bad.ndjson");
    auto const done =
        import(chunk_builder(file).refused("no click_time", "a").refused("not JSON").end().build());
    EXPECT_EQ(done.refused, 2U);
    ASSERT_TRUE(done.complete);
    EXPECT_EQ(store_->accounts()->at(0).refused, 1U);
    auto const totals = look()->totals();
    EXPECT_EQ(totals->refused, 2U);
    auto const lines = look()->refused_lines(file, 0, 10);
    ASSERT_EQ(lines->size(), 2U);
    EXPECT_EQ(lines->at(1).line, 2U);
    EXPECT_EQ(lines->at(1).offset, 200U);
    EXPECT_EQ(lines->at(1).reason, "not JSON");
}

TEST_P(store_test, a_refusal_names_the_line_as_which_it_was_read_again) {
    auto const a = account("a");
    auto const file = add_file("slow.ndjson");
    import(chunk_builder(file).plain(a, "one").refused("is cut off").build());
    auto chunk = chunk_builder(file, 3).plain(a, "two").end().build();
    chunk.read_again = {2, 3};
    import(std::move(chunk));
    auto const lines = look()->refused_lines(file, 0, 10);
    ASSERT_EQ(lines->size(), 1U);
    EXPECT_EQ(lines->at(0).reason,
              "is cut off; the file has grown since, and it was read again as line 3");
}

TEST_P(store_test, half_imported_file_goes_on_where_it_was) {
    auto const a = account("a");
    auto const file = add_file("a.ndjson");
    auto chunk = chunk_builder(file).plain(a, "one").build();
    chunk.reader_state = "in array";
    import(std::move(chunk));
    auto const found = reopen();
    ASSERT_EQ(found.files.size(), 1U);
    EXPECT_EQ(found.files[0].state, file_state::importing);
    EXPECT_EQ(found.files[0].offset, 200U);
    EXPECT_EQ(found.files[0].line, 2U);
    EXPECT_EQ(found.files[0].reader_state, "in array");
}

TEST_P(store_test, chunk_before_the_files_offset_is_refused) {
    auto const a = account("a");
    auto const file = add_file("a.ndjson");
    import(chunk_builder(file, 5).plain(a, "one").build());
    auto const again = chunk_builder(file, 1).plain(a, "one").build();
    EXPECT_FALSE(store_->import({}, {&again, 1}, now_));
    EXPECT_EQ(count(a, waiting), 1U);
}

TEST_P(store_test, notes_and_last_delivery_survive_a_restart) {
    auto const a = account("a");
    import_events(a, 1);
    cycle_request r;
    r.delivered = claim(a, 1);
    r.notes.push_back({a, "parked: unauthorised"});
    cycle(r);
    auto const found = reopen();
    EXPECT_EQ(found.accounts.at(0).state, "parked: unauthorised");
    EXPECT_EQ(found.accounts.at(0).last_delivered, now_);
}

TEST_F(file_test, second_store_is_refused_with_the_pid_of_the_first_by_whatever_way_it_comes) {
    auto const real = std::filesystem::path(options_.where.path);
    std::filesystem::create_symlink(real, directory_ / "link.db");
    std::filesystem::create_directory_symlink(directory_, directory_ / "again");
    for (auto const& path :
         {real, directory_ / "link.db", directory_ / "again" / real.filename(),
          directory_ / "again" / ".." / directory_.filename() / real.filename()}) {
        auto other = options_;
        other.where = path.string();
        auto const second = store::open(other);
        ASSERT_FALSE(second) << path;
        EXPECT_EQ(second.error().code, errc::busy) << path;
        EXPECT_NE(second.error().message.find("pid " + std::to_string(::getpid())),
                  std::string::npos);
    }
}

TEST_P(store_test, second_store_of_the_same_owner_is_refused) {
    auto const second = store::open(options_);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, errc::busy);
}

TEST_P(store_test, oldest_waiting_is_the_import_time_of_the_oldest_that_is_neither_final_nor_held) {
    auto const a = account("a");
    import_events(a, 1);
    auto const first = now_;
    now_ += 1h;
    import_events(a, 1, "b");
    EXPECT_EQ(store_->accounts()->at(0).oldest_waiting, first);
    deliver(claim(a, 1));
    EXPECT_EQ(store_->accounts()->at(0).oldest_waiting, now_);
    EXPECT_EQ(look()->accounts()->at(0).oldest_waiting, now_);
    settle(ended(claim(a, 1).front(), held, "in-doubt"));
    EXPECT_EQ(store_->accounts()->at(0).oldest_waiting, wall_time{});
    EXPECT_EQ(look()->accounts()->at(0).oldest_waiting, wall_time{});
}

TEST_P(store_test, a_cycle_tells_when_what_it_delivered_had_come) {
    auto const a = account("a");
    import_events(a, 3, "first.ndjson");
    auto const first_at = now_;
    now_ += 90s;
    import_events(a, 2, "second.ndjson");
    auto ids = claim(a, 5);
    ASSERT_EQ(ids.size(), 5U);
    auto const last = ids.back();
    ids.pop_back();
    now_ += 1s;
    std::map<wall_time, std::uint64_t> came;
    for (auto const& d : deliver(ids).delivered)
        came[d.imported_at] += d.count;
    EXPECT_EQ(came, (std::map<wall_time, std::uint64_t>{{first_at, 3}, {first_at + 90s, 1}}));
    // With a receipt of its own, too; and nothing of what was not delivered.
    auto const other = settle(ended(last, event_state::delivered, "http-200")).delivered;
    ASSERT_EQ(other.size(), 1U);
    EXPECT_EQ(other.at(0).imported_at, first_at + 90s);
    EXPECT_EQ(other.at(0).count, 1U);
    import_events(a, 1, "third.ndjson");
    EXPECT_TRUE(
        settle(ended(claim(a, 1).at(0), event_state::rejected, "http-400")).delivered.empty());
}

TEST_P(store_test, what_is_committed_is_counted_with_the_time_that_it_took) {
    commit_figures counted;
    options_.figures = &counted;
    reopen();
    auto const before = counted.seconds.values().count();
    auto const a = account("a");
    import_events(a, 1);  // two calls
    deliver(claim(a, 1));
    EXPECT_EQ(counted.seconds.values().count(), before + 5);
    EXPECT_GT(counted.seconds.values().sum, 0);
    deliver({});
    EXPECT_EQ(counted.seconds.values().count(), before + 5) << "nothing was written";
}

TEST_P(store_test, totals_name_when_the_newest_file_was_taken) {
    EXPECT_EQ(look()->totals()->last_file, wall_time{});
    add_file("a.ndjson");
    auto const first = now_;
    EXPECT_EQ(look()->totals()->last_file, first);
    now_ += 1h;
    add_file("b.ndjson");
    EXPECT_EQ(look()->totals()->last_file, first + 1h);
}

}  // namespace
}  // namespace setclick::ledger
