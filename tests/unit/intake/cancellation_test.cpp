// Every loop of the intake, cancelled at every place where it waits: all end in order, and the next
// intake goes on with what is left. The loops run on the test's own thread, so that the n-th step
// of the event loop is the same place each time.
#include <boost/asio/io_context.hpp>

#include "intake_fixture.hpp"
#include "loops.hpp"

namespace setclick::intake {
namespace {

namespace asio = boost::asio;

/// An intake that is gone through step by step.
class stepped {
public:
    stepped(service_options const& options, service_wiring const& wiring,
            std::vector<ledger::file_info> unfinished)
        : context_{io_, [this](error const& e) { failed = e.message; }, [] {}},
          group_(io_, [this](std::string_view loop, std::string const& what) {
              failed = std::string(loop) + ": " + what;
          }) {
        auto ledger = ledger::reader::open(options.ledger);
        EXPECT_TRUE(ledger) << ledger.error().message;
        parts_.emplace(
            options, wiring, context_,
            candidate_source(*wiring.spool, {options.spool.settle, options.spool.scan_every,
                                             options.spool.inotify, options.once}),
            std::move(*ledger));
        auto const taken = parts_->take_up(std::move(unfinished));
        EXPECT_TRUE(taken) << taken.error().message;
        parts_->start(group_);
    }
    /// False when nothing happens any more.
    bool step() { return io_.run_one_for(200ms) > 0; }
    loops& parts() { return *parts_; }
    void cancel() {
        group_.cancel();
        io_.run();
        EXPECT_TRUE(group_.has_ended());
        // Nothing is left that could go on.
        io_.restart();
        EXPECT_EQ(io_.poll(), 0U);
    }
    std::string failed;

private:
    asio::io_context io_{1};
    loop_context context_;
    async::loop_group group_;
    std::optional<loops> parts_;
};

class cancellation : public intake_test {
protected:
    service_wiring wiring() {
        service_wiring w;
        w.spool = &*spool;
        w.writer = writer.get();
        return w;
    }
    template <class Ask>
    auto ask(Ask of) {
        std::promise<decltype(of(std::declval<ledger::store&>()))> answer;
        writer->post(ledger::writer::priority::delivery,
                     [&](ledger::store& store) { answer.set_value(of(store)); });
        return answer.get_future().get();
    }
    std::vector<ledger::file_info> unfinished() {
        return *ask([](ledger::store& store) { return store.unfinished_files(); });
    }
    /// What came to its end in done/ is past its time at once.
    inbox::content past_its_time() {
        inbox::content mail;
        auto slice = ask([](ledger::store& store) {
            return store.prune({.done_days = 1}, wall(), std::chrono::days{2});
        });
        EXPECT_TRUE(slice) << slice.error().message;
        mail.expired = std::move(slice->expired);
        mail.oldest_kept = slice->oldest_kept;
        return mail;
    }
    void drop_some(int life) {
        auto const n = std::to_string(life);
        auto const first = 10 * life;
        drop("many" + n + ".ndjson", events_text(first, 3) + "bad\n");
        drop("one" + n + ".json", event_json(first + 3));
        rejected.insert("e-" + std::to_string(first + 1));
        good += 4;
    }

    std::set<std::string> rejected;
    std::size_t good = 0;
};

TEST_F(cancellation, every_loop_ends_at_every_wait_and_the_next_intake_goes_on) {
    start({.once = false, .inotify = true, .scan_every = 60s});
    in->stop();
    int drops = 0;
    std::size_t lives = 0;
    // A life of one step more each time, until one of them lives through everything.
    for (bool lived_through = false; !lived_through; ++lives) {
        ASSERT_LT(lives, 400U) << "it never comes to rest";
        bool const from_the_start = names("work").empty() && names("incoming").empty();
        if (from_the_start) drop_some(drops++);
        stepped life(options, wiring(), unfinished());
        life.parts().take(past_its_time());
        bool at_rest = false;
        for (std::size_t n = 0; n < lives && !at_rest; ++n) {
            at_rest = !life.step();
            // What it has imported is delivered at once.
            deliver(4096, rejected, [&](std::vector<ledger::file_info> files) {
                inbox::content mail;
                mail.complete = std::move(files);
                life.parts().take(std::move(mail));
            });
        }
        lived_through = from_the_start && at_rest;
        life.cancel();
        ASSERT_EQ(life.failed, "");
        options.after = life.parts().last_sequence();
    }
    EXPECT_GT(lives, 15U);
    std::printf("  cancelled after each of %zu steps\n", lives - 1);
    options.once = true;
    begin_intake(unfinished());
    run_to_end(rejected);
    EXPECT_FALSE(failed()) << fatal;
    EXPECT_EQ(names("work"), std::vector<std::string>{});
    EXPECT_EQ(names("incoming"), std::vector<std::string>{});
    EXPECT_EQ(delivered_ids.size(), good);
    EXPECT_EQ(std::set<std::string>(delivered_ids.begin(), delivered_ids.end()).size(), good);
    EXPECT_EQ(totals().duplicate, 0U);
    EXPECT_EQ(totals().files_open, 0U);
    // Of each drop: its refused line once, and its rejected event once.
    EXPECT_EQ(names("rejected").size(), 2U * static_cast<std::size_t>(drops));
}

}  // namespace
}  // namespace setclick::intake
