// What the page shows of a ledger: the newest files with their reasons, what is held; and that a large
// ledger costs no more than a small one.
#include "setclickd/status_model/collect_page.hpp"

#include <gmock/gmock.h>

#include <boost/json/serialize.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "setclickd/status_model/page_json.hpp"
#include "support/ledger_test.hpp"

namespace setclick::status_model {
namespace {

using ledger::chunk_builder;
using ledger::event_state;

class collect_page_test : public test::ledger_test {
protected:
    void SetUp() override {
        settings_.ledger.path = dir.file("ledger.db");
        settings_.spool.dir = dir.file("spool");
    }

    std::unique_ptr<ledger::store> open() {
        auto opened = ledger::store::open({.where = dir.file("ledger.db")});
        EXPECT_TRUE(opened) << opened.error().message;
        EXPECT_TRUE((*opened)->recover(t_));
        return std::move(*opened);
    }
    file_no add_file(ledger::store& store, std::string const& name) {
        ledger::claimed_file file;
        file.name = name;
        file.work_name = std::to_string(++files_) + "-" + name;
        return store.import({{file}}, {}, t_)->files.front();
    }
    void import(ledger::store& store, chunk_builder& chunk) {
        std::vector<ledger::import_chunk> chunks;
        chunks.push_back(chunk.end().build());
        ASSERT_TRUE(store.import({}, chunks, t_));
    }
    page_report page() {
        auto made = collect_page(settings_, live_, now());
        EXPECT_TRUE(made) << made.error().message;
        return made ? std::move(*made) : page_report{};
    }

