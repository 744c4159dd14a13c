#include <fcntl.h>
#include <sys/resource.h>

#include <cstdio>

#include "intake_fixture.hpp"
#include "result_text.hpp"
#include "support/log_lines.hpp"

namespace setclick::intake {
namespace {

using ledger::event_state;

TEST_F(intake_test, a_file_of_one_delivered_event_ends_in_done_with_a_line) {
    drop("a.json", event_json(1));
    start();
    run_to_end();
    EXPECT_EQ(fatal, "");
    EXPECT_EQ(delivered_ids, std::vector<std::string>{"e-1"});
    EXPECT_TRUE(names("incoming").empty());
    EXPECT_TRUE(names("work").empty());
    EXPECT_EQ(names("done").size(), 2U);
    EXPECT_EQ(content("done", "a.json"), event_json(1));
    EXPECT_NE(result_lines().find(R"({"file":"a.json","file_no":1,"done":"a.json","delivered":1,)"),
              std::string::npos)
        << result_lines();
}

TEST_F(intake_test, good_lines_are_imported_and_bad_ones_published_with_their_reasons) {
    auto const bad = std::string("{\"account_id\":\"acc-1\"}");
    auto const long_line = "{\"x\":\"" + std::string(5000, 'y') + "\"}";
    drop("mix.ndjson",
         event_json(1) + "\r\n" + bad + "\n\n" + long_line + "\n" + event_json(2) + "\nnot json");
    start();
    run_to_end();
    EXPECT_EQ(delivered_ids.size(), 2U);
    auto const rejects = content("rejected", "mix.ndjson");
    EXPECT_NE(rejects.find("#! line 2: "), std::string::npos) << rejects;
    EXPECT_NE(rejects.find("\n" + bad + "\n#! line 4: "), std::string::npos) << rejects;
    EXPECT_NE(rejects.find("5,008 bytes at offset"), std::string::npos) << rejects;
    EXPECT_NE(rejects.find("\n" + long_line + "\n#! line 6: "), std::string::npos) << rejects;
    EXPECT_TRUE(rejects.ends_with("\nnot json\n")) << rejects;
    auto const result = content("done", "mix.ndjson.result.json");
    for (auto const* part :
         {R"("events":5)", R"("delivered":2)", R"("rejected":3)", R"("refused_on_reading":3)",
          R"("refused_lines":"rejected/mix.ndjson")"})
        EXPECT_NE(result.find(part), std::string::npos) << part << " in " << result;
}

TEST_F(intake_test, a_published_file_dropped_again_as_it_is_yields_only_what_was_mended) {
    std::string text;
    for (int i = 0; i < 10; ++i)
        text +=
            i % 2 == 0 ? event_json(i) + "\n" : "{\"event_id\":\"e-" + std::to_string(i) + "\"}\n";
    drop("crm.ndjson", text);
    start();
    run_to_end();
    stop();
    EXPECT_EQ(delivered_ids.size(), 5U);
    auto rejects = content("rejected", "crm.ndjson");
    // Mend two of the five.
    for (int const n : {1, 3}) {
        auto const broken = "{\"event_id\":\"e-" + std::to_string(n) + "\"}";
        rejects.replace(rejects.find(broken), broken.size(), event_json(n));
    }
    drop("crm.ndjson", rejects);
    start();
    run_to_end();
    EXPECT_EQ(delivered_ids.size(), 7U);
    EXPECT_EQ(names("rejected"), (std::vector<std::string>{"crm.2.ndjson", "crm.ndjson"}));
    EXPECT_EQ(names("done"), (std::vector<std::string>{"crm.2.ndjson", "crm.2.ndjson.result.json",
                                                       "crm.ndjson", "crm.ndjson.result.json"}));
}

TEST_F(intake_test, the_same_name_fifty_times_is_delivered_fifty_times) {
    start({.once = false});
    for (int i = 0; i < 50; ++i) {
        drop("same.json", event_json(i));
        ASSERT_TRUE(eventually([&] { return names("incoming").empty(); }));
    }
    ASSERT_TRUE(eventually([&] { return imported == 50; }));
    ASSERT_TRUE(eventually([&] {
        deliver();
        return names("work").empty();
    }));
    EXPECT_EQ(std::set<std::string>(delivered_ids.begin(), delivered_ids.end()).size(), 50U);
    ASSERT_TRUE(eventually([&] { return lines_in(result_lines()) == 50; }));
    EXPECT_EQ(names("done").size(), 51U);
}

TEST_F(intake_test, a_file_renamed_in_is_taken_at_once_and_one_written_in_place_when_closed) {
    start({.once = false, .inotify = true, .settle = 60s, .scan_every = 60s});
    ASSERT_TRUE(eventually([&] { return in->progress() > 0; }));
    write(".hidden", event_json(1));
    std::filesystem::rename(file("incoming", ".hidden"), file("incoming", "renamed.json"));
    write("closed.json", event_json(2));
    EXPECT_TRUE(eventually([&] { return imported == 2; }));
}

TEST_F(intake_test, a_file_renamed_in_while_the_start_is_still_under_way_is_taken_at_once) {
    before_thread = [this] {
        write(".hidden", R"({"account_id": "acc-1", "event_na)");
        std::filesystem::rename(file("incoming", ".hidden"), file("incoming", "renamed.json"));
    };
    start({.once = false, .inotify = true, .settle = 60s, .scan_every = 60s});
    EXPECT_TRUE(eventually([&] { return !names("rejected").empty(); }))
        << "it is whole, though it ends inside its JSON";
}

TEST_F(intake_test, without_inotify_the_scan_finds_a_file_when_it_is_quiet) {
    start({.once = false, .inotify = false, .settle = 200ms, .scan_every = 50ms});
    auto const begin = std::chrono::steady_clock::now();
    drop("a.json", event_json(1));
    ASSERT_TRUE(eventually([&] { return imported == 1; }));
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 195ms);
}

TEST_F(intake_test, once_takes_what_was_there_and_leaves_what_comes_later) {
    drop("first.json", event_json(1));
    start({.once = true, .settle = 100ms});
    EXPECT_FALSE(in->idle());
    ASSERT_TRUE(eventually([&] { return imported == 1; }));
    drop("later.json", event_json(2));
    run_to_end();
    EXPECT_EQ(delivered_ids.size(), 1U);
    EXPECT_EQ(names("incoming"), std::vector<std::string>{"later.json"});
}

TEST_F(intake_test, once_with_an_empty_spool_is_idle_soon) {
    start();
    EXPECT_TRUE(eventually([&] { return in->idle(); }));
}

TEST_F(intake_test, a_folder_that_is_removed_or_replaced_under_it_ends_it_with_its_name) {
    for (auto const* place : {"work", "done", "rejected"})
        for (bool const replaced : {false, true}) {
            start({.once = false});
            ASSERT_TRUE(eventually([&] { return in->progress() > 0; }));
            // In one step: what looks in between would see it removed.
            auto const away = path() + "/moved-away";
            if (replaced) std::filesystem::create_directory(away);
            ASSERT_EQ(::renameat2(AT_FDCWD, (path() + "/" + place).c_str(), AT_FDCWD, away.c_str(),
                                  replaced ? RENAME_EXCHANGE : 0),
                      0);
            EXPECT_TRUE(eventually([&] { return failed(); })) << place;
            EXPECT_NE(fatal.find(std::string("/") + place +
                                 (replaced ? " was replaced" : " was removed")),
                      std::string::npos)
                << fatal;
            stop();
            spool.reset();
            if (replaced) std::filesystem::remove(path() + "/" + place);
            std::filesystem::rename(path() + "/moved-away", path() + "/" + place);
            has_failed = false;
        }
}

TEST_F(intake_test, files_dropped_while_work_is_away_stay_where_they_are) {
    start({.once = false, .inotify = true, .try_again_after = 50ms});
    ASSERT_TRUE(eventually([&] { return in->progress() > 0; }));
    std::filesystem::rename(path() + "/work", path() + "/moved-away");
    drop("a.ndjson", events_text(0, 2));
    EXPECT_TRUE(eventually([&] { return failed(); }));
    stop();
    spool.reset();
    std::filesystem::remove_all(path() + "/work");
    std::filesystem::rename(path() + "/moved-away", path() + "/work");
    has_failed = false;
    start();
    run_to_end();
    EXPECT_EQ(delivered_ids.size(), 2U);
}

TEST_F(intake_test, hostile_entries_stop_nobody) {
    start({.once = false});
    ::symlink("/etc/passwd", file("incoming", "link.json").c_str());
    ::mkfifo(file("incoming", "fifo.json").c_str(), 0666);
    std::filesystem::create_directory(file("incoming", "dir.json"));
    drop("x.txt", "a;b");
    drop("line\nfeed.json", event_json(1));
    drop("empty.json", "");
    drop("empty.ndjson", "");
    drop(std::string(250, 'n') + ".json", event_json(2));
    ASSERT_TRUE(eventually([&] { return imported == 2; }));
    ASSERT_TRUE(eventually([&] {
        deliver();
        return names("work").empty();
    }));
    EXPECT_EQ(names("incoming"), (std::vector<std::string>{"dir.json", "empty.json", "empty.ndjson",
                                                           "fifo.json", "link.json", "x.txt"}));
    EXPECT_TRUE(std::filesystem::exists(file("done", "line\nfeed.json")));
    EXPECT_FALSE(failed());
}

TEST_F(intake_test, a_big_file_and_small_ones_are_read_by_turns) {
    constexpr int big = 30'000;
    drop("big.ndjson", events_text(0, big));
    for (int i = 0; i < 300; ++i)
        drop("s" + std::to_string(i) + ".json", event_json(big + i));
    start();
    run_to_end();
    EXPECT_EQ(delivered_ids.size(), static_cast<std::size_t>(big + 300));
    EXPECT_EQ(count(event_state::delivered), static_cast<std::uint64_t>(big + 300));
    EXPECT_NE(content("done", "big.ndjson.result.json").find("\"delivered\":30000"),
              std::string::npos);
    EXPECT_EQ(lines_in(result_lines()), 300);
}

TEST_F(intake_test, what_the_server_rejected_follows_in_a_second_file) {
    std::string text;
    for (int i = 0; i < 200; ++i)
        text += event_json(i, i % 2 == 0 ? "acc-1" : "acc-2") + "\n";
    drop("crm.ndjson", text + "broken\n");
    start();
    run_to_end({"e-3", "e-150", "e-10"});
    auto const by_server = content("rejected", "crm.rejected-by-server.ndjson");
    EXPECT_EQ(by_server, "#! line 4: http-400: no such thing\n" + event_json(3, "acc-2") +
                             "\n#! line 11: http-400: no such thing\n" + event_json(10) +
                             "\n#! line 151: http-400: no such thing\n" + event_json(150) + "\n");
    auto const result = content("done", "crm.ndjson.result.json");
    for (auto const* part :
         {R"("delivered":197)", R"("rejected":4)", R"("rejected_by_server":3)", R"("http-400":3)",
          R"("rejected_lines":"rejected/crm.rejected-by-server.ndjson")"})
        EXPECT_NE(result.find(part), std::string::npos) << part << " in " << result;
}

TEST_F(intake_test, a_retry_rewrites_the_result_also_of_a_file_of_one_event) {
    drop("one.json", event_json(1));
    drop("two.ndjson", events_text(10, 2));
    start();
    run_to_end({"e-1", "e-11"});
    EXPECT_NE(content("done", "one.json.result.json").find(R"("rejected":1)"), std::string::npos);
    EXPECT_EQ(retry(), 2U);
    run_to_end();
    EXPECT_EQ(names("done"), (std::vector<std::string>{"one.json", "one.json.result.json",
                                                       "two.ndjson", "two.ndjson.result.json"}));
    for (auto const* name : {"one.json.result.json", "two.ndjson.result.json"}) {
        auto const result = content("done", name);
        EXPECT_NE(result.find(R"("rejected":0)"), std::string::npos) << result;
        EXPECT_NE(result.find(R"("rejected_lines":null)"), std::string::npos) << result;
    }
    EXPECT_FALSE(failed()) << fatal;
}

TEST_F(intake_test, after_a_reload_a_new_file_is_not_taken_for_an_earlier_one_of_its_name) {
    drop("a.ndjson", events_text(1, 1));
    start();
    run_to_end({"e-1"});
    // Its pass is over; the next intake's one is the only look at what comes now.
    drop("a.ndjson", event_json(11, "acc-2") + "\n" + event_json(12, "acc-2") + "\n");
    take_over();
    ASSERT_TRUE(eventually([&] { return imported == 3; }));
    // While that one waits, a person has the rejected event of the first sent again, and it is
    // rejected again.
    EXPECT_EQ(retry(), 1U);
    EXPECT_EQ(deliver(1, {"e-1"}), 2U);
    ASSERT_TRUE(eventually([&] { return in->idle(); }));
    EXPECT_EQ(names("rejected"), std::vector<std::string>{"a.rejected-by-server.ndjson"});
    EXPECT_NE(content("rejected", "a.rejected-by-server.ndjson").find("e-1\""), std::string::npos);
    EXPECT_EQ(retry(), 1U);
    stop();
    start();  // both are open
    run_to_end();
    EXPECT_EQ(names("work"), std::vector<std::string>{});
    EXPECT_EQ(names("done").size(), 4U);
    EXPECT_FALSE(failed()) << fatal;
}

TEST_F(intake_test, files_that_wait_for_their_turn_hold_few_descriptors_and_wait_for_those) {
    start();
    in->stop();
    for (int i = 0; i < 300; ++i)
        drop(std::to_string(i) + ".ndjson", events_text(200 * i, 200));
    std::promise<void> go_on;
    std::promise<void> busy;
    writer->post(ledger::writer::priority::delivery, [&](ledger::store&) {
        busy.set_value();
        go_on.get_future().get();
    });
    busy.get_future().get();
    auto const descriptors = [] {
        return std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                             std::filesystem::directory_iterator{});
    };
    auto const before = descriptors();
    begin_intake({});
    // Two calls, as many as may wait for the ledger, take all of them.
    EXPECT_TRUE(eventually([&] { return names("work").size() == 300; }));
    EXPECT_TRUE(eventually([&] { return descriptors() <= before + 80; }))
        << descriptors() << ", before " << before;

