#include "inbox.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace setclick::intake {
namespace {

std::vector<ledger::file_info> file(std::uint64_t no) {
    std::vector<ledger::file_info> out(1);
    out.front().no = file_no{no};
    return out;
}

/// The intake's event loop: what is posted runs later, in order.
class inbox_test : public testing::Test {
protected:
    std::deque<std::function<void()>> posted;
    std::vector<std::string> happened;
    inbox mail{[this] {
        posted.emplace_back([this] {
            for (auto const& f : mail.take().complete)
                happened.push_back("complete " + std::to_string(static_cast<std::uint64_t>(f.no)));
        });
    }};
    void run() {
        for (; !posted.empty(); posted.pop_front())
            posted.front()();
    }
};

TEST_F(inbox_test, a_file_is_not_named_complete_before_the_ledger_s_answer_that_came_ahead_of_it) {
    mail.give_complete(file(1));
    // The intake's thread is busy; meanwhile another file is imported, delivered and complete.
    posted.emplace_back([this] { happened.push_back("number 2"); });
    mail.give_complete(file(2));
    run();
    EXPECT_EQ(happened, (std::vector<std::string>{"complete 1", "number 2", "complete 2"}));
}

TEST_F(inbox_test, what_nobody_took_goes_to_the_intake_that_follows) {
    mail.give_complete(file(1));
    mail.give_expired(std::vector<ledger::expired_file>(3), std::nullopt);
    mail.give_complete(file(2));
    EXPECT_EQ(mail.expiring(), 3U);
    mail.set_idle(true);
    EXPECT_FALSE(mail.is_idle());
    EXPECT_EQ(mail.take_all().complete.size(), 2U);
    run();
    EXPECT_TRUE(happened.empty());
    mail.set_idle(true);
    EXPECT_TRUE(mail.is_idle());
}

}  // namespace
}  // namespace setclick::intake
