#include "setclickd/spool/publish.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "setclickd/spool/window.hpp"
#include "spool_fixture.hpp"

namespace setclick::spool {
namespace {

class publish_test : public spool_test {
protected:
    std::string publish(std::string const& name, std::string const& text, bool again = false) {
        auto out = publication::begin(*spool, place::rejected, "7.r");
        if (!out || !out->append(text)) return "?";
        auto got = out->publish(name, again);
        return got ? *got : "?" + got.error().message;
    }
    void put_in_work(std::string const& name, std::string const& text) {
        std::ofstream(in(place::work, name), std::ios::binary) << text;
    }
};

TEST_F(publish_test, a_producer_s_file_never_takes_the_name_of_our_results) {
    for (auto const* name : {"results-20261125.ndjson", "results-2026112.ndjson"})
        put_in_work(name, name);
    EXPECT_EQ(*move_to_done(*spool, "results-20261125.ndjson", "results-20261125.ndjson"),
              "results-20261125.2.ndjson");
    EXPECT_EQ(*move_to_done(*spool, "results-2026112.ndjson", "results-2026112.ndjson"),
              "results-2026112.ndjson");
    put_in_work("again", "again");
    EXPECT_EQ(*move_to_done(*spool, "again", "results-20261125.ndjson"),
              "results-20261125.3.ndjson");
    ASSERT_TRUE(append_durably(*spool, "results-20261125.ndjson", "{}\n"));
    EXPECT_EQ(content(place::done, "results-20261125.2.ndjson"), "results-20261125.ndjson");
}

TEST_F(publish_test, a_file_in_done_goes_by_its_inode_only) {
    put_in_work("w", "old");
    struct stat seen {};
    ASSERT_EQ(::stat(in(place::work, "w").c_str(), &seen), 0);
    ASSERT_EQ(*move_to_done(*spool, "w", "a.ndjson"), "a.ndjson");
    EXPECT_FALSE(*remove_done(*spool, "a.ndjson", seen.st_ino + 1));
    EXPECT_EQ(content(place::done, "a.ndjson"), "old") << "another one has its name";
    EXPECT_TRUE(*remove_done(*spool, "a.ndjson", seen.st_ino));
    EXPECT_TRUE(names(place::done).empty());
    EXPECT_TRUE(*remove_done(*spool, "a.ndjson", seen.st_ino)) << "gone already";
    std::filesystem::create_directory(in(place::done, "d.ndjson"));
    ASSERT_EQ(::stat(in(place::done, "d.ndjson").c_str(), &seen), 0);
    EXPECT_FALSE(*remove_done(*spool, "d.ndjson", seen.st_ino));
    EXPECT_TRUE(std::filesystem::exists(in(place::done, "d.ndjson")));
}

TEST_F(publish_test, a_published_file_is_whole_and_never_in_the_place_of_another) {
    EXPECT_EQ(publish("a.ndjson", "one"), "a.ndjson");
    EXPECT_EQ(publish("a.ndjson", "two"), "a.2.ndjson");
    EXPECT_EQ(publish("a.ndjson", "three"), "a.3.ndjson");
    EXPECT_EQ(content(place::rejected, "a.ndjson"), "one");
    EXPECT_EQ(content(place::rejected, "a.3.ndjson"), "three");
    EXPECT_EQ(names(place::rejected).size(), 3U);
}

TEST_F(publish_test, after_a_crash_the_same_content_counts_as_published) {
    EXPECT_EQ(publish("a.ndjson", "one"), "a.ndjson");
    EXPECT_EQ(publish("a.ndjson", "two"), "a.2.ndjson");
    EXPECT_EQ(publish("a.ndjson", "two", true), "a.2.ndjson");
    EXPECT_EQ(publish("a.ndjson", "other", true), "a.3.ndjson");
    EXPECT_EQ(names(place::rejected).size(), 3U);
    // A name that is ours in done/ is never given: its row begins at 2.
    EXPECT_EQ(publish("results-20261125.ndjson", "one"), "results-20261125.2.ndjson");
    EXPECT_EQ(publish("results-20261125.ndjson", "one", true), "results-20261125.2.ndjson");
}

TEST_F(publish_test, an_unpublished_file_leaves_no_trace_and_a_crash_s_trace_is_replaced) {
    {
        auto out = publication::begin(*spool, place::rejected, "7.r");
        ASSERT_TRUE(out);
        ASSERT_TRUE(out->append(std::string(200'000, 'x')));
    }
    EXPECT_FALSE(exists(place::rejected, ".7.r.tmp"));
    std::ofstream(in(place::rejected, ".7.r.tmp")) << "left by a crash";
    EXPECT_EQ(publish("b.ndjson", std::string(300'000, 'y')), "b.ndjson");
    EXPECT_EQ(content(place::rejected, "b.ndjson"), std::string(300'000, 'y'));
    EXPECT_FALSE(exists(place::rejected, ".7.r.tmp"));
}

TEST_F(publish_test, our_own_earlier_file_can_be_replaced) {
    publish("a.json", "old");
    auto out = publication::begin(*spool, place::rejected, "8");
    ASSERT_TRUE(out && out->append("new") && out->replace("a.json"));
    EXPECT_EQ(content(place::rejected, "a.json"), "new");
}

TEST_F(publish_test, files_move_to_done_each_under_a_name_of_its_own) {
    for (int i = 0; i < 300; ++i) {
        put_in_work("1-1-same.json", std::to_string(i));
        auto const got = move_to_done(*spool, "1-1-same.json", "same.json");
        ASSERT_TRUE(got) << got.error().message;
        EXPECT_EQ(content(place::done, *got), std::to_string(i));
    }
    EXPECT_EQ(names(place::done).size(), 300U);
    auto const gone = move_to_done(*spool, "1-1-same.json", "same.json");
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().code, errc::not_found);
}

TEST(first_free, finds_a_free_number_with_few_questions) {
    for (std::uint32_t const used : {0U, 1U, 7U, 8U, 9U, 100U, 12'345U, 1'000'000U}) {
        unsigned asked = 0;
        auto const free = first_free([&](std::uint32_t n) {
            ++asked;
            return n <= used;
        });
        EXPECT_EQ(free, used + 1);
        EXPECT_LE(asked, 60U);
    }
    // With gaps any free one will do.
    EXPECT_EQ(first_free([](std::uint32_t n) { return n != 3; }), 3U);
}

TEST_F(publish_test, lines_are_appended_behind_a_torn_one) {
    ASSERT_TRUE(append_durably(*spool, "results.ndjson", "{\"a\":1}\n"));
    std::ofstream(in(place::done, "results.ndjson"), std::ios::app) << "{\"tor";
    ASSERT_TRUE(append_durably(*spool, "results.ndjson", "{\"b\":2}\n"));
    EXPECT_EQ(content(place::done, "results.ndjson"), "{\"a\":1}\n{\"tor\n{\"b\":2}\n");
    auto const tail = tail_of(*spool, "results.ndjson", 8);
    ASSERT_TRUE(tail);
    EXPECT_EQ(*tail, "{\"b\":2}\n");
    EXPECT_EQ(*tail_of(*spool, "none.ndjson", 8), "");
}

TEST_F(publish_test, moved_files_are_found_by_inode_name_and_size) {
    put_in_work("1-1-a.json", "four");
    put_in_work("1-2-b.json", "b");
    struct stat a {};
    ASSERT_EQ(::stat(in(place::work, "1-1-a.json").c_str(), &a), 0);
    std::ofstream(in(place::done, "a.json")) << "taken";
    ASSERT_EQ(*move_to_done(*spool, "1-1-a.json", "a.json"), "a.2.json");
    ASSERT_TRUE(move_to_done(*spool, "1-2-b.json", "b.json"));
    moved_file const wanted[]{{a.st_ino, "a.json", 4},
                              {a.st_ino, "a.json", 3},  // it was written to since
                              {a.st_ino, "a.json", 5},
                              {a.st_ino, "b.json", 4},
                              {1, "a.json", 4}};
    auto const found = names_of(*spool, place::done, wanted);
    ASSERT_TRUE(found);
    EXPECT_EQ(*found, (std::vector<std::string>{"a.2.json", "a.2.json", "", "", ""}));
}

TEST_F(publish_test, a_window_gives_the_file_in_stretches_and_sees_it_grow) {
    put_in_work("f", "0123456789");
    unique_fd const fd(::open(in(place::work, "f").c_str(), O_RDONLY | O_CLOEXEC));
    for (std::size_t capacity = 1; capacity <= 12; ++capacity) {
        window w(capacity);
        std::string all;
        for (bool at_end = false; !at_end;) {
            auto const seen = w.fill(fd.get(), all.size(), "f");
            ASSERT_TRUE(seen);
            all += seen->bytes;
            at_end = seen->at_end;
        }
        EXPECT_EQ(all, "0123456789") << capacity;
    }
    window w(100);
    EXPECT_TRUE(w.fill(fd.get(), 0, "f")->at_end);
    std::ofstream(in(place::work, "f"), std::ios::app) << "more";
    EXPECT_EQ(w.fill(fd.get(), 10, "f")->bytes, "more");
    EXPECT_EQ(w.fill(fd.get(), 2, "f", 3)->bytes, "234");
    auto const bad = w.fill(-1, 0, "f\n");
    ASSERT_FALSE(bad);
    EXPECT_NE(bad.error().message.find("f\\n at offset 0"), std::string::npos);
}

}  // namespace
}  // namespace setclick::spool