    // Where there are none for a while, the files wait on.
    rlimit usual{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &usual), 0);
    rlimit const none{3, usual.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    go_on.set_value();
    EXPECT_TRUE(eventually([&] { return imported >= 40 * 200; })) << imported;
    std::this_thread::sleep_for(100ms);
    EXPECT_LT(imported, 300 * 200);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &usual), 0);
    EXPECT_TRUE(eventually([&] { return imported == 300 * 200; }, 60s));
    EXPECT_FALSE(in->has_unreadable());
    EXPECT_FALSE(failed()) << fatal;
}

TEST_F(intake_test, a_json_array_on_one_line_keeps_its_elements_apart) {
    std::string text = "[";
    for (int i = 0; i < 100; ++i)
        text += (i > 0 ? "," : "") + (i % 10 == 5 ? std::string("{}") : event_json(i));
    drop("array.json", text + "]");
    start();
    run_to_end({"e-7"});
    EXPECT_EQ(delivered_ids.size(), 90U);
    auto const rejects = content("rejected", "array.json");
    EXPECT_EQ(std::count(rejects.begin(), rejects.end(), '\n'), 20) << rejects;
    EXPECT_NE(rejects.find("#! line 6: "), std::string::npos) << rejects;
    EXPECT_EQ(content("rejected", "array.rejected-by-server.json"),
              "#! line 8: http-400: no such thing\n" + event_json(7) + "\n");
}

