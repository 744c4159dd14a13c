#include "recovery_plan.hpp"

#include <malloc.h>
#include <sys/stat.h>

#include "intake_fixture.hpp"
#include "result_text.hpp"
#include "setclickd/spool/name.hpp"

namespace setclick::intake {
namespace {

TEST_F(intake_test, a_file_claimed_but_not_imported_is_imported_from_the_start) {
    start({.once = false});
    ASSERT_TRUE(eventually([&] { return in->progress() > 0; }));
    stop();
    std::ofstream(file("work", "1-7-left.json")) << event_json(1);
    std::ofstream(file("work", "somebody.json")) << event_json(2);
    start();
    run_to_end();
    EXPECT_EQ(delivered_ids, std::vector<std::string>{"e-1"});
    EXPECT_TRUE(std::filesystem::exists(file("done", "left.json")));
    EXPECT_EQ(names("work"), std::vector<std::string>{"somebody.json"});
}

TEST_F(intake_test, a_stop_in_the_middle_goes_on_at_the_offset) {
    constexpr int events = 60'000;
    drop("big.ndjson", events_text(0, events));
    start({.once = false});
    ASSERT_TRUE(eventually([&] { return imported > 0; }));
    stop();
    EXPECT_LT(imported, static_cast<std::uint64_t>(events));
    start();
    run_to_end();
    EXPECT_EQ(imported, static_cast<std::uint64_t>(events));
    EXPECT_EQ(delivered_ids.size(), static_cast<std::size_t>(events));
    EXPECT_EQ(totals().duplicate, 0U);
}

TEST_F(intake_test, files_waiting_for_delivery_are_finished_after_a_restart) {
    drop("good.ndjson", events_text(0, 5));
    drop("bad.ndjson", events_text(10, 5) + "bad\n");
    start();
    ASSERT_TRUE(eventually([&] { return in->idle(); }));
    stop();
    EXPECT_EQ(names("rejected"), std::vector<std::string>{"bad.ndjson"});
    // The person takes the refused lines away: they do not come back.
    std::filesystem::remove(file("rejected", "bad.ndjson"));
    start();
    run_to_end();
    EXPECT_EQ(delivered_ids.size(), 10U);
    EXPECT_TRUE(names("rejected").empty());
    EXPECT_EQ(names("done").size(), 4U);
    EXPECT_NE(
        content("done", "bad.ndjson.result.json").find("\"refused_lines\":\"rejected/bad.ndjson\""),
        std::string::npos);
}

TEST_F(intake_test, a_file_missing_in_work_is_named_and_its_events_go_on) {
    drop("a.ndjson", events_text(0, 5));
    start();
    ASSERT_TRUE(eventually([&] { return in->idle(); }));
    stop();
    std::filesystem::remove(file("work", names("work").at(0)));
    ::testing::internal::CaptureStderr();
    start();
    run_to_end();
    stop();
    auto const said = ::testing::internal::GetCapturedStderr();
    EXPECT_NE(said.find("missing in work/"), std::string::npos) << said;
    EXPECT_EQ(delivered_ids.size(), 5U);
    EXPECT_EQ(names("done"), std::vector<std::string>{"a.ndjson.result.json"});
    EXPECT_NE(content("done", "a.ndjson.result.json").find("\"done\":null"), std::string::npos);
}

TEST_F(intake_test,
       of_a_file_missing_in_work_the_reasons_of_its_refused_lines_are_written_all_the_same) {
    start();
    in->stop();
    drop("a.ndjson", event_json(1) + "\nbad\n");
    auto const in_the_way = file("rejected", ".1.r.tmp");
    std::filesystem::create_directory(in_the_way);
    begin_intake({});
    ASSERT_TRUE(eventually([&] { return failed(); }));
    stop();
    has_failed = false;
    std::filesystem::remove(in_the_way);
    ASSERT_TRUE(names("rejected").empty());
    std::filesystem::remove(file("work", names("work").at(0)));
    start();
    run_to_end();
    EXPECT_FALSE(failed()) << fatal;
    EXPECT_TRUE(content("rejected", "a.ndjson").starts_with("#! line 2: "));
    EXPECT_NE(
        content("done", "a.ndjson.result.json").find(R"("refused_lines":"rejected/a.ndjson")"),
        std::string::npos);
}

TEST_F(intake_test, a_file_moved_to_done_before_the_crash_is_found_there) {
    drop("a.ndjson", events_text(0, 5));
    drop("one.json", event_json(77));
    start();
    ASSERT_TRUE(eventually([&] { return in->idle(); }));
    // The last events are delivered, but the intake hears nothing of it: as if it had been killed.
    auto const work = names("work");
    std::promise<void> done;
    writer->post(ledger::writer::priority::delivery, [&](ledger::store& store) {
        ledger::cycle_request claim;
        claim.now = wall();
        claim.wishes.push_back({accounts[0], 100, doubt_policy::resend});
        auto const claimed = store.cycle(claim);
        ledger::cycle_request settle;
        settle.now = wall();
        for (auto const& e : claimed->batches.at(0).events)
            settle.delivered.push_back(e.no);
        EXPECT_EQ(store.cycle(settle)->complete_files.size(), 2U);
        done.set_value();
    });
    done.get_future().get();
    stop();
    for (auto const& name : work)
        std::filesystem::rename(file("work", name),
                                file("done", spool::numbered(name.substr(name.rfind('-') + 1), 3)));
    start();
    run_to_end();
    EXPECT_EQ(names("done").size(), 4U);
    EXPECT_TRUE(std::filesystem::exists(file("done", "a.3.ndjson.result.json")));
    EXPECT_NE(result_lines().find("\"done\":\"one.3.json\""), std::string::npos) << result_lines();
    EXPECT_EQ(totals().files_open, 0U);
}

TEST_F(intake_test, refused_lines_of_a_file_that_grew_are_published_after_a_stop_too) {
    drop("a.ndjson", event_json(1) + "\nbad one\n");
    start();
    ASSERT_TRUE(eventually([&] { return in->idle(); }));
    stop();
    ASSERT_EQ(names("rejected"), std::vector<std::string>{"a.ndjson"});
    std::ofstream(file("work", names("work").at(0)), std::ios::app) << "bad two\n";
    // The second line is imported, but its publication does not come to its end.
    auto const in_the_way = file("rejected", ".1.r.tmp");
    std::filesystem::create_directory(in_the_way);
    start();
    run_to_end();
    stop();
    ASSERT_TRUE(failed());
    ASSERT_EQ(names("rejected"), std::vector<std::string>{"a.ndjson"});
    has_failed = false;
    std::filesystem::remove(in_the_way);
    start();
    run_to_end();
    EXPECT_EQ(names("rejected"), (std::vector<std::string>{"a.2.ndjson", "a.ndjson"}));
    auto const text = content("rejected", "a.2.ndjson");
    EXPECT_TRUE(text.starts_with("#! line 3: ") && text.ends_with("\nbad two\n")) << text;
    EXPECT_TRUE(names("work").empty());
}

TEST_F(intake_test,
       what_was_published_before_a_crash_is_not_published_twice_where_the_file_grew_since) {
    drop("a.ndjson", events_text(0, 2));
    start();
    ASSERT_TRUE(eventually([&] { return in->idle(); }));
    in->stop();
    EXPECT_EQ(deliver(4096, {"e-1"}), 2U);
    stop();
    std::ofstream(file("rejected", "a.rejected-by-server.ndjson"))
        << "#! line 2: http-400: no such thing\n"
        << event_json(1) << "\n";
    std::ofstream(file("work", names("work").at(0)), std::ios::app) << events_text(2, 1);
    start();
    run_to_end();
    EXPECT_EQ(delivered_ids.size(), 3U);
    EXPECT_EQ(names("rejected"), std::vector<std::string>{"a.rejected-by-server.ndjson"});
    EXPECT_TRUE(names("work").empty());
}

TEST_F(intake_test, a_torn_line_of_a_results_file_does_not_count_as_written) {
    drop("one.json", event_json(1));
    ASSERT_NO_FATAL_FAILURE(deliver_unheard(1));
    auto const today = results_name(wall());
    // Torn, and ended by another append since.
    std::ofstream(file("done", today)) << "{\"file\":\"one.json\",\"file_no\":1,\"done\":\"on\n";
    start();
    run_to_end();
    auto const text = content("done", today);
    EXPECT_EQ(lines_in(text), 2) << text;
    EXPECT_NE(text.find("\"done\":\"one.json\",\"delivered\":1,"), std::string::npos) << text;
}

TEST_F(intake_test, a_file_that_cannot_be_read_again_stays_and_the_others_go_on) {
    auto const refused = event_json(1) + "\nbad\n";
    auto const rejected = events_text(2, 1);
    start();
    in->stop();
    // Its refused lines are not written down before the stop.
    auto const in_the_way = file("rejected", ".1.r.tmp");
    std::filesystem::create_directory(in_the_way);
    drop("refused.ndjson", refused);
    begin_intake({});
    ASSERT_TRUE(eventually([&] { return failed(); }));
    stop();
    has_failed = false;
    std::filesystem::remove(in_the_way);
    auto const first = file("work", names("work").at(0));
    std::filesystem::remove(first);
    std::filesystem::create_directory(first);  // opened it can be, but not read

    drop("rejected.ndjson", rejected);
    start();
    ASSERT_TRUE(eventually([&] { return in->has_unreadable() && imported == 2; }));
    ASSERT_TRUE(eventually([&] { return in->idle(); }));
    auto const second = file("work", names("work").at(1));
    std::filesystem::remove(second);
    std::filesystem::create_symlink("x", second);  // which is not followed
    drop("good.json", event_json(3));
    take_over();
    run_to_end({"e-2"});
    EXPECT_FALSE(failed()) << fatal;
    EXPECT_TRUE(in->has_unreadable());
    EXPECT_EQ(content("done", "good.json"), event_json(3));
    EXPECT_EQ(names("work").size(), 2U);
    stop();

    for (auto const& [at, text] : {std::pair{first, refused}, std::pair{second, rejected}}) {
        std::filesystem::remove(at);
        std::ofstream(at, std::ios::binary) << text;
    }
    start();
    run_to_end();
    EXPECT_FALSE(failed()) << fatal;
    EXPECT_TRUE(names("work").empty());
    EXPECT_TRUE(content("rejected", "refused.ndjson").ends_with("\nbad\n"));
    EXPECT_TRUE(
        content("rejected", "rejected.rejected-by-server.ndjson").ends_with("\n" + rejected));
}

TEST_F(intake_test, a_file_in_done_that_only_has_the_inode_of_a_missing_one_is_not_that_one) {
    drop("a.ndjson", events_text(0, 2));
    ASSERT_NO_FATAL_FAILURE(deliver_unheard(2));
    std::filesystem::rename(file("work", names("work").at(0)), file("done", "other.ndjson"));
    start();
    run_to_end();
    EXPECT_NE(content("done", "a.ndjson.result.json").find("\"done\":null"), std::string::npos);

    struct stat seen {};
    ASSERT_EQ(::stat(file("done", "other.ndjson").c_str(), &seen), 0);
    ledger::file_info half;
    half.claimed = {"other.ndjson", "1-1-other.ndjson", seen.st_dev, seen.st_ino, 10};
    auto const plan = plan_recovery(*spool, {half});
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->missing.size(), 1U) << "one that was not read to its end was not moved";
}

TEST_F(intake_test, of_many_unfinished_files_nothing_is_kept_once_they_are_taken_up) {
    start();
    in->stop();
    auto const used = [] {
        auto const now = ::mallinfo2();
        return now.uordblks + now.hblkhd;
    };
    if (used() == 0) GTEST_SKIP() << "nobody counts the memory here";
    constexpr std::size_t count = 100'000;
    auto const before = used();
    std::vector<ledger::file_info> unfinished(count);
    for (auto& info : unfinished) {
        info.claimed.work_name = "a name that is not kept inside its object.json";
        info.done_name = info.claimed.work_name;
        info.at_end = true;
        info.state = ledger::file_state::open;
    }
    auto const all = used() - before;
    service_wiring w;
    w.spool = &*spool;
    w.writer = writer.get();
    w.fatal = [this](error) { has_failed = true; };
    in.emplace(options, w);
    in->start(std::move(unfinished));
    ASSERT_TRUE(eventually([&] { return in->idle(); }));
    EXPECT_FALSE(failed());
    EXPECT_LT(used(), before + all / 10);
}

TEST_F(intake_test, what_was_appended_while_a_file_was_filed_away_is_told) {
    drop("a.ndjson", events_text(0, 2));
    ASSERT_NO_FATAL_FAILURE(deliver_unheard(2));
    std::filesystem::rename(file("work", names("work").at(0)), file("done", "a.ndjson"));
    std::ofstream(file("done", "a.ndjson"), std::ios::app) << "more\n";
    ::testing::internal::CaptureStderr();
    start();
    run_to_end();
    stop();
    auto const said = ::testing::internal::GetCapturedStderr();
    EXPECT_NE(said.find("unread_bytes=5 from=" + std::to_string(events_text(0, 2).size() + 1)),
              std::string::npos)
        << said;
    EXPECT_NE(content("done", "a.ndjson.result.json").find("\"done\":\"a.ndjson\""),
              std::string::npos);
}

TEST_F(intake_test, a_file_that_was_shortened_stays_until_it_is_whole_again) {
    constexpr int events = 60'000;
    auto const text = events_text(0, events);
    drop("big.ndjson", text);
    start({.once = false});
    ASSERT_TRUE(eventually([&] { return imported > 0; }));
    stop();
    ASSERT_LT(imported, static_cast<std::uint64_t>(events));
    auto const at = file("work", names("work").at(0));
    std::filesystem::resize_file(at, text.size() - 10);
    drop("good.json", event_json(events));
    start();
    run_to_end();
    EXPECT_TRUE(in->has_unreadable());
    EXPECT_FALSE(failed()) << fatal;
    stop();
    EXPECT_EQ(names("work").size(), 1U);
    EXPECT_TRUE(std::filesystem::exists(file("done", "good.json")));
    std::ofstream(at, std::ios::app) << text.substr(text.size() - 10);
    start();
    run_to_end();
    EXPECT_EQ(delivered_ids.size(), events + 1U);
    EXPECT_TRUE(names("rejected").empty());
    EXPECT_EQ(totals().duplicate, 0U);
}

}  // namespace
}  // namespace setclick::intake
