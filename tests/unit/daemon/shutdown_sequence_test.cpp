// The end carried out: a real io_context, in real time.
#include "daemon/shutdown_sequence.hpp"

#include <boost/asio/post.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace setclick::daemon {
namespace {

using part = shutdown_stages::part;

struct ShutdownSequence : testing::Test {
    shutdown_sequence::wiring wiring() {
        shutdown_sequence::wiring w;
        w.begin = [this] { seen.emplace_back("begin"); };
        w.close_connections = [this] { seen.emplace_back("close"); };
        w.in_flight = [] { return std::size_t{3}; };
        w.drain_time = [this] { return drain; };
        return w;
    }
    milliseconds drain{50};
    std::vector<std::string> seen;
    boost::asio::io_context context{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
        context.get_executor()};
};

TEST_F(ShutdownSequence, StopsTheLoopWhenEveryPartHasEndedWhicheverThreadSaysSo) {
    shutdown_sequence sequence(context, wiring());
    std::thread reporter;
    boost::asio::post(context, [&] {
        sequence.on_finished(exit_code::partly);
        sequence.part_ended(part::delivery);
        reporter = std::thread([&] { sequence.part_ended(part::reconciler); });
        reporter.join();
        EXPECT_FALSE(sequence.has_ended(part::reconciler)) << "not on the other thread";
    });
    // Without the intake's end the loop goes on.
    context.run_for(std::chrono::milliseconds(100));
    EXPECT_FALSE(context.stopped());
    EXPECT_EQ(seen, std::vector<std::string>{"begin"});
    EXPECT_TRUE(sequence.has_ended(part::reconciler));
    EXPECT_EQ(sequence.outcome(), exit_code::partly);
}

TEST_F(ShutdownSequence, ClosesTheConnectionsWhenTheDrainsTimeIsOver) {
    shutdown_sequence sequence(context, wiring());
    auto const begun = std::chrono::steady_clock::now();
    boost::asio::post(context, [&] { sequence.on_finished(exit_code::done); });
    while (seen.size() < 2 && std::chrono::steady_clock::now() < begun + std::chrono::seconds(60))
        context.run_one_for(std::chrono::seconds(1));
    EXPECT_EQ(seen, (std::vector<std::string>{"begin", "close"}));
    EXPECT_GE(std::chrono::steady_clock::now() - begun, drain);
}

using ShutdownSequenceDeathTest = ShutdownSequence;

TEST_F(ShutdownSequenceDeathTest, ASecondSignalEndsTheProcess) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(
        {
            shutdown_sequence sequence(context, wiring());
            sequence.on_signal();
            sequence.on_signal();
        },
        testing::ExitedWithCode(1), "");
}

TEST_F(ShutdownSequenceDeathTest, AReconcilerThatHangsIsLeftBehindAfterTheLimit) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(
        {
            shutdown_sequence sequence(context, wiring());
            sequence.on_finished(exit_code::partly);
            sequence.part_ended(part::delivery);
            sequence.part_ended(part::intake);
            context.run();
        },
        testing::ExitedWithCode(3), "");
}

}  // namespace
}  // namespace setclick::daemon