TEST_F(intake_test, a_duplicate_has_a_result_that_says_so) {
    drop("a.json", event_json(1));
    start();
    run_to_end();
    stop();
    drop("b.json", event_json(1));
    start();
    run_to_end();
    EXPECT_EQ(delivered_ids.size(), 1U);
    auto const result = content("done", "b.json.result.json");
    EXPECT_NE(result.find(R"("delivered":0, "rejected":0, "duplicate":1)"), std::string::npos)
        << result;
}

TEST_F(intake_test, an_event_id_with_other_content_is_refused_with_its_line) {
    drop("a.json", event_json(1));
    start();
    run_to_end();
    stop();
    auto changed = event_json(1);
    changed.replace(changed.find("\"s\""), 3, "\"t\"");
    drop("b.ndjson", event_json(2) + "\n" + changed + "\n");
    start();
    run_to_end();
    auto const rejects = content("rejected", "b.ndjson");
    EXPECT_TRUE(rejects.starts_with("#! line 2: ")) << rejects;
    EXPECT_TRUE(rejects.ends_with("\n" + changed + "\n")) << rejects;
    EXPECT_NE(rejects.find("a.json"), std::string::npos) << rejects;
}

TEST_F(intake_test, a_file_that_grew_after_it_was_read_goes_on) {
    start({.once = false});
    auto const slow = file("incoming", "slow.ndjson");
    drop("slow.ndjson", events_text(0, 3));
    ASSERT_TRUE(eventually([&] { return imported == 3; }));
    auto const work = names("work");
    ASSERT_EQ(work.size(), 1U);
    std::ofstream(file("work", work[0]), std::ios::app) << events_text(3, 2) << "bad\n";
    ASSERT_TRUE(eventually([&] {
        deliver();
        return names("done").size() == 2;
    }));
    EXPECT_EQ(delivered_ids.size(), 5U);
    EXPECT_TRUE(content("rejected", "slow.ndjson").starts_with("#! line 6: "));
    EXPECT_NE(content("done", "slow.ndjson.result.json").find("\"events\":6"), std::string::npos);
}

