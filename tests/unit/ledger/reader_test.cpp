#include "setclickd/ledger/reader.hpp"

#include "contract.hpp"
#include "ledger_fixture.hpp"
#include "setclickd/ledger/reasons.hpp"

namespace setclick::ledger {
namespace {

using enum event_state;

class reader_test : public contract_test {};

LEDGER_CONTRACT(reader_test);

TEST_P(reader_test, list_pages_through_a_state_and_names_file_and_line) {
    auto const a = account("a");
    chunk_builder chunk(add_file("a.ndjson"), 3);
    for (int i = 0; i < 300; ++i) {
        chunk.plain(a, "r");
        if (i % 10 == 9) chunk.blank_line();
    }
    import(chunk.end().build());
    auto const ids = claim(a, 200);
    for (std::size_t i = 0; i < 200; i += 20)
        settle(ended(ids[i], rejected, "http-400"));
    event_filter f;
    f.state = rejected;
    auto reading = look();
    auto const first = reading->list(f, {}, 4);
    ASSERT_EQ(first->rows.size(), 4U);
    EXPECT_FALSE(first->done);
    auto const& row = first->rows[1];
    EXPECT_EQ(row.no, ids[20]);
    EXPECT_EQ(row.line, 25U);
    EXPECT_EQ(row.file_name, "a.ndjson");
    EXPECT_EQ(row.account_id, "a");
    EXPECT_EQ(row.reason, "http-400");
    EXPECT_EQ(row.attempts, 1U);
    auto const rest = reading->list(f, first->next, 100);
    EXPECT_EQ(rest->rows.size(), 6U);
    EXPECT_TRUE(rest->done);
    EXPECT_EQ(rest->rows[0].no, ids[80]);
}

TEST_P(reader_test, delivered_events_are_found_inside_open_claims) {
    auto const a = account("a");
    import_events(a, 10);
    auto const ids = claim(a, 8);
    deliver({ids[1], ids[2], ids[7]});
    event_filter f;
    f.state = delivered;
    auto const page = look()->list(f, {}, 10);
    ASSERT_EQ(page->rows.size(), 3U);
    EXPECT_EQ(page->rows[2].no, ids[7]);
    f.state = in_flight;
    EXPECT_EQ(look()->list(f, {}, 10)->rows.size(), 5U);
}

TEST_P(reader_test, show_has_record_and_all_attempts) {
    auto const a = account("a");
    import_events(a, 3);
    auto const ids = claim(a, 1);
    auto s = ended(ids[0], deferred, "http-503");
    s.status = 503;
    s.phase = 3;
    s.excerpt = "come back later";
    s.due = now_ + 2s;
    settle(s);
    now_ += 3s;
    claim(a, 1);
    auto const shown = look()->show(ids[0]);
    ASSERT_TRUE(shown);
    EXPECT_EQ(shown->record, "record 0");
    EXPECT_EQ(shown->row.state, in_flight);
    EXPECT_EQ(shown->row.attempts, 2U);
    EXPECT_EQ(shown->row.reason, "http-503");
    ASSERT_EQ(shown->attempts.size(), 1U);
    EXPECT_EQ(shown->attempts[0].n, 1U);
    EXPECT_EQ(shown->attempts[0].status, 503);
    EXPECT_EQ(shown->attempts[0].phase, 3);
    EXPECT_EQ(shown->attempts[0].excerpt, "come back later");
    EXPECT_EQ(look()->show(event_no::of(a, 99)).error().code, errc::invalid_data);
}

TEST_P(reader_test, files_are_found_by_name_newest_first) {
    auto const a = account("a");
    import_events(a, 1, "same");
    import_events(a, 2, "same");
    import_events(a, 3, "other");
    auto const same = look()->files_named("same", 100);
    ASSERT_EQ(same->size(), 2U);
    EXPECT_EQ(same->at(0).accepted, 2U);
    EXPECT_EQ(look()->files_named("other", 1)->size(), 1U);
    EXPECT_EQ(look()->file(file_no{1})->accepted, 1U);
    EXPECT_EQ(look()->file(file_no{9}).error().code, errc::not_found);
}

TEST_P(reader_test, rejected_events_of_a_file_come_with_record_and_answer) {
    auto const a = account("a");
    import_events(a, 5, "other");
    auto const file = import_events(a, 5);
    auto const ids = claim(a, 10);
    for (auto const at : {2U, 6U, 8U}) {
        auto s = ended(ids[at], rejected, at == 8 ? "http-422" : "http-400");
        s.status = at == 8 ? 422 : 400;
        s.excerpt = "missing";
        settle(s);
    }
    auto const rows = look()->rejected_events(file, {}, 10);
    ASSERT_EQ(rows->size(), 2U);
    EXPECT_EQ(rows->at(0).no, ids[6]);
    EXPECT_EQ(rows->at(0).line, 2U);
    EXPECT_EQ(rows->at(0).record, "record 1");
    EXPECT_EQ(rows->at(1).status, 422);
    EXPECT_EQ(look()->rejected_events(file, ids[6], 10)->size(), 1U);
    auto reading = look();
    reasons_walk walk(*reading, *reading->file(file));
    while (!*walk.turn()) {
    }
    using counted = std::vector<std::pair<std::string, std::uint64_t>>;
    EXPECT_EQ(walk.rejected().top(9), (counted{{"http-400", 1}, {"http-422", 1}}));
    EXPECT_TRUE(walk.refused().top(9).empty());
}

TEST_P(reader_test, reasons_of_a_file_are_counted_a_page_at_a_time_and_only_so_many_kept) {
    chunk_builder chunk(add_file("a.ndjson"));
    constexpr std::uint32_t lines = 2 * reasons_walk::page_size;
    std::size_t distinct = 0;
    for (std::uint32_t i = 0; i < lines; ++i)
        if (i % 4 == 0)
            chunk.refused("most");
        else if (i % 2 == 0)
            chunk.refused(i % 8 == 2 ? "often: a" : "often: b");
        else
            chunk.refused("already used by b.ndjson:" + std::to_string(++distinct));
    ASSERT_GT(distinct, reason_counts::most_distinct);
    import(chunk.end().build());
    auto reading = look();
    reasons_walk walk(*reading, *reading->file(file_no{1}));
    std::uint32_t turns = 0;
    while (!*walk.turn())
        ++turns;
    EXPECT_EQ(turns, 2U);
    auto const top = walk.refused().top(4);
    ASSERT_EQ(top.size(), 4U);
    EXPECT_EQ(top[0].first, "most");
    EXPECT_EQ(top[0].second, lines / 4);
    EXPECT_EQ(top[1].first, "often: a");
    EXPECT_EQ(top[1].second, lines / 8);
    EXPECT_EQ(top[2].first, "often: b");
    EXPECT_EQ(top[3].second, 1U);
    EXPECT_EQ(walk.refused().top(lines).size(), reason_counts::most_distinct);
}

TEST_P(reader_test, newest_files_come_first_with_what_of_them_is_held) {
    auto const a = account("a");
    for (auto const* name : {"one", "two", "three"})
        import_events(a, 4, name);
    operation hold;
    hold.who = "test";
    hold.filter.file = file_no{2};
    ASSERT_EQ(operate_all(*store_, hold, now_)->counts.touched, 4U);
    auto const files = look()->newest_files(2);
    ASSERT_EQ(files->size(), 2U);
    EXPECT_EQ(files->at(0).claimed.name, "three");
    EXPECT_EQ(files->at(0).held, 0U);
    EXPECT_EQ(files->at(1).held, 4U);
    EXPECT_EQ(files->at(1).pending, 4U);
    hold.verb = operator_verb::release;
    hold.filter.file = {};
    hold.filter.event = event_no::of(a, 6);
    ASSERT_EQ(operate_all(*store_, hold, now_)->counts.touched, 1U);
    EXPECT_EQ(look()->newest_files(2)->at(1).held, 3U);
    EXPECT_EQ(look()->newest_files(9)->size(), 3U);
}

TEST_P(reader_test, crash_under_hold_counts_the_held_events_of_each_file) {
    auto const a = account("a");
    import_events(a, 70, "one");
    import_events(a, 2, "two");
    claim(a, 71, doubt_policy::hold);
    reopen();
    auto const files = look()->newest_files(2);
    EXPECT_EQ(files->at(0).held, 1U);
    EXPECT_EQ(files->at(1).held, 70U);
}

TEST_P(reader_test, look_at_rejected_counts_what_lies_in_the_file_and_stops_at_its_limit) {
    auto const a = account("a");
    auto const b = account("b");
    import_events(a, 100, "before");
    // Two accounts, and another file's events between its own.
    auto const file = add_file("mixed");
    import(chunk_builder(file).plain(a, "r").plain(a, "r").plain(b, "r").build());
    import_events(a, 5, "between");
    chunk_builder rest(file, 4);
    for (int i = 0; i < 200; ++i)
        rest.plain(a, "r");
    import(rest.end().build());
    auto const of_a = claim(a, 1000);
    auto const of_b = claim(b, 1000);
    // From the file before on, over the one between, up to the end.
    cycle_request answers;
    for (std::size_t i = 90; i < of_a.size(); ++i)
        answers.settlements.push_back(ended(of_a[i], rejected, i < 300 ? "http-400" : "http-422"));
    answers.settlements.push_back(ended(of_b[0], rejected, "http-413"));
    cycle(answers);
    auto reading = look();
    using counted = std::vector<std::pair<std::string, std::uint64_t>>;
    reason_counts all;
    auto const steps = reading->look_at_rejected(file, 1000, all);
    EXPECT_LT(*steps, 20U);
    EXPECT_EQ(all.top(9), (counted{{"http-400", 195}, {"http-422", 7}, {"http-413", 1}}));
    reason_counts part;
    auto const cut = reading->look_at_rejected(file, 4, part);
    EXPECT_GE(*cut, 4U);
    EXPECT_LE(*cut, 5U);
    ASSERT_EQ(part.top(9).size(), 1U);
    EXPECT_LT(part.top(9)[0].second, 195U);
    reason_counts none;
    EXPECT_LT(*reading->look_at_rejected(file_no{3}, 1000, none), 1000U);
    EXPECT_EQ(none.top(9), (counted{{"http-400", 5}}));
}

TEST_P(reader_test, held_says_why_and_since_when_up_to_its_limit) {
    auto const a = account("a");
    import_events(a, 9);
    auto const began = now_;
    auto const ids = claim(a, 4);
    settle(ended(ids[0], held, "http-502"));
    now_ += 5min;
    settle(ended(ids[2], held, "expired"));
    settle(ended(ids[3], held, "expired"));
    auto reading = look();
    auto const all = reading->held(a, 100);
    ASSERT_EQ(all->reasons.size(), 2U);
    EXPECT_EQ(all->reasons[0].text, "expired");
    EXPECT_EQ(all->reasons[0].events, 2U);
    EXPECT_EQ(all->reasons[0].oldest, began + 5min);
    EXPECT_EQ(all->reasons[1].text, "http-502");
    EXPECT_EQ(all->reasons[1].oldest, began);
    EXPECT_TRUE(all->is_whole);
    auto const part = reading->held(a, 1);
    ASSERT_EQ(part->reasons.size(), 1U);
    EXPECT_EQ(part->reasons[0].text, "http-502");
    EXPECT_FALSE(part->is_whole);
    EXPECT_TRUE(reading->held(account("b"), 100)->reasons.empty());
    deliver({ids[1]});
}

TEST_P(reader_test, works_while_the_daemon_is_down) {
    import_events(account("a"), 7);
    store_.reset();
    auto reading = look();
    EXPECT_EQ(reading->totals()->counts[0], 7U);
    EXPECT_EQ(reading->totals()->files_open, 1U);
}

}  // namespace
}  // namespace setclick::ledger
