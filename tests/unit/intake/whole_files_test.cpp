// Files that are not whole yet, and files that grow after they were read: no byte that was not read
// is finished, forgotten or removed.
#include <fcntl.h>

#include "intake_fixture.hpp"
#include "support/log_lines.hpp"

namespace setclick::intake {
namespace {

class whole_files : public intake_test {
protected:
    static constexpr settings_of_test quick{
        .once = false, .inotify = true, .settle = 150ms, .scan_every = 20ms};

    /// A producer that writes straight to the final name.
    class producer {
    public:
        explicit producer(std::string const& path)
            : fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) {
            EXPECT_TRUE(fd_);
        }
        void write(std::string const& text) const {
            EXPECT_EQ(::write(fd_.get(), text.data(), text.size()),
                      static_cast<ssize_t>(text.size()));
        }
        void close() { fd_.reset(); }

    private:
        unique_fd fd_;
    };
    void append(std::string const& place, std::string const& name, std::string const& text) {
        std::ofstream(file(place, name), std::ios::app | std::ios::binary) << text;
    }
    /// In place, as a program that keeps the file open writes it anew.
    void overwrite(std::string const& place, std::string const& name, std::string const& text) {
        std::this_thread::sleep_for(20ms);  // time stamps come with the kernel's tick
        std::ofstream(file(place, name), std::ios::in | std::ios::out | std::ios::binary) << text;
    }
    /// The kernel grants leases here: own files, or CAP_LEASE, on a local disk.
    bool has_leases() {
        write(".lease", "x");
        unique_fd const fd(::open(file("incoming", ".lease").c_str(), O_RDONLY | O_CLOEXEC));
        bool const granted = spool::read_lease(fd.get()).outcome() == spool::lease::granted;
        std::filesystem::remove(file("incoming", ".lease"));
        return granted;
    }
    bool delivers(std::size_t events) {
        return eventually([&] {
            deliver();
            return delivered_ids.size() == events;
        });
    }
    /// All of them, none twice, and the file in done/.
    void expect_whole(std::string const& name, std::size_t events) {
        EXPECT_TRUE(delivers(events)) << delivered_ids.size();
        EXPECT_TRUE(eventually([&] {
            auto const result = content("done", name + ".result.json");
            return names("work").empty() &&
                   result.find("\"delivered\":" + std::to_string(events)) != std::string::npos;
        })) << content("done", name + ".result.json");
        EXPECT_EQ(std::set<std::string>(delivered_ids.begin(), delivered_ids.end()).size(), events);
        EXPECT_FALSE(failed()) << fatal;
    }
};

TEST_F(whole_files, one_that_its_writer_keeps_open_is_taken_when_it_is_closed) {
    start(quick);
    if (!has_leases()) GTEST_SKIP() << "no leases here";
    producer p(file("incoming", "k.ndjson"));
    for (int i = 0; i < 3; ++i) {
        p.write(events_text(2 * i, 2));
        std::this_thread::sleep_for(400ms);
        EXPECT_EQ(names("incoming"), std::vector<std::string>{"k.ndjson"});
    }
    p.close();
    expect_whole("k.ndjson", 6);
}

TEST_F(whole_files, one_that_is_kept_open_for_long_is_named) {
    auto s = quick;
    s.patience = 300ms;
    start(s);
    if (!has_leases()) GTEST_SKIP() << "no leases here";
    test::log_lines log;
    producer p(file("incoming", "k.ndjson"));
    p.write(events_text(0, 2));
    EXPECT_TRUE(log.wait_for("somebody has it open for writing"));
    p.close();
    expect_whole("k.ndjson", 2);
}

TEST_F(whole_files, an_upload_that_stalls_inside_a_line_goes_on) {
    start(quick);
    auto const text = events_text(0, 6);
    for (auto const* name : {"closed.ndjson", "closed.json"}) {
        auto const whole = std::string_view(name).ends_with(".json")
                               ? "[" + event_json(100) + "," + event_json(101) + "]"
                               : text;
        auto const half = whole.size() / 2 + 40;
        append("incoming", name, whole.substr(0, half));
        std::this_thread::sleep_for(500ms);
        EXPECT_EQ(names("incoming"), std::vector<std::string>{name}) << "it was broken off";
        append("incoming", name, whole.substr(half));
        ASSERT_TRUE(eventually([&] { return names("incoming").empty(); }));
    }
    EXPECT_TRUE(delivers(8));
    EXPECT_TRUE(names("rejected").empty());
}

TEST_F(whole_files, an_empty_one_is_left_until_something_is_written_to_it) {
    start(quick);
    test::log_lines log;
    producer held(file("incoming", "held.ndjson"));
    append("incoming", "held.ndjson", "");  // a close, while somebody else has it open
    append("incoming", "first.json", "");
    EXPECT_TRUE(log.wait_for("is empty"));
    EXPECT_EQ(names("incoming"), (std::vector<std::string>{"first.json", "held.ndjson"}));
    append("incoming", "first.json", event_json(100));
    held.write(events_text(0, 6));
    held.close();
    EXPECT_TRUE(delivers(7));
    EXPECT_TRUE(names("rejected").empty());
}

TEST_F(whole_files, what_is_appended_in_done_is_noticed_and_read) {
    start({.once = false});
    drop("k.ndjson", events_text(0, 2));
    expect_whole("k.ndjson", 2);
    test::log_lines log;
    append("done", "k.ndjson", events_text(2, 3));
    EXPECT_TRUE(log.wait_for("a file grew in done/"));
    EXPECT_NE(log.text().find("unread_bytes=" + std::to_string(events_text(2, 3).size())),
              std::string::npos)
        << log.text();
    expect_whole("k.ndjson", 5);
    EXPECT_EQ(names("done"), (std::vector<std::string>{"k.ndjson", "k.ndjson.result.json"}));
}

TEST_F(whole_files,
       what_is_appended_between_the_archive_and_retention_is_read_before_it_is_removed) {
    drop("k.ndjson", events_text(0, 2));
    drop("other.ndjson", events_text(10, 2));
    start();
    run_to_end();
    stop();
    append("done", "k.ndjson", events_text(2, 4));
    start();  // this one does not know when they were finished
    ASSERT_TRUE(eventually([&] { return in->idle(); }));
    constexpr ledger::retention keep{.done_days = 1};
    sweep(std::chrono::days{3}, keep);
    EXPECT_FALSE(std::filesystem::exists(file("done", "other.ndjson")));
    EXPECT_TRUE(delivers(8));
    run_to_end();
    EXPECT_EQ(content("done", "k.ndjson"), events_text(0, 6));
    sweep(std::chrono::days{3}, keep);
    EXPECT_FALSE(std::filesystem::exists(file("done", "k.ndjson")));
    EXPECT_EQ(totals().duplicate, 0U);
}

TEST_F(whole_files, what_somebody_holds_open_in_done_is_not_removed) {
    drop("k.ndjson", events_text(0, 2));
    start();
    run_to_end();
    if (!has_leases()) GTEST_SKIP() << "no leases here";
    constexpr ledger::retention keep{.done_days = 1};
    {
        producer late(file("done", "k.ndjson"));
        sweep(std::chrono::days{3}, keep);
        EXPECT_TRUE(std::filesystem::exists(file("done", "k.ndjson")));
    }
    sweep(std::chrono::days{3}, keep);
    EXPECT_FALSE(std::filesystem::exists(file("done", "k.ndjson")));
}

TEST_F(whole_files, a_line_that_was_refused_where_its_file_ended_is_read_again_as_a_whole) {
    start({.once = false});
    auto const cut = event_json(1) + "\n";
    drop("slow.ndjson", event_json(0) + "\n" + cut.substr(0, 30));
    ASSERT_TRUE(eventually([&] { return names("rejected").size() == 1; }));
    test::log_lines log;
    append("work", names("work").at(0), cut.substr(30) + events_text(2, 2));
    EXPECT_TRUE(delivers(4));
    EXPECT_NE(log.text().find("refused_line=2 read_again_as=3"), std::string::npos) << log.text();
    EXPECT_TRUE(content("rejected", "slow.ndjson").starts_with("#! line 2: "));
    auto const lines = (*ledger::reader::open(ledger_path()))->refused_lines(file_no{1}, 0, 10);
    ASSERT_EQ(lines->size(), 1U);
    EXPECT_TRUE(lines->at(0).reason.ends_with("read again as line 3")) << lines->at(0).reason;
}

TEST_F(whole_files, one_of_which_bytes_changed_in_done_that_were_read_is_new) {
    start({.once = false});
    drop("k.ndjson", events_text(10, 2));
    expect_whole("k.ndjson", 2);
    test::log_lines log;
    overwrite("done", "k.ndjson", events_text(20, 2));
    EXPECT_TRUE(log.wait_for("read as a new one"));
    EXPECT_TRUE(delivers(4));
    EXPECT_TRUE(eventually([&] { return content("done", "k.ndjson") == events_text(20, 2); }));
    // It has grown as well: what was read before is found by its identity.
    overwrite("done", "k.ndjson", events_text(30, 1) + events_text(21, 3));
    EXPECT_TRUE(delivers(7)) << delivered_ids.size();
    EXPECT_EQ(std::set<std::string>(delivered_ids.begin(), delivered_ids.end()).size(), 7U);
    EXPECT_TRUE(names("rejected").empty());
    EXPECT_FALSE(failed()) << fatal;
}

TEST_F(whole_files, one_of_which_bytes_changed_in_work_after_they_were_read_is_new_as_well) {
    start({.once = false});
    for (bool const grows : {false, true}) {
        auto const before = delivered_ids.size();
        int const first = grows ? 40 : 10;
        drop("k.ndjson", events_text(first, 2));
        ASSERT_TRUE(eventually([&] { return imported == before + 2; }));
        overwrite("work", names("work").at(0), events_text(first + 10, grows ? 3 : 2));
        EXPECT_TRUE(delivers(before + (grows ? 5 : 4))) << delivered_ids.size();
        ASSERT_TRUE(eventually([&] { return names("work").empty(); }));
    }
    EXPECT_EQ(std::set<std::string>(delivered_ids.begin(), delivered_ids.end()).size(), 9U);
    EXPECT_TRUE(names("rejected").empty());
    EXPECT_FALSE(failed()) << fatal;
}

TEST_F(whole_files, one_that_was_given_back_is_not_given_back_again) {
    start({.once = false});
    drop("k.ndjson", events_text(10, 2));
    expect_whole("k.ndjson", 2);
    test::log_lines log;
    overwrite("done", "k.ndjson", events_text(20, 2));
    EXPECT_TRUE(delivers(4));
    ASSERT_TRUE(eventually([&] { return names("work").empty() && names("done").size() >= 2; }));
    stop();
    start();  // it takes no file that comes after its start
    sweep(std::chrono::days{3}, {.done_days = 1});
    EXPECT_TRUE(eventually([&] { return !std::filesystem::exists(file("done", "k.ndjson")); }));
    auto const text = log.text();
    auto const told = text.find("read as a new one");
    ASSERT_NE(told, std::string::npos);
    EXPECT_EQ(text.find("read as a new one", told + 1), std::string::npos) << text;
    EXPECT_TRUE(names("incoming").empty());
    EXPECT_EQ(totals().duplicate, 0U);
    EXPECT_FALSE(failed()) << fatal;
}

TEST_F(whole_files, the_result_of_one_that_was_given_back_goes_in_its_time_whatever_its_name) {
    start({.once = false});
    for (int const first : {10, 20}) {
        drop("k.ndjson", events_text(first, 2));
        ASSERT_TRUE(delivers(static_cast<std::size_t>(first) / 5));
        ASSERT_TRUE(eventually([&] { return names("work").empty(); }));
    }
    ASSERT_TRUE(eventually(
        [&] { return std::filesystem::exists(file("done", "k.2.ndjson.result.json")); }));
    overwrite("done", "k.2.ndjson", events_text(30, 2));
    ASSERT_TRUE(delivers(6));
    ASSERT_TRUE(eventually([&] { return names("work").empty(); }));
    stop();
    start();
    run_to_end();
    sweep(std::chrono::days{3}, {.done_days = 1});
    EXPECT_TRUE(names("done").empty()) << names("done").front();
    EXPECT_EQ(totals().duplicate, 0U);
    EXPECT_FALSE(failed()) << fatal;
}

// What was read before it grew is summed again, however much it is.
TEST_F(whole_files, bytes_of_a_large_file_that_changed_after_it_grew_are_noticed_as_well) {
    std::string large;
    while (large.size() < (std::size_t{9} << 20))
        large += "#! " + std::string(2000, 'x') + "\n";
    start({.once = false});
    drop("k.ndjson", large + events_text(10, 2));
    expect_whole("k.ndjson", 2);
    append("done", "k.ndjson", events_text(12, 1));
    ASSERT_TRUE(delivers(3));
    ASSERT_TRUE(eventually([&] { return names("work").empty(); }));
    test::log_lines log;
    overwrite("done", "k.ndjson", large + events_text(20, 3));
    EXPECT_TRUE(log.wait_for("read as a new one"));
    EXPECT_TRUE(delivers(6)) << delivered_ids.size();
    EXPECT_EQ(std::set<std::string>(delivered_ids.begin(), delivered_ids.end()).size(), 6U);
    EXPECT_FALSE(failed()) << fatal;
}

TEST_F(whole_files, another_time_stamp_alone_changes_nothing) {
    drop("k.ndjson", events_text(10, 2));
    start();
    run_to_end();
    stop();
    std::filesystem::last_write_time(file("done", "k.ndjson"),
                                     std::filesystem::file_time_type::clock::now() + 1h);
    test::log_lines log;
    start({.once = false});
    drop("other.ndjson", events_text(20, 2));
    EXPECT_TRUE(delivers(4));
    EXPECT_TRUE(eventually([&] { return names("work").empty() && names("incoming").empty(); }));
    EXPECT_EQ(log.text().find("as a new one"), std::string::npos);
    EXPECT_TRUE(std::filesystem::exists(file("done", "k.ndjson")));
}

TEST_F(whole_files, what_changed_between_the_archive_and_retention_is_given_back_and_not_removed) {
    drop("k.ndjson", events_text(10, 2));
    start();
    run_to_end();
    stop();
    overwrite("done", "k.ndjson", events_text(20, 2));
    start();  // it takes no file that comes after its start
    sweep(std::chrono::days{3}, {.done_days = 1});
    EXPECT_TRUE(eventually([&] { return names("incoming").size() == 1; }));
    EXPECT_EQ(content("incoming", "k.ndjson"), events_text(20, 2));
    EXPECT_FALSE(failed()) << fatal;
}

TEST_F(whole_files, a_json_array_that_goes_on_is_read_on_from_its_last_whole_element) {
    auto const text =
        "[\n" + event_json(0) + ",\n" + event_json(1) + ",\n" + event_json(2) + "\n]\n";
    start({.once = false});
    drop("slow.json", text.substr(0, text.size() - 60));
    ASSERT_TRUE(eventually([&] { return names("rejected").size() == 1; }));
    append("work", names("work").at(0), text.substr(text.size() - 60));
    EXPECT_TRUE(delivers(3));
    ASSERT_TRUE(eventually([&] { return names("work").empty(); }));
    // A restart in between finds the same place.
    drop("again.json", "[" + event_json(10) + ",");
    ASSERT_TRUE(eventually([&] { return names("rejected").size() == 2; }));
    stop();
    append("work", names("work").at(0), event_json(11) + "]");
    start({.once = false});
    EXPECT_TRUE(delivers(5));
    EXPECT_EQ(totals().duplicate, 0U);
}

}  // namespace
}  // namespace setclick::intake