TEST_F(intake_test,
       of_a_file_that_grew_inside_a_line_the_rejected_lines_after_it_are_the_right_ones) {
    start({.once = false});
    auto const cut = event_json(1) + "\n";
    drop("slow.ndjson", event_json(0) + "\n" + cut.substr(0, 30));
    ASSERT_TRUE(eventually([&] { return names("rejected").size() == 1; }));
    std::ofstream(file("work", names("work").at(0)), std::ios::app)
        << cut.substr(30) << events_text(2, 3);
    ASSERT_TRUE(eventually([&] {
        deliver(4096, {"e-2", "e-4"});
        return names("done").size() == 2;
    }));
    EXPECT_EQ(content("rejected", "slow.rejected-by-server.ndjson"),
              "#! line 4: http-400: no such thing\n" + event_json(2) +
                  "\n#! line 6: http-400: no such thing\n" + event_json(4) + "\n");
}

TEST_F(intake_test, of_a_file_that_grew_what_the_server_rejected_is_written_down_once) {
    start({.once = false});
    drop("slow.ndjson", events_text(0, 3));
    ASSERT_TRUE(eventually([&] { return imported == 3; }));
    std::ofstream(file("work", names("work").at(0)), std::ios::app) << events_text(3, 2);
    ASSERT_TRUE(eventually([&] {
        deliver(4096, {"e-1", "e-4"});
        return names("done").size() == 2;
    }));
    EXPECT_EQ(names("rejected"), std::vector<std::string>{"slow.rejected-by-server.ndjson"});
    EXPECT_EQ(lines_in(content("rejected", "slow.rejected-by-server.ndjson")), 4);
}

