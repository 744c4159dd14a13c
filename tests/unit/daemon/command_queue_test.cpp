// Which command begins next: timelines of what the ledger shows.
#include "daemon/command_queue.hpp"

#include <gmock/gmock.h>

namespace setclick::daemon {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ledger::node_command command(std::int64_t id, std::uint32_t account) {
    ledger::node_command c;
    c.id = id;
    c.account = static_cast<account_no>(account);
    return c;
}

class queue_test : public testing::Test {
protected:
    std::vector<std::int64_t> offer(std::vector<ledger::node_command> open) {
        std::vector<std::int64_t> out;
        for (auto const& c : queue_.offered(std::move(open)))
            out.push_back(c.id);
        return out;
    }
    command_queue queue_;
};

TEST_F(queue_test, those_of_an_account_begin_one_after_the_other_and_others_do_not_wait) {
    std::vector const all{command(1, 7), command(2, 7), command(3, 8)};
    EXPECT_THAT(offer(all), ElementsAre(1, 3));
    EXPECT_TRUE(queue_.is_busy(account_no{7}));
    EXPECT_THAT(offer(all), IsEmpty()) << "shown until it is done";
    queue_.ended(command(1, 7), true);
    EXPECT_FALSE(queue_.is_busy(account_no{7}));
    // A look that was under way shows it still.
    EXPECT_THAT(offer(all), ElementsAre(2));
    queue_.ended(command(2, 7), true);
    queue_.ended(command(3, 8), true);
    EXPECT_THAT(offer({}), IsEmpty());
}

TEST_F(queue_test, one_that_could_not_be_finished_begins_again_when_it_is_shown) {
    EXPECT_THAT(offer({command(1, 7)}), ElementsAre(1));
    queue_.ended(command(1, 7), false);
    EXPECT_THAT(offer({command(1, 7)}), ElementsAre(1));
}

TEST_F(queue_test, one_with_a_smaller_number_that_shows_up_later_is_not_lost) {
    EXPECT_THAT(offer({command(6, 7)}), ElementsAre(6));
    queue_.ended(command(6, 7), true);
    // 5 was given before 6, and committed after it.
    EXPECT_THAT(offer({command(5, 7)}), ElementsAre(5));
}

}  // namespace
}  // namespace setclick::daemon
