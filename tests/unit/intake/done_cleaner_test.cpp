// What is past its time in done/, on a real spool and ledger.
#include "done_cleaner.hpp"
#include "intake_fixture.hpp"

namespace setclick::intake {
namespace {

class done_cleaner_test : public intake_test {
protected:
    void all_kinds() {
        drop("one.json", event_json(1));
        drop("many.ndjson", events_text(10, 5));
        drop("refused.ndjson", "no event\n" + event_json(20));
        drop("empty.ndjson", "\n");
        start();
        run_to_end({"e-12"});
        ASSERT_FALSE(failed()) << fatal;
    }
    static constexpr ledger::retention keep{.done_days = 10};
};

TEST_F(done_cleaner_test, files_results_and_days_go_together_and_what_is_rejected_stays) {
    all_kinds();
    std::ofstream(file("done", "results-20200101.ndjson"))
        << "{}\n";  // of a day of which nothing is left
    std::ofstream(file("done", "notes.txt")) << "a person's";
    auto const before = names("done");
    EXPECT_GE(before.size(), 8U);
    sweep(std::chrono::days{9}, keep);
    auto after = names("done");
    EXPECT_EQ(after.size() + 1, before.size());
    EXPECT_FALSE(std::filesystem::exists(file("done", "results-20200101.ndjson")));
    sweep(std::chrono::days{2}, keep);
    after = names("done");
    // Of today's results something may still be written today.
    std::erase_if(after, [](auto const& n) { return n.starts_with("results-"); });
    EXPECT_EQ(after, std::vector<std::string>{"notes.txt"});
    EXPECT_EQ(names("rejected").size(), 2U);
    EXPECT_FALSE(failed()) << fatal;
    auto reader = ledger::reader::open(ledger_path());
    std::uint64_t no = 1;
    for (; auto const f = (*reader)->file(file_no{no}); ++no)
        EXPECT_TRUE(f->removed) << f->claimed.name;
    EXPECT_GT(no, 1U);
}

TEST_F(done_cleaner_test, a_file_with_an_event_that_is_not_final_stays_whatever_its_age) {
    drop("waits.ndjson", events_text(0, 2));
    start();
    ASSERT_TRUE(eventually([&] { return imported == 2; }));
    EXPECT_EQ(deliver(1), 1U);
    for (auto const days : {20, 20}) {
        sweep(std::chrono::days{days}, keep);
        EXPECT_EQ(names("work").size(), 1U);
    }
    run_to_end();
    EXPECT_EQ(names("done"),
              (std::vector<std::string>{"waits.ndjson", "waits.ndjson.result.json"}));
}

TEST_F(done_cleaner_test, opened_again_after_it_went_the_file_finishes_with_a_result_that_says_so) {
    drop("many.ndjson", events_text(10, 3));
    start();
    run_to_end({"e-11"});
    sweep(std::chrono::days{11}, keep);
    EXPECT_TRUE(names("done").empty());
    EXPECT_EQ(retry(), 1U);
    stop();
    start();  // a restart in between finds nothing to complain of
    run_to_end();
    EXPECT_FALSE(failed()) << fatal;
    EXPECT_EQ(names("done"), std::vector<std::string>{"many.ndjson.result.json"});
    EXPECT_NE(content("done", "many.ndjson.result.json").find(R"("done":null)"), std::string::npos);
    sweep(std::chrono::days{11}, keep);
    EXPECT_TRUE(names("done").empty());
}

TEST_F(done_cleaner_test, what_was_appended_to_one_that_is_open_again_is_read_before_it_goes) {
    drop("many.ndjson", events_text(10, 3));
    start();
    run_to_end({"e-11"});
    std::promise<void> named;
    writer->post(ledger::writer::priority::import, [&](ledger::store& store) {
        auto slice = store.prune(keep, wall(), std::chrono::days{11});
        while (slice && slice->more)
            slice = store.prune(keep, wall(), 0ms);
        named.set_value();
    });
    named.get_future().get();  // past its time, but not removed: somebody had it open
    EXPECT_EQ(retry(), 1U);
    std::ofstream(file("done", "many.ndjson"), std::ios::app | std::ios::binary)
        << events_text(13, 2);
    sweep(std::chrono::days{1}, keep);
    ASSERT_TRUE(std::filesystem::exists(file("done", "many.ndjson")));
    run_to_end();
    sweep(std::chrono::days{1}, keep);
    run_to_end();
    EXPECT_TRUE(std::count(delivered_ids.begin(), delivered_ids.end(), "e-14")) << "the last line";
    EXPECT_EQ(totals().duplicate, 0U);
    EXPECT_FALSE(failed()) << fatal;
}

TEST_F(done_cleaner_test, what_a_crash_left_undone_is_done_at_the_next_start) {
    all_kinds();
    std::promise<void> done;
    writer->post(ledger::writer::priority::import, [&](ledger::store& store) {
        auto slice = store.prune(keep, wall(), std::chrono::days{11});
        while (slice && slice->more)
            slice = store.prune(keep, wall(), 0ms);
        done.set_value();
    });
    done.get_future().get();  // named, never removed
    stop();
    auto const left = names("done").size();
    start();
    sweep(std::chrono::days{0}, keep);
    EXPECT_LT(names("done").size(), left);
    EXPECT_LE(names("done").size(), 1U) << "the results of today";
}

TEST_F(done_cleaner_test, how_many_are_still_to_go_is_told_until_the_last_one_is_gone) {
    for (int i = 0; i < 100; ++i)
        drop(std::to_string(i) + ".json", event_json(i));
    start();
    run_to_end();
    std::promise<void> go_on;
    std::promise<void> busy;
    writer->post(ledger::writer::priority::delivery, [&](ledger::store& store) {
        for (auto slice = store.prune(keep, wall(), std::chrono::days{11}); slice;
             slice = store.prune(keep, wall(), 0ms)) {
            in->expire(std::move(slice->expired), slice->oldest_kept);
            if (!slice->more) break;
        }
        busy.set_value();
        go_on.get_future().get();
    });
    busy.get_future().get();
    // The ledger is slow to hear of the first ones: the others wait for that.
    ASSERT_TRUE(eventually([&] { return in->expiring() == 100 - done_cleaner::files_a_turn; }))
        << in->expiring();
    std::this_thread::sleep_for(50ms);
    EXPECT_EQ(in->expiring(), 100 - done_cleaner::files_a_turn);
    go_on.set_value();
    EXPECT_TRUE(eventually([&] { return in->expiring() == 0; })) << in->expiring();
    EXPECT_TRUE(eventually([&] { return in->idle(); }));
}

TEST_F(done_cleaner_test, a_file_that_was_lost_and_put_back_goes_in_its_time_as_the_others_do) {
    drop("lost.ndjson", events_text(0, 2));
    ASSERT_NO_FATAL_FAILURE(deliver_unheard(2));
    auto const work = file("work", names("work").at(0));
    std::filesystem::copy_file(work, work + ".copy");
    std::filesystem::rename(work + ".copy", work);
    start();
    run_to_end();
    ASSERT_EQ(names("done"), (std::vector<std::string>{"lost.ndjson", "lost.ndjson.result.json"}));
    sweep(std::chrono::days{11}, keep);
    EXPECT_TRUE(names("done").empty());
    EXPECT_FALSE(failed()) << fatal;
}

TEST_F(done_cleaner_test,
       a_result_that_had_to_take_a_number_goes_also_where_the_name_is_free_again) {
    std::filesystem::create_directories(path() + "/done");
    std::ofstream(file("done", "two.ndjson.result.json")) << "a person's";
    drop("two.ndjson", events_text(0, 2));
    start();
    run_to_end();
    ASSERT_TRUE(std::filesystem::exists(file("done", "two.ndjson.result.2.json")));
    std::filesystem::remove(file("done", "two.ndjson.result.json"));
    sweep(std::chrono::days{11}, keep);
    EXPECT_TRUE(names("done").empty());
}

TEST_F(done_cleaner_test, another_file_of_the_same_name_is_not_touched) {
    drop("one.ndjson", events_text(1, 2));
    start();
    run_to_end();
    std::filesystem::rename(file("done", "one.ndjson"), file("done", "kept by a person"));
    std::ofstream(file("done", "one.ndjson")) << "a person's";
    std::filesystem::rename(file("done", "one.ndjson.result.json"), file("done", "x"));
    std::ofstream(file("done", "one.ndjson.result.json")) << "a person's";
    ::testing::internal::CaptureStderr();
    sweep(std::chrono::days{11}, keep);
    stop();
    auto const said = ::testing::internal::GetCapturedStderr();
    EXPECT_NE(said.find("are left alone files=1"), std::string::npos) << said;
    EXPECT_EQ(said.find("is gone"), std::string::npos) << said;
    EXPECT_EQ(names("done"), (std::vector<std::string>{"kept by a person", "one.ndjson",
                                                       "one.ndjson.result.json", "x"}));
}

}  // namespace
}  // namespace setclick::intake