TEST_F(intake_test,
       a_file_opened_and_complete_again_while_it_is_being_finished_has_the_last_result) {
    drop("two.ndjson", events_text(0, 2));
    start();
    ASSERT_TRUE(eventually([&] { return in->idle(); }));
    test::log_lines log;
    rlimit usual{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &usual), 0);
    rlimit const none{3, usual.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    EXPECT_EQ(deliver(4096, {"e-1"}), 2U);
    EXPECT_TRUE(log.wait_for("cannot be archived now"));  // it is being finished, and cannot be
    EXPECT_EQ(retry(), 1U);
    EXPECT_EQ(deliver(), 1U);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &usual), 0);
    run_to_end();
    EXPECT_FALSE(failed()) << fatal;
    EXPECT_TRUE(names("rejected").empty());
    auto const result = content("done", "two.ndjson.result.json");
    EXPECT_NE(result.find(R"("delivered":2, "rejected":0)"), std::string::npos) << result;
    EXPECT_EQ(totals().files_open, 0U);
}

TEST_F(intake_test, results_that_may_not_be_written_are_waited_for_and_delivery_goes_on) {
    drop("one.json", event_json(1));
    start();
    ASSERT_TRUE(eventually([&] { return in->idle(); }));
    auto const results = file("done", results_name(wall()));
    std::filesystem::create_symlink("x", results);  // which is not followed
    test::log_lines log;
    EXPECT_EQ(deliver(), 1U);
    EXPECT_TRUE(log.wait_for("cannot be archived now")) << log.text();
    EXPECT_FALSE(failed()) << fatal;
    EXPECT_EQ(totals().files_open, 1U);
    std::filesystem::remove(results);
    run_to_end();
    EXPECT_FALSE(failed()) << fatal;
    EXPECT_EQ(lines_in(result_lines()), 1);
    EXPECT_EQ(totals().files_open, 0U);
}

TEST_F(intake_test, without_descriptors_for_a_while_finished_files_wait_and_lose_nothing) {
    drop("two.ndjson", events_text(0, 2));
    start();
    ASSERT_TRUE(eventually([&] { return in->idle(); }));
    test::log_lines log;
    rlimit usual{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &usual), 0);
    rlimit const none{3, usual.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    EXPECT_EQ(deliver(4096, {"e-1"}), 2U);
    EXPECT_TRUE(log.wait_for("cannot be archived now"));
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &usual), 0);
    EXPECT_FALSE(failed()) << fatal;
    EXPECT_EQ(names("work").size(), 1U);
    run_to_end();
    EXPECT_FALSE(failed()) << fatal;
    EXPECT_EQ(content("rejected", "two.rejected-by-server.ndjson"),
              "#! line 2: http-400: no such thing\n" + event_json(1) + "\n");
    EXPECT_EQ(names("done").size(), 2U);
}

}  // namespace
}  // namespace setclick::intake
