// What a comparison with the vendor's report reads, and what it leaves behind.
#include "contract.hpp"
#include "ledger_fixture.hpp"

namespace setclick::ledger {
namespace {

using enum event_state;

class receipts_test : public contract_test {
protected:
    void SetUp() override {
        contract_test::SetUp();
        a_ = account("a");
    }
    std::vector<receipt_row> all(std::uint32_t at_once = 100, wall_time since = {}) {
        std::vector<receipt_row> out;
        auto from = look();
        event_no after{};
        for (;;) {
            auto page = from->receipts(a_, since, after, at_once);
            EXPECT_TRUE(page) << page.error().message;
            if (!page) return out;
            EXPECT_LE(page->rows.size(), at_once);
            for (auto& row : page->rows)
                out.push_back(std::move(row));
            if (page->done) return out;
            after = page->next;
        }
    }
    settlement doubtful(event_no no, event_state state) {
        auto s = ended(no, state, "reset");
        s.in_doubt = true;
        return s;
    }
    operation_slice confirm(event_no no, bool dry_run = false) {
        operation what;
        what.verb = operator_verb::confirm;
        what.filter.event = no;
        what.dry_run = dry_run;
        what.who = "uid 0";
        auto done = operate_all(*store_, what, now_);
        EXPECT_TRUE(done) << done.error().message;
        return *done;
    }

    account_no a_{};
};

LEDGER_CONTRACT(receipts_test);

TEST_P(receipts_test, pages_of_any_size_give_every_event_of_the_account_once_with_its_record) {
    import_events(a_, 150);
    import_events(account("b"), 20, "b.ndjson");
    for (std::uint32_t const size : {1U, 7U, 64U, 150U, 1000U}) {
        auto const rows = all(size);
        ASSERT_EQ(rows.size(), 150U) << size;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            EXPECT_EQ(rows[i].record, "record " + std::to_string(i));
            EXPECT_EQ(rows[i].state, waiting);
        }
    }
}

TEST_P(receipts_test, doubts_are_counted_beside_the_attempt_that_was_answered) {
    import_events(a_, 3);
    auto ids = claim(a_, 3);
    deliver({ids[0]});
    settle(doubtful(ids[1], waiting));
    settle(doubtful(ids[2], held));
    claim(a_, 1);
    now_ += 5min;
    settle(doubtful(ids[1], waiting));
    claim(a_, 1);
    deliver({ids[1]});
    auto const rows = all();
    EXPECT_EQ(rows[0].state, delivered);
    EXPECT_EQ(rows[0].doubts, 0U);
    EXPECT_EQ(rows[1].state, delivered);
    EXPECT_EQ(rows[1].doubts, 2U);
    EXPECT_EQ(rows[1].last_doubt, now_);
    EXPECT_EQ(rows[2].state, held);
    EXPECT_EQ(rows[2].doubts, 1U);
    EXPECT_FALSE(rows[2].confirmed);
}

TEST_P(receipts_test, imports_before_the_asked_time_are_left_out) {
    import_events(a_, 3);
    now_ += std::chrono::hours{48};
    import_events(a_, 2, "later.ndjson");
    EXPECT_EQ(all(100, now_ - 1h).size(), 2U);
}

TEST_P(receipts_test, a_held_event_in_doubt_is_confirmed_as_delivered_and_its_file_complete) {
    import_events(a_, 1);
    auto const ids = claim(a_, 1, doubt_policy::hold);
    settle(doubtful(ids[0], held));
    EXPECT_EQ(confirm(ids[0], true).counts.touched, 1U);
    EXPECT_EQ(state_of(ids[0]), held);
    auto const done = confirm(ids[0]);
    EXPECT_EQ(done.counts.touched, 1U);
    EXPECT_EQ(done.complete_files.size(), 1U);
    EXPECT_EQ(state_of(ids[0]), delivered);
    auto const rows = all();
    EXPECT_TRUE(rows[0].confirmed);
    EXPECT_EQ(rows[0].doubts, 1U);
    EXPECT_EQ(look()->show(ids[0])->attempts.back().reason, "confirm");
}

TEST_P(receipts_test, a_held_event_that_was_never_sent_is_not_confirmed) {
    import_events(a_, 1);
    operation hold;
    hold.verb = operator_verb::hold;
    ASSERT_TRUE(operate_all(*store_, hold, now_));
    EXPECT_EQ(confirm(all()[0].no).counts.touched, 0U);
    EXPECT_EQ(count(a_, held), 1U);
}

TEST_P(receipts_test, the_last_verdict_of_each_account_is_kept) {
    EXPECT_TRUE(look()->verdicts()->empty());
    auto const b = account("b");
    ASSERT_TRUE(store_->keep_verdict(b, R"({"agrees":true})"));
    ASSERT_TRUE(store_->keep_verdict(a_, "first"));
    ASSERT_TRUE(store_->keep_verdict(a_, "second"));
    reopen();
    auto const kept = *look()->verdicts();
    EXPECT_EQ(kept, (std::vector<std::pair<account_no, std::string>>{{a_, "second"},
                                                                     {b, R"({"agrees":true})"}}));
}

}  // namespace
}  // namespace setclick::ledger
