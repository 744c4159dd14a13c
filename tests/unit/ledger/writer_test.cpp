#include "setclickd/ledger/writer.hpp"

#include <future>

#include "contract.hpp"
#include "ledger_fixture.hpp"

namespace setclick::ledger {
namespace {

using enum event_state;

class writer_test : public contract_test {
protected:
    void SetUp() override {
        contract_test::SetUp();
        check_at_end_ = false;
    }
};

LEDGER_CONTRACT(writer_test);

TEST_P(writer_test, tasks_run_in_order_and_delivery_before_imports_that_have_not_begun) {
    std::vector<std::string> order;
    std::promise<void> go;
    {
        writer w(std::move(store_));
        std::promise<void> busy;
        w.post(writer::priority::import, [&busy, gate = go.get_future()](store&) mutable {
            busy.set_value();
            gate.wait();
        });
        // From here on everything is queued after the gate.
        busy.get_future().wait();
        for (int i = 0; i < 3; ++i) {
            w.post(writer::priority::import,
                   [&, i](store&) { order.push_back("i" + std::to_string(i)); });
            w.post(writer::priority::delivery,
                   [&, i](store&) { order.push_back("d" + std::to_string(i)); });
        }
        go.set_value();
    }
    EXPECT_EQ(order, (std::vector<std::string>{"d0", "d1", "d2", "i0", "i1", "i2"}));
}

TEST_P(writer_test, task_may_post_and_everything_runs_before_the_writer_ends) {
    int ran = 0;
    {
        writer w(std::move(store_));
        w.post(writer::priority::import, [&](store&) {
            w.post(writer::priority::delivery, [&](store&) { ++ran; });
            ++ran;
        });
    }
    EXPECT_EQ(ran, 2);
    EXPECT_TRUE(store::open(options_)) << "and the lock is free";
}

TEST_P(writer_test, readers_see_whole_transactions_while_the_writer_works) {
    auto const a = account("a");
    writer w(std::move(store_));
    std::atomic<bool> ended = false;
    std::thread producer([&] {
        for (int i = 0; i < 60; ++i) {
            std::promise<void> done;
            w.post(writer::priority::import, [&](store& s) {
                std::vector<claimed_file> const files(1);
                chunk_builder chunk(s.import(files, {}, start_time)->files.front());
                for (int n = 0; n < 50; ++n)
                    chunk.plain(a, "r");
                auto const built = chunk.end().build();
                EXPECT_TRUE(s.import({}, {&built, 1}, start_time));
                cycle_request r;
                r.now = start_time;
                r.wishes.push_back({a, 50, {}});
                auto const claimed = s.cycle(r);
                r.wishes.clear();
                for (auto const& e : claimed->batches.at(0).events)
                    r.delivered.push_back(e.no);
                EXPECT_TRUE(s.cycle(r));
                done.set_value();
            });
            done.get_future().wait();
        }
        ended = true;
    });
    auto reading = look();
    std::uint64_t last = 0;
    while (!ended) {
        auto const totals = reading->totals();
        ASSERT_TRUE(totals) << totals.error().message;
        std::uint64_t events = 0;
        for (auto const n : totals->counts)
            events += n;
        EXPECT_EQ(events % 50, 0U);
        EXPECT_GE(events, last);
        last = events;
        auto const page = reading->list({}, event_no{}, 100);
        ASSERT_TRUE(page) << page.error().message;
    }
    producer.join();
    EXPECT_EQ(reading->totals()->counts[static_cast<std::size_t>(delivered)], 3000U);
}

}  // namespace
}  // namespace setclick::ledger
