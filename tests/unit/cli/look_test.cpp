// list, files and show.
#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <sstream>

#include "files.hpp"
#include "ledger_fixture.hpp"
#include "list.hpp"
#include "show.hpp"

namespace setclick::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

class cli_list : public cli_ledger_test {
protected:
    void SetUp() override { make_ledger(); }

    int run(list_options options) {
        options.config = config_path;
        out.str("");
        err.str("");
        return list(options, io);
    }
    std::ptrdiff_t lines() const {
        auto const text = out.str();
        return std::count(text.begin(), text.end(), '\n');
    }
    /// The ids that a filter gives.
    std::vector<std::uint64_t> ids(filter_options filter) {
        EXPECT_EQ(run({.filter = filter, .json = true}), 0) << err.str();
        std::vector<std::uint64_t> all;
        std::istringstream lines(out.str());
        for (std::string line; std::getline(lines, line);)
            all.push_back(boost::json::parse(line).at("id").to_number<std::uint64_t>());
        return all;
    }
};

TEST_F(cli_list, every_filter_takes_what_it_says) {
    EXPECT_EQ(ids({}).size(), 6U);
    EXPECT_EQ(ids({.state = "delivered"}), std::vector{number(1)});
    EXPECT_EQ(ids({.state = "rejected"}), std::vector{number(2)});
    EXPECT_EQ(ids({.state = "held"}), std::vector{number(3)});
    EXPECT_EQ(ids({.state = "deferred"}), std::vector{number(4)});
    EXPECT_EQ(ids({.state = "in-flight"}), std::vector{number(5)});
    EXPECT_EQ(ids({.state = "waiting"}), std::vector{number(6)});
    EXPECT_EQ(ids({.account = account_id}).size(), 6U);
    EXPECT_EQ(ids({.file = "crm.ndjson"}).size(), 6U);
    EXPECT_EQ(ids({.reason = "http-400"}), std::vector{number(2)});
    EXPECT_EQ(ids({.older = "5m"}).size(), 6U);
    EXPECT_EQ(ids({.older = "1h"}).size(), 0U);
    EXPECT_EQ(ids({.newer = "5m"}).size(), 0U);
    EXPECT_EQ(ids({.newer = "1h"}).size(), 6U);
    EXPECT_EQ(ids({.in_doubt = true}).size(), 0U);
    EXPECT_EQ(ids({.state = "held", .reason = "expired"}), std::vector{number(3)});
}

TEST_F(cli_list, text_names_state_file_and_reason_and_no_personal_data) {
    EXPECT_EQ(run({}), 0);
    EXPECT_THAT(out.str(), HasSubstr("crm.ndjson:2 (http-400)"));
    EXPECT_THAT(out.str(), HasSubstr("deferred"));
    EXPECT_THAT(out.str(), Not(HasSubstr("canary")));
}

TEST_F(cli_list, limit_cuts_and_says_so) {
    EXPECT_EQ(run({.limit = 2, .json = true}), 0);
    EXPECT_EQ(lines(), 2);
    EXPECT_THAT(err.str(), HasSubstr("--limit 0"));
    EXPECT_EQ(run({.limit = 0, .json = true}), 0);
    EXPECT_EQ(lines(), 6);
    EXPECT_EQ(err.str(), "");
}

TEST_F(cli_list, what_is_not_known_is_said_with_the_nearest_name) {
    EXPECT_EQ(run({.filter = {.state = "waitng"}}), 2);
    EXPECT_THAT(err.str(), HasSubstr("did you mean waiting?"));
    EXPECT_EQ(run({.filter = {.account = "60a52f6ac660b269d13c3f54"}}), 1);
    EXPECT_THAT(err.str(), HasSubstr("did you mean " + account_id));
    EXPECT_EQ(run({.filter = {.file = "none.ndjson"}}), 1);
    EXPECT_EQ(run({.filter = {.older = "yesterday"}}), 2);
    EXPECT_EQ(run({.counts = true}), 2);
    EXPECT_EQ(run({.filter = {.state = "refused"}}), 2);
}

TEST_F(cli_list, counts_of_a_file_answer_at_any_time) {
    EXPECT_EQ(run({.filter = {.file = "crm.ndjson"}, .counts = true, .json = true}), 0);
    auto const counts = json_out();
    EXPECT_EQ(counts.at("delivered").to_number<int>(), 1);
    EXPECT_EQ(counts.at("rejected").to_number<int>(), 2);
    EXPECT_EQ(counts.at("duplicate").to_number<int>(), 1);
    EXPECT_EQ(counts.at("pending").to_number<int>() + 3, 7);
    EXPECT_EQ(counts.at("refused_reasons").at(0).at("reason").as_string(),
              "click_time: is missing");
    EXPECT_EQ(run({.filter = {.file = "crm.ndjson"}, .counts = true}), 0);
    EXPECT_THAT(out.str(), HasSubstr("1 refused: click_time: is missing"));
}

TEST_F(cli_list, refused_and_duplicate_lines_have_their_receipts) {
    EXPECT_EQ(run({.filter = {.state = "refused", .file = "crm.ndjson"}}), 0);
    EXPECT_EQ(out.str(), "crm.ndjson:7: click_time: is missing\n");
    EXPECT_EQ(run({.filter = {.state = "duplicate", .file = "crm.ndjson"}}), 0);
    EXPECT_EQ(out.str(), "crm.ndjson:8: the same as event " + std::to_string(number(1)) + "\n");
}

TEST_F(cli_list, nothing_that_matches_is_said_and_no_error) {
    EXPECT_EQ(run({.filter = {.state = "discarded"}}), 0);
    EXPECT_EQ(out.str(), "");
    EXPECT_THAT(err.str(), HasSubstr("nothing matches"));
}

