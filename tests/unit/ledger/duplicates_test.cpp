// One event, however often it is dropped: identity by content and by the producer's event_id.
#include "contract.hpp"
#include "ledger_fixture.hpp"

namespace setclick::ledger {
namespace {

using enum event_state;

class duplicates_test : public contract_test {
protected:
    void SetUp() override {
        contract_test::SetUp();
        a_ = account("a");
    }
    account_no a_{};
};

LEDGER_CONTRACT(duplicates_test);

TEST_P(duplicates_test, same_content_in_one_chunk_is_one_event) {
    auto const file = add_file("f");
    auto const done = import(chunk_builder(file)
                                 .content(a_, "r", "x")
                                 .content(a_, "r", "y")
                                 .content(a_, "r", "x")
                                 .end()
                                 .build());
    EXPECT_EQ(done.accepted, 2U);
    EXPECT_EQ(done.duplicates, 1U);
    auto const rows = look()->duplicates(file, 0, 10);
    ASSERT_EQ(rows->size(), 1U);
    EXPECT_EQ(rows->at(0).line, 3U);
    EXPECT_EQ(rows->at(0).first, event_no::of(a_, 1));
    EXPECT_EQ(store_->accounts()->at(0).duplicate, 1U);
    EXPECT_EQ(store_->file(file)->duplicate, 1U);
}

TEST_P(duplicates_test, same_content_in_two_chunks_of_one_call_is_one_event) {
    auto const first = add_file("f");
    auto const second = add_file("g");
    std::vector<import_chunk> chunks;
    chunks.push_back(chunk_builder(first).content(a_, "r", "x").end().build());
    chunks.push_back(chunk_builder(second).content(a_, "r", "x").end().build());
    auto const done = store_->import({}, chunks, now_);
    EXPECT_EQ(done->chunks.at(0).accepted, 1U);
    EXPECT_EQ(done->chunks.at(1).duplicates, 1U);
    EXPECT_TRUE(done->chunks.at(1).complete);
}

TEST_P(duplicates_test, without_identity_everything_goes_out) {
    auto const file = add_file("f");
    auto const done = import(chunk_builder(file).plain(a_, "r").plain(a_, "r").end().build());
    EXPECT_EQ(done.accepted, 2U);
}

TEST_P(duplicates_test, export_dropped_again_and_reordered_is_all_duplicates_in_few_rows) {
    constexpr int lines = 5000;
    auto const drop = [&](std::string const& name, int step) {
        auto const file = add_file(name);
        std::vector<import_result> done;
        chunk_builder chunk(file);
        for (int i = 0; i < lines; ++i) {
            auto const n = i * step % lines;
            chunk.content(a_, "r", "click " + std::to_string(n));
        }
        return std::pair(file, import(chunk.end().build()));
    };
    EXPECT_EQ(drop("a", 1).second.accepted, 5000U);
    auto const [again, same_order] = drop("b", 1);
    EXPECT_EQ(same_order.duplicates, 5000U);
    EXPECT_TRUE(same_order.complete);
    auto const reading = [&](file_no file, std::uint64_t after) {
        return *look()->duplicates(file, after, 3);
    };
    EXPECT_EQ(reading(again, 4000).at(0).line, 4001U);
    EXPECT_EQ(reading(again, 4000).at(0).first, event_no::of(a_, 4001));
    auto const [mixed, other_order] = drop("c", 7);
    EXPECT_EQ(other_order.duplicates, 5000U);
    EXPECT_EQ(reading(mixed, 1).at(0).first, event_no::of(a_, 8));
    reopen();
    EXPECT_EQ(drop("d", 1).second.duplicates, 5000U);
}

TEST_P(duplicates_test, event_id_with_same_content_is_a_duplicate_with_other_content_is_refused) {
    auto const first = add_file("crm\n.ndjson");
    import(chunk_builder(first, 5).with_id(a_, "crm-1", "x").end().build());
    auto const second = add_file("g");
    auto const done = import(
        chunk_builder(second).with_id(a_, "crm-1", "x").with_id(a_, "crm-1", "y").end().build());
    EXPECT_EQ(done.duplicates, 1U);
    EXPECT_EQ(done.refused, 1U);
    auto const lines = look()->refused_lines(second, 0, 10);
    ASSERT_EQ(lines->size(), 1U);
    EXPECT_EQ(lines->at(0).line, 2U);
    EXPECT_EQ(lines->at(0).offset, 200U);
    EXPECT_EQ(lines->at(0).reason,
              R"(event_id "crm-1" already used by crm\n.ndjson:5 with other content)");
    EXPECT_EQ(store_->accounts()->at(0).refused, 1U);
    EXPECT_EQ(*look()->find_event_id(a_, "crm-1"), event_no::of(a_, 1));
    EXPECT_EQ(look()->find_event_id(a_, "crm-2").error().code, errc::not_found);
    EXPECT_EQ(look()->find_identity(a_, "crm-2", {}).error().code, errc::not_found);
    EXPECT_EQ(look()->find_identity(a_, "crm-1", {})->holder, event_no::of(a_, 1));
}

TEST_P(duplicates_test, one_event_id_with_two_contents_in_one_chunk_keeps_the_first) {
    auto const file = add_file("f");
    auto const done = import(chunk_builder(file)
                                 .with_id(a_, "b", "other")
                                 .with_id(a_, "a", "x")
                                 .with_id(a_, "a", "y")
                                 .with_id(a_, "a", "x")
                                 .end()
                                 .build());
    EXPECT_EQ(done.accepted, 2U);
    EXPECT_EQ(done.refused, 1U);
    EXPECT_EQ(done.duplicates, 1U);
    EXPECT_EQ(look()->refused_lines(file, 0, 9)->at(0).reason,
              "event_id \"a\" already used by f:2 with other content");
}

TEST_P(duplicates_test, event_id_belongs_to_its_account) {
    auto const b = account("b");
    auto const file = add_file("f");
    auto const done =
        import(chunk_builder(file).with_id(a_, "1", "x").with_id(b, "1", "y").end().build());
    EXPECT_EQ(done.accepted, 2U);
    ASSERT_EQ(done.accounts.size(), 2U);
}

TEST_P(duplicates_test, mended_line_takes_over_the_event_id_of_a_rejected_or_discarded_event) {
    import(chunk_builder(add_file("f")).with_id(a_, "1", "x").with_id(a_, "2", "x").end().build());
    settle(ended(claim(a_, 1).at(0), rejected, "http-400"));
    operation discard;
    discard.verb = operator_verb::discard;
    discard.filter.event = event_no::of(a_, 2);
    ASSERT_EQ(operate_all(*store_, discard, now_)->counts.touched, 1U);

    auto const mended = import(chunk_builder(add_file("g"))
                                   .with_id(a_, "1", "mended")
                                   .with_id(a_, "2", "mended")
                                   .end()
                                   .build());
    EXPECT_EQ(mended.accepted, 2U);
    EXPECT_EQ(*look()->find_event_id(a_, "1"), event_no::of(a_, 3));
    // From now on the mended ones are the first.
    auto const again = import(chunk_builder(add_file("h"))
                                  .with_id(a_, "1", "mended")
                                  .with_id(a_, "2", "x")
                                  .end()
                                  .build());
    EXPECT_EQ(again.duplicates, 1U);
    EXPECT_EQ(again.refused, 1U);
}

TEST_P(duplicates_test, content_of_a_rejected_event_goes_out_again_once) {
    import(chunk_builder(add_file("f")).content(a_, "r", "x").end().build());
    settle(ended(claim(a_, 1).at(0), rejected, "http-400"));
    auto const again = import(
        chunk_builder(add_file("g")).content(a_, "r", "x").content(a_, "r", "x").end().build());
    EXPECT_EQ(again.accepted, 1U);
    EXPECT_EQ(again.duplicates, 1U);
}

TEST_P(duplicates_test, crash_before_the_commit_of_an_import_leaves_nothing_behind) {
    auto const file = add_file("f");
    auto chunk = chunk_builder(file).content(a_, "r", "x").refused("bad").end().build();
    // The same line twice among the refused ones: the transaction fails half way.
    chunk.refused.push_back(chunk.refused.front());
    EXPECT_FALSE(store_->import({}, {&chunk, 1}, now_));
    EXPECT_EQ(count(a_, waiting), 0U);
    chunk.refused.pop_back();
    EXPECT_EQ(store_->import({}, {&chunk, 1}, now_)->chunks.at(0).accepted, 1U);
}

}  // namespace
}  // namespace setclick::ledger
