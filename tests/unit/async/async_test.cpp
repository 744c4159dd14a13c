// Waiting, calls to the ledger's thread, and loops that end in order.
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "setclickd/async/ledger_call.hpp"
#include "setclickd/async/loop_group.hpp"
#include "setclickd/async/notification.hpp"

namespace setclick::async {
namespace {
namespace asio = boost::asio;

steady_time now() {
    return std::chrono::steady_clock::now();
}

class loops : public testing::Test {
protected:
    /// Says "NAME" for each notification, "NAME." for each deadline, "NAME!" at its end.
    asio::awaitable<void> loop(std::string name, notification& place, milliseconds patience) {
        struct at_end {
            std::vector<std::string>& said;
            std::string text;
            ~at_end() { said.push_back(text); }
        } const end{said, name + "!"};
        for (;;) {
            auto const deadline = patience > 0ms ? now() + patience : never;
            bool const notified = co_await place.wait_until(deadline);
            said.push_back(notified ? name : name + ".");
        }
    }
    void run(milliseconds time = 50ms) {
        context.restart();
        context.run_for(time);
    }

    asio::io_context context;
    std::vector<std::string> said;
    std::vector<std::string> failures;
    loop_group group{context, [this](std::string_view name, std::string what) {
                         failures.push_back(std::string(name) + ": " + what);
                     }};
};

using strings = std::vector<std::string>;

TEST_F(loops, a_notification_that_nobody_waited_for_is_kept_and_several_are_one) {
    notification place(context);
    place.notify();
    place.notify();
    group.start("a", loop("a", place, 0ms));
    run();
    EXPECT_EQ(said, strings({"a"}));
    place.notify();
    run();
    EXPECT_EQ(said, strings({"a", "a"}));
    group.cancel();
    run();
    EXPECT_TRUE(group.has_ended());
}

TEST_F(loops, a_deadline_ends_the_wait_without_a_notification) {
    notification place(context);
    group.start("a", loop("a", place, 20ms));
    run(70ms);
    ASSERT_GE(said.size(), 1U);
    EXPECT_EQ(said.front(), "a.");
    group.cancel();
    run();
    EXPECT_EQ(said.back(), "a!");
    EXPECT_TRUE(failures.empty());
}

TEST_F(loops, they_end_in_the_order_in_which_they_were_started) {
    notification one(context);
    notification two(context);
    notification three(context);
    group.start("a", loop("a", one, 0ms));
    group.start("b", loop("b", two, 0ms));
    group.start("c", loop("c", three, 0ms));
    run();
    bool ended = false;
    group.when_ended([&] { ended = true; });
    group.cancel();
    run();
    EXPECT_EQ(said, strings({"a!", "b!", "c!"}));
    EXPECT_TRUE(ended);
}

TEST_F(loops, one_that_was_not_begun_ends_too) {
    notification place(context);
    group.start("a", loop("a", place, 0ms));
    group.cancel();
    run();
    EXPECT_TRUE(group.has_ended());
}

asio::awaitable<void> fails() {
    throw std::runtime_error("a fault");
    co_return;
}

TEST_F(loops, a_fault_is_reported_with_the_loops_name) {
    group.start("broken", fails());
    run();
    EXPECT_EQ(failures, strings({"broken: a fault"}));
}

class ledger_calls : public loops {
protected:
    void SetUp() override {
        folder = (std::filesystem::temp_directory_path() /
                  ("setclickd-async-" + std::to_string(::getpid())))
                     .string();
        std::filesystem::create_directories(folder);
        ledger::options o;
        o.where = folder + "/ledger.db";
        auto opened = ledger::store::open(o);
        ASSERT_TRUE(opened) << opened.error().message;
        ASSERT_TRUE((*opened)->recover(wall_time{}, {}));
        writer.emplace(std::move(*opened));
    }
    void TearDown() override {
        writer.reset();
        std::filesystem::remove_all(folder);
    }
    asio::awaitable<void> asks() {
        auto const here = std::this_thread::get_id();
        auto task = [here](ledger::store& store) -> result<std::string> {
            if (std::this_thread::get_id() == here) return fail(errc::io, "on the wrong thread");
            return std::string(store.id().empty() ? "none" : "a ledger");
        };
        auto const answer =
            co_await ledger_call(*writer, ledger::writer::priority::delivery, std::move(task));
        said.push_back(answer ? *answer : answer.error().message);
        said.push_back(std::this_thread::get_id() == here ? "here" : "elsewhere");
        notification place(context);
        co_await place.wait();
        said.push_back("never");
    }

    std::string folder;
    std::optional<ledger::writer> writer;
};

TEST_F(ledger_calls, run_on_the_ledgers_thread_and_come_back) {
    group.start("asks", asks());
    run(500ms);
    EXPECT_EQ(said, strings({"a ledger", "here"}));
    group.cancel();
    run();
    EXPECT_TRUE(group.has_ended());
}

TEST_F(ledger_calls, one_that_is_cancelled_is_answered_first) {
    group.start("asks", asks());
    context.run_one();  // it has begun, and waits for the ledger
    group.cancel();
    run(500ms);
    EXPECT_EQ(said, strings({"a ledger", "here"})) << "what was committed is taken note of";
    EXPECT_TRUE(group.has_ended());
    EXPECT_TRUE(failures.empty());
}

}  // namespace
}  // namespace setclick::async
