// Commands that go through a shared ledger: at most once, whoever owns the account meanwhile.
#include <array>
#include <string>
#include <vector>

#include "nodes_fixture.hpp"
#include "setclickd/ledger/command_box.hpp"

namespace setclick::ledger {
namespace {

class commands_test : public nodes_test {
protected:
    std::unique_ptr<command_box> box() {
        auto opened = command_box::open(options_.where);
        EXPECT_TRUE(opened) << opened.error().message;
        return opened ? std::move(*opened) : nullptr;
    }
    static std::int64_t give(command_box& to, account_no account, std::string request = "{}") {
        auto const ids = to.give(std::vector<new_command>{{account, std::move(request), "test"}});
        EXPECT_TRUE(ids) << ids.error().message;
        return ids ? ids->front() : 0;
    }
    static given_command state(command_box& of, std::int64_t id) {
        auto const found = of.follow(std::array{id});
        EXPECT_TRUE(found) << found.error().message;
        return found && !found->empty() ? found->front() : given_command{};
    }
    static command_slice slice(std::int64_t id, account_no account, operator_verb verb) {
        command_slice out;
        out.command = id;
        out.account = account;
        out.what.verb = verb;
        out.what.filter.account = account;
        out.what.who = "test";
        out.note = [](operation_slice const& done) {
            return command_note{std::to_string(done.next.value),
                                done.done ? std::to_string(done.counts.touched) : "", done.done};
        };
        return out;
    }
};

TEST_F(commands_test, command_is_shown_until_it_is_done_and_its_answer_is_there_for_who_gave_it) {
    auto a = make("a");
    a.start(now_);
    auto const one = *a.ledger().account("one");
    a.import_events(one, 10, "x");
    auto const to = box();
    auto const id = give(*to, one, "a request");
    auto const commands = a.poll().commands;
    ASSERT_EQ(commands.size(), 1U);
    EXPECT_EQ(commands[0].id, id);
    EXPECT_EQ(commands[0].account, one);
    EXPECT_EQ(commands[0].request, "a request");
    EXPECT_TRUE(commands[0].who.starts_with("test, as ")) << commands[0].who;
    EXPECT_EQ(a.poll().commands.size(), 1U) << "until it is done";
    EXPECT_FALSE(state(*to, id).done);
    auto const done = a.ledger().carry_out(slice(id, one, operator_verb::hold), now_);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(in(one, event_state::held), 10U);
    EXPECT_TRUE(a.poll().commands.empty());
    EXPECT_TRUE(state(*to, id).done);
    EXPECT_EQ(state(*to, id).answer, "10");
    auto const again = a.ledger().carry_out(slice(id, one, operator_verb::release), now_);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, errc::not_found);
    EXPECT_EQ(in(one, event_state::held), 10U) << "nothing was changed";
}

TEST_F(commands_test, account_that_goes_over_in_the_middle_takes_its_command_along) {
    auto a = make("a");
    a.start(now_);
    auto const one = *a.ledger().account("one");
    a.import_events(one, 1500, "x");
    auto const to = box();
    auto const id = give(*to, one);
    auto const first = a.ledger().carry_out(slice(id, one, operator_verb::hold), now_);
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_FALSE(first->done) << "more than a slice";
    EXPECT_EQ(state(*to, id).progress, std::to_string(first->next.value));
    auto b = make("b");
    b.start(now_);
    auto const early = b.ledger().carry_out(slice(id, one, operator_verb::hold), now_);
    ASSERT_FALSE(early) << "it is not its own";
    EXPECT_EQ(early.error().code, errc::not_found);
    depose(a.number());
    b.take({one});
    auto const open = b.poll().commands;
    ASSERT_EQ(open.size(), 1U);
    EXPECT_EQ(open[0].progress, std::to_string(first->next.value));
    // The dead one's next slice.
    auto late = slice(id, one, operator_verb::hold);
    late.after = first->next;
    EXPECT_FALSE(a.ledger().carry_out(late, now_));
    auto const rest = b.ledger().carry_out(late, now_);
    ASSERT_TRUE(rest) << rest.error().message;
    EXPECT_TRUE(rest->done);
    EXPECT_EQ(first->counts.touched + rest->counts.touched, 1500U);
    EXPECT_EQ(in(one, event_state::held), 1500U);
    EXPECT_EQ(number("SELECT count(*) FROM attempt"), 1500) << "each event once";
    EXPECT_EQ(number("SELECT count(*) FROM move WHERE how = 3 AND from_node <> to_node"), 1);
}

TEST_F(commands_test, what_concerns_all_nodes_is_done_with_its_answer) {
    auto a = make("a");
    a.start(now_);
    auto b = make("b");
    b.start(now_);
    auto const to = box();
    cluster_change drain;
    drain.is = cluster_change::kind::drain;
    drain.node = b.number();
    auto const id = give(*to, account_no{});
    ASSERT_TRUE(a.ledger().change_cluster(id, drain, "done"));
    EXPECT_EQ(state(*to, id).answer, "done");
    EXPECT_EQ(b.ledger().change_cluster(id, drain, "done").error().code, errc::not_found) << "once";
    EXPECT_TRUE(a.poll().nodes.back().leaves);
    cluster_change forget = drain;
    forget.is = cluster_change::kind::forget;
    auto const too_early = give(*to, account_no{});
    EXPECT_EQ(a.ledger().change_cluster(too_early, forget, "done").error().code,
              errc::invalid_data);
    EXPECT_FALSE(state(*to, too_early).done) << "whoever asks answers it otherwise";
    ASSERT_TRUE(a.ledger().answer(too_early, "no"));
    EXPECT_EQ(state(*to, too_early).answer, "no");
    b.import_events(*b.ledger().account("one"), 3, "left");
    b.kill();
    depose(drain.node);
    auto const files = to->open_files(drain.node, 10);
    ASSERT_TRUE(files) << files.error().message;
    ASSERT_EQ(files->size(), 1U);
    EXPECT_EQ((*files)[0].name, "left");
    ASSERT_TRUE(a.ledger().change_cluster(give(*to, account_no{}), forget, "done"));
    EXPECT_TRUE(a.poll().nodes.back().forgotten);
    EXPECT_EQ(look()->totals()->files_open, 0U);
    EXPECT_TRUE(look()->newest_files(1)->front().given_up);
    // It comes back as itself.
    EXPECT_EQ(b.start(now_).files.size(), 1U);
    auto const row = b.poll().nodes.back();
    EXPECT_FALSE(row.leaves || row.forgotten);
    EXPECT_EQ(look()->totals()->files_open, 1U);
    EXPECT_FALSE(look()->newest_files(1)->front().given_up);
}

TEST_F(commands_test, pause_of_the_endpoint_is_known_to_have_been_seen_by_each_node) {
    auto a = make("a");
    a.start(now_);
    auto b = make("b");
    b.start(now_);
    auto const to = box();
    EXPECT_EQ(*to->without_endpoint_pause(), std::vector<int>{});
    cluster_change pause;
    pause.pause = "paused";
    ASSERT_TRUE(a.ledger().change_cluster(give(*to, account_no{}), pause, "done"));
    EXPECT_EQ(*to->without_endpoint_pause(), (std::vector{a.number(), b.number()}));
    auto const seen = b.poll().pause;
    EXPECT_EQ(seen.value, "paused");
    EXPECT_EQ(seen.version, 1);
    EXPECT_EQ(seen.seen, 0);
    ASSERT_TRUE(b.ledger().saw_endpoint_pause(1));
    EXPECT_EQ(b.poll().pause.seen, 1);
    EXPECT_EQ(*to->without_endpoint_pause(), std::vector{a.number()});
    pause.pause = "resumed";
    ASSERT_TRUE(b.ledger().change_cluster(give(*to, account_no{}), pause, "done"));
    EXPECT_EQ(a.poll().pause.version, 2);
    EXPECT_EQ(to->without_endpoint_pause()->size(), 2U);
}

TEST_F(commands_test, moves_are_written_with_why_and_what_was_in_doubt) {
    auto a = make("a");
    a.start(now_);
    auto const one = *a.ledger().account("one");
    a.import_events(one, 10, "x");
    auto b = make("b");
    b.start(now_);
    auto const from = a.number();
    ASSERT_TRUE(a.ledger().give_up(std::vector{one}));
    b.take({one});
    b.claim(one, 4);
    depose(b.number());
    a.take({one});
    auto rows =
        sql_->ask("SELECT from_node, to_node, how, in_doubt FROM move ORDER BY id", parameters());
    std::vector<std::vector<std::int64_t>> moves;
    while (rows.next())
        moves.push_back({rows.integer(0), rows.integer(1), rows.integer(2), rows.integer(3)});
    std::int64_t const other = b.lives() ? number("SELECT no FROM node WHERE id = 'b'") : 0;
    EXPECT_EQ(moves, (std::vector<std::vector<std::int64_t>>{
                         {from, 0, 4, 0}, {0, other, 1, 0}, {other, from, 3, 4}}));
}

class no_commands : public contract_test {};
LEDGER_CONTRACT(no_commands);

TEST_P(no_commands, what_nobody_gave_is_not_carried_out) {
    auto const one = *store_->account("one");
    command_slice slice;
    slice.command = 12;
    slice.account = one;
    slice.note = [](operation_slice const&) { return command_note{}; };
    EXPECT_EQ(store_->carry_out(slice, now_).error().code, errc::not_found);
    EXPECT_EQ(store_->answer(12, "x").error().code, errc::not_found);
    EXPECT_EQ(store_->change_cluster(12, {}, "x").error().code, errc::not_found);
}

}  // namespace
}  // namespace setclick::ledger
