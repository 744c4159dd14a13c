// Pause, resume and operations while no daemon runs.
#include <gmock/gmock.h>

#include <memory>
#include <string>

#include "setclickd/delivery/account_state.hpp"
#include "setclickd/operations/command_executor.hpp"
#include "support/ledger_test.hpp"

namespace setclick::operations {
namespace {

using ledger::event_state;
using test::account_id;
using testing::HasSubstr;

class offline_commands : public test::ledger_test {
protected:
    void SetUp() override {
        make_ledger();
        settings_.control_socket = socket();
        settings_.ledger.path = dir.file("ledger.db");
    }
    /// How many accounts changed. The ledger's lock is held for the call only.
    std::uint64_t apply(control::pause_request const& what) {
        auto const found = find_executor(settings_);
        EXPECT_TRUE(found) << found.error().message;
        EXPECT_FALSE((*found)->is_daemon());
        auto const changed = (*found)->apply(what);
        EXPECT_TRUE(changed) << changed.error().message;
        return *changed;
    }
    /// As a daemon that has met too many refusals leaves the account.
    void leave_suspect() {
        auto store = ledger::store::open({.where = dir.file("ledger.db")});
        ASSERT_TRUE(store);
        delivery::account_state suspect;
        suspect.parked.reason = delivery::park_reason::suspect;
        suspect.parked.since_ms = to_ms(now());
        suspect.rejected.push_back(event_no{number(2)});
        ledger::cycle_request request;
        request.now = now();
        request.notes.push_back({account_, to_text(suspect)});
        ASSERT_TRUE((*store)->cycle(request));
    }
    delivery::account_state state() {
        auto reader = ledger::reader::open(dir.file("ledger.db"));
        return *delivery::account_state_from_text((*reader)->accounts()->at(0).state);
    }
    std::string who_returned(int sequence) {
        auto reader = ledger::reader::open(dir.file("ledger.db"));
        auto const shown = (*reader)->show(event_no{number(sequence)});
        return shown->attempts.back().excerpt;
    }

    settings::settings settings_;
};

TEST_F(offline_commands, resume_makes_deferred_events_due) {
    EXPECT_EQ(apply({.account = account_id}), 1U);
    EXPECT_EQ(state_of(4), event_state::deferred);
    EXPECT_EQ(apply({.resume = true, .account = account_id}), 1U);
    EXPECT_EQ(state_of(4), event_state::waiting);
    EXPECT_EQ(state_of(2), event_state::rejected);
    EXPECT_EQ(state_of(3), event_state::held);
}

TEST_F(offline_commands, resume_of_an_account_that_was_not_stopped_makes_its_deferred_events_due) {
    EXPECT_EQ(apply({.resume = true, .all = true}), 0U);
    EXPECT_EQ(state_of(4), event_state::waiting);
}

TEST_F(offline_commands,
       resume_of_a_suspect_account_returns_what_was_refused_and_names_the_person) {
    leave_suspect();
    EXPECT_EQ(apply({.resume = true, .account = account_id}), 1U);
    EXPECT_EQ(state_of(2), event_state::waiting);
    EXPECT_EQ(state(), delivery::account_state{});
    EXPECT_THAT(who_returned(2), HasSubstr("uid "));
}

TEST_F(offline_commands, resume_that_accepts_the_rejections_returns_nothing) {
    leave_suspect();
    EXPECT_EQ(apply({.resume = true, .account = account_id, .accept_rejections = true}), 1U);
    EXPECT_EQ(state_of(2), event_state::rejected);
    EXPECT_EQ(state(), delivery::account_state{});
}

TEST_F(offline_commands, second_pause_changes_nothing) {
    EXPECT_EQ(apply({.account = account_id}), 1U);
    auto const since = state().paused_ms;
    EXPECT_EQ(apply({.account = account_id}), 0U);
    EXPECT_EQ(state().paused_ms, since);
}

TEST_F(offline_commands, endpoint_is_the_daemons_own) {
    auto const found = find_executor(settings_);
    auto const done = (*found)->apply({.resume = true, .endpoint = true});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, errc::unreachable);
}

}  // namespace
}  // namespace setclick::operations