class cli_show : public cli_ledger_test {
protected:
    void SetUp() override { make_ledger(); }
    int run(show_options options) {
        options.config = config_path;
        out.str("");
        err.str("");
        return show(options, io);
    }
};

TEST_F(cli_show, event_is_found_by_number_and_by_event_id) {
    for (auto const& id : {std::to_string(number(4)), std::string("e4")}) {
        EXPECT_EQ(run({.id = id}), 0) << err.str();
        for (auto const* part : {"crm.ndjson:4", "event_id        e4", "deferred",
                                 "http-503, status 503, answered -> deferred", "try later",
                                 "2021-10-20T05:31:28.000Z", R"({"utm_source":"s"})"})
            EXPECT_THAT(out.str(), HasSubstr(part));
    }
    EXPECT_EQ(run({.id = "none"}), 1);
    EXPECT_EQ(run({.id = "99"}), 1);
}

TEST_F(cli_show, plain_delivery_is_told_as_its_first_attempt) {
    EXPECT_EQ(run({.id = "e1"}), 0);
    EXPECT_THAT(out.str(), HasSubstr("delivered at the first attempt"));
}

TEST_F(cli_show, delivery_that_came_after_other_attempts_is_told_behind_them) {
    EXPECT_EQ(run({.id = "e1"}), 0);
    EXPECT_THAT(out.str(), Not(HasSubstr("next attempt")));
    auto store = ledger::store::open({.where = dir.file("ledger.db")});
    ASSERT_TRUE(store);
    ledger::operation again;
    again.verb = ledger::operator_verb::retry;
    again.filter.event = event_no{number(4)};
    ASSERT_TRUE(ledger::operate_all(**store, again, now()));
    ledger::cycle_request claim;
    claim.now = now();
    claim.wishes.push_back({event_no{number(4)}.account(), 100, {}});
    auto const claimed = (*store)->cycle(claim);
    ASSERT_TRUE(claimed);
    ledger::cycle_request settle;
    settle.now = now();
    for (auto const& batch : claimed->batches)
        for (auto const& e : batch.events)
            settle.delivered.push_back(e.no);
    ASSERT_TRUE((*store)->cycle(settle));
    store->reset();
    EXPECT_EQ(run({.id = "e4"}), 0);
    EXPECT_THAT(out.str(), HasSubstr("http-503"));
    EXPECT_THAT(out.str(), HasSubstr("delivered at the next attempt"));
}

TEST_F(cli_show, personal_data_is_masked_in_text_and_json) {
    EXPECT_EQ(run({.id = "e1"}), 0);
    EXPECT_THAT(out.str(), HasSubstr(R"({"email":"***","deep":[{"x":"***"}]})"));
    EXPECT_THAT(out.str(), HasSubstr(R"({"phone":"***"})"));
    EXPECT_THAT(out.str(), Not(HasSubstr("canary")));
    EXPECT_EQ(run({.id = "e1", .json = true}), 0);
    EXPECT_THAT(out.str(), Not(HasSubstr("canary")));
    EXPECT_EQ(json_out().at("event").at("settings").at("email").as_string(), "***");
}

TEST_F(cli_show, reveal_is_for_root_only) {
    int const code = run({.id = "e1", .reveal = true});
    if (::geteuid() == 0) {
        EXPECT_EQ(code, 0);
        EXPECT_THAT(out.str(), HasSubstr("canary@example.com"));
    } else {
        EXPECT_EQ(code, 1);
        EXPECT_THAT(out.str(), Not(HasSubstr("canary")));
    }
}

TEST_F(cli_show, json_lists_the_attempts) {
    EXPECT_EQ(run({.id = "e4", .json = true}), 0);
    auto const s = json_out();
    EXPECT_EQ(s.at("state").as_string(), "deferred");
    EXPECT_EQ(s.at("attempts").at(0).at("status").to_number<int>(), 503);
    EXPECT_EQ(s.at("attempts").at(0).at("excerpt").as_string(), "try later");
    EXPECT_EQ(s.at("event").at("click_time").to_number<std::int64_t>(), 1'634'707'888'000);
}

using cli_files = cli_ledger_test;

TEST_F(cli_files, shows_each_outcome_where_the_file_lies_and_why_lines_were_refused) {
    make_ledger();
    EXPECT_EQ(files({.config = config_path}, io), 0) << err.str();
    EXPECT_THAT(out.str(), HasSubstr("         3         1         1         2         1         0"
                                     "  crm.ndjson  (work/1-1-crm.ndjson)\n"));
    EXPECT_THAT(out.str(), HasSubstr("1 refused: click_time: is missing\n"));
    EXPECT_THAT(out.str(), HasSubstr("1 rejected by the server: http-400\n"));
}

TEST_F(cli_files, json_is_the_object_of_the_page) {
    make_ledger();
    EXPECT_EQ(files({.config = config_path, .json = true}, io), 0) << err.str();
    auto const f = json_out();
    EXPECT_EQ(f.at("lines"), 8);
    EXPECT_EQ(f.at("events").at("waiting"), 3);
    EXPECT_EQ(f.at("state"), "open");
}

TEST_F(cli_files, without_a_ledger_is_an_error) {
    EXPECT_EQ(files({.config = config_path}, io), 1);
    EXPECT_TRUE(out.str().empty());
}

TEST(cli_masked, text_that_is_no_json_is_hidden_whole) {
    EXPECT_EQ(masked("canary"), "***");
}

}  // namespace
}  // namespace setclick::cli