    settings::settings settings_;
    live_status live_;
    wall_time t_ = now() - std::chrono::minutes{10};
    int files_ = 0;
};

TEST_F(collect_page_test, without_a_ledger_is_empty) {
    auto const made = page();
    EXPECT_FALSE(made.status.has_ledger);
    EXPECT_TRUE(made.recent_files.empty());
    EXPECT_TRUE(made.held.empty());
}

TEST_F(collect_page_test, a_file_has_every_outcome_once) {
    make_ledger();
    auto const made = page();
    ASSERT_EQ(made.recent_files.size(), 1U);
    auto const& f = made.recent_files[0];
    EXPECT_EQ(f.name, "crm.ndjson");
    EXPECT_EQ(f.lines(), 8U);
    EXPECT_EQ(f.waiting, 3U) << "waiting, deferred, in flight";
    EXPECT_EQ(f.held, 1U);
    EXPECT_EQ(f.delivered, 1U);
    EXPECT_EQ(f.duplicate, 1U);
    EXPECT_EQ(f.rejected(), 2U);
    EXPECT_EQ(f.stage, file_stage::open);
    EXPECT_EQ(f.path, "work/1-1-crm.ndjson");
    EXPECT_EQ(f.refused_reasons, (counted_reasons{{"click_time: is missing", 1}}));
    EXPECT_EQ(f.rejected_reasons, (counted_reasons{{"http-400", 1}}));
    // The daemon is down: one was cut short.
    ASSERT_EQ(made.held.size(), 2U);
    EXPECT_EQ(made.held[0].why, held_class::expired);
    EXPECT_EQ(made.held[0].count, 1U);
    EXPECT_NE(made.held[0].oldest_since, wall_time{});
    EXPECT_TRUE(made.held[1].is_undecided);
}

TEST_F(collect_page_test, while_the_daemon_runs_nothing_is_undecided) {
    make_ledger();
    live_.daemon.is_running = true;
    auto const made = page();
    ASSERT_EQ(made.held.size(), 1U);
    EXPECT_FALSE(made.held[0].is_undecided);
}

TEST_F(collect_page_test, the_newest_fifty_files_come_first_and_say_where_they_lie) {
    auto store = open();
    auto const a = *store->account(test::account_id);
    std::vector<file_no> files;
    for (int i = 0; i < 60; ++i)
        files.push_back(add_file(*store, "f" + std::to_string(i)));
    for (auto const at : {58U, 59U}) {
        chunk_builder chunk(files[at]);
        import(*store, chunk.refused("x"));
    }
    chunk_builder half(files[57]);
    import(*store, half.plain(a, record("e")));
    std::vector<ledger::done_file> const done{{files[58], "f58.2"}, {files[59], ""}};
    ASSERT_TRUE(store->files_done(done, t_));
    auto const made = page();
    ASSERT_EQ(made.recent_files.size(), page_files);
    EXPECT_EQ(made.recent_files[0].place, file_place::missing);
    EXPECT_EQ(made.recent_files[1].path, "done/f58.2");
    EXPECT_EQ(made.recent_files[1].stage, file_stage::done);
    EXPECT_EQ(made.recent_files[2].path, "work/58-f57");
    EXPECT_EQ(made.recent_files[2].stage, file_stage::open);
    EXPECT_EQ(made.recent_files[3].stage, file_stage::importing);
    EXPECT_EQ(made.recent_files[49].name, "f10");
}

TEST_F(collect_page_test,
       reasons_of_many_lines_are_looked_at_in_part_and_none_is_forgotten_in_the_sum) {
    auto store = open();
    constexpr std::uint64_t lines = 5000;
    std::vector<file_no> files;
    for (int i = 0; i < 30; ++i) {
        files.push_back(add_file(*store, "f" + std::to_string(i)));
        chunk_builder chunk(files.back());
        for (std::uint64_t n = 0; n < lines; ++n)
            chunk.refused("unexpected ',' at byte " + std::to_string(n));
        import(*store, chunk);
    }
    auto const made = page();
    std::uint64_t looked_at = 0;
    for (auto const& f : made.recent_files) {
        auto const shown = to_json(f);
        auto sum = shown.at("reasons_other").to_number<std::uint64_t>();
        for (auto const& reason : shown.at("reasons").as_array()) {
            EXPECT_EQ(reason.at("reason"), "unexpected ','");
            sum += reason.at("count").to_number<std::uint64_t>();
            looked_at += reason.at("count").to_number<std::uint64_t>();
        }
        EXPECT_EQ(sum, lines);
    }
    EXPECT_EQ(looked_at, 20'000U) << "however many there are";
    EXPECT_EQ(made.recent_files[0].refused_reasons[0].second, 2000U) << "the newest first";
}

/// The whole count: SETCLICK_FULL=1. The least that a large ledger may cost is what a small one does.
TEST_F(collect_page_test, a_thousand_files_with_a_thousand_events_cost_no_more_than_a_few) {
    bool const whole = std::getenv("SETCLICK_FULL") != nullptr;
    int const files = whole ? 1000 : 60;
    int const events = whole ? 1000 : 300;
    auto store = open();
    auto const a = *store->account(test::account_id);
    auto const text = record("e");
    for (int i = 0; i < files; ++i) {
        chunk_builder chunk(add_file(*store, "f" + std::to_string(i)));
        for (int n = 0; n < events; ++n)
            if (n % 10 == 9)
                chunk.refused("unexpected ',' at byte " + std::to_string(n));
            else
                chunk.plain(a, text);
        import(*store, chunk);
    }
    // Each second one is rejected or held, so that no runs of them are long.
    for (bool more = true; more;) {
        ledger::cycle_request claim;
        claim.now = t_;
        claim.wishes.push_back({a, 5000, doubt_policy::hold});
        auto const claimed = store->cycle(claim);
        ASSERT_TRUE(claimed) << claimed.error().message;
        more = !claimed->batches.empty();
        if (!more) break;
        ledger::cycle_request answers;
        answers.now = t_;
        for (auto const& e : claimed->batches[0].events)
            switch (e.no.sequence() % 4) {
                case 1:
                    answers.settlements.push_back(
                        settlement(e.no, event_state::rejected, t_, "http-400", 400));
                    break;
                case 3:
                    answers.settlements.push_back(
                        settlement(e.no, event_state::held, t_, "expired", 503));
                    break;
                default:
                    answers.delivered.push_back(e.no);
            }
        ASSERT_TRUE(store->cycle(answers));
    }
    auto const measure = [&] {
        auto best = std::chrono::steady_clock::duration::max();
        for (int i = 0; i < 5; ++i) {
            auto const began = std::chrono::steady_clock::now();
            auto const made = page();
            best = std::min(best, std::chrono::steady_clock::now() - began);
            EXPECT_EQ(made.recent_files.size(), page_files);
        }
        return std::chrono::duration<double, std::milli>(best).count();
    };
    auto const took = measure();
    auto const text_size = boost::json::serialize(page_json(page())).size();
    std::printf("%d events in %d files: collected in %.1f ms, %zu bytes\n", files * events, files,
                took, text_size);
    RecordProperty("milliseconds", std::to_string(took));
    EXPECT_LT(took, 500) << "on any machine";
    EXPECT_LT(text_size, 64U * 1024);
}

}  // namespace
}  // namespace setclick::status_model
