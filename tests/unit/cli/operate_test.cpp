// retry, hold, release, discard; pause, resume, reload; ledger check, backup, adopt.
#include "operate.hpp"

#include <streambuf>
#include <thread>

#include "ledger_care.hpp"
#include "ledger_fixture.hpp"
#include "pause_resume.hpp"
#include "setclickd/control/messages.hpp"
#include "setclickd/delivery/account_state.hpp"
#include "setclickd/spool/directory.hpp"

namespace setclick::cli {
namespace {

using ledger::event_state;
using ledger::operator_verb;
using testing::HasSubstr;
using testing::Not;

constexpr milliseconds idle{200};
constexpr milliseconds longer_than_idle{600};

/// Somebody who thinks before he types.
class slow_typist : public std::streambuf {
public:
    explicit slow_typist(std::string text) : text_(std::move(text)) {}

private:
    int_type underflow() override {
        if (has_typed_) return traits_type::eof();
        has_typed_ = true;
        std::this_thread::sleep_for(longer_than_idle);
        setg(text_.data(), text_.data(), text_.data() + text_.size());
        return traits_type::to_int_type(text_.front());
    }
    std::string text_;
    bool has_typed_ = false;
};

class cli_operate : public cli_ledger_test {
protected:
    void SetUp() override { make_ledger(); }
    int run(operate_options options) {
        options.config = config_path;
        out.str("");
        err.str("");
        return operate(options, io);
    }
};

TEST_F(cli_operate, dry_run_counts_and_changes_nothing) {
    EXPECT_EQ(run({.verb = operator_verb::release, .filter = {.state = "held"}, .dry_run = true}),
              0)
        << err.str();
    EXPECT_EQ(out.str(), "1 event would be released\n");
    EXPECT_EQ(state_of(3), event_state::held);
}

TEST_F(cli_operate, an_event_named_twice_counts_once) {
    EXPECT_EQ(run({.verb = operator_verb::hold,
                   .filter = {.ids = {"e6", std::to_string(number(6)), "e6"}},
                   .dry_run = true}),
              0)
        << err.str();
    EXPECT_EQ(out.str(), "1 event would be held\n");
}

TEST_F(cli_operate, each_verb_does_its_work_while_the_daemon_is_down) {
    EXPECT_EQ(run({.verb = operator_verb::release, .filter = {.state = "held"}}), 0) << err.str();
    EXPECT_EQ(out.str(), "1 event released\n");
    EXPECT_EQ(state_of(3), event_state::waiting);
    EXPECT_EQ(run({.verb = operator_verb::retry, .filter = {.ids = {"e2"}}}), 0) << err.str();
    EXPECT_EQ(state_of(2), event_state::waiting);
    EXPECT_EQ(run({.verb = operator_verb::hold, .filter = {.ids = {"e2", "e6"}}}), 0) << err.str();
    EXPECT_EQ(out.str(), "2 events held\n");
    EXPECT_EQ(state_of(2), event_state::held);
    EXPECT_EQ(state_of(6), event_state::held);
    EXPECT_EQ(run({.verb = operator_verb::discard, .filter = {.ids = {"e2"}}, .yes = true}), 0)
        << err.str();
    EXPECT_EQ(state_of(2), event_state::discarded);
}

TEST_F(cli_operate, without_a_filter_nothing_is_touched) {
    EXPECT_EQ(run({.verb = operator_verb::hold}), 2);
    EXPECT_THAT(err.str(), HasSubstr("--all"));
    EXPECT_EQ(state_of(6), event_state::waiting);
    EXPECT_NE(run({.verb = operator_verb::hold, .all = true}), 2);
    EXPECT_EQ(state_of(6), event_state::held);
}

TEST_F(cli_operate, discard_wants_yes_or_the_typed_count) {
    EXPECT_EQ(run({.verb = operator_verb::discard, .filter = {.state = "held"}}), 1);
    EXPECT_THAT(err.str(), HasSubstr("--yes"));
    EXPECT_EQ(state_of(3), event_state::held);
    // On a terminal.
    console terminal{out, err, in, false, true, true, false};
    in.str("2\n");
    EXPECT_EQ(
        operate(
            {.config = config_path, .verb = operator_verb::discard, .filter = {.state = "held"}},
            terminal),
        1);
    EXPECT_EQ(state_of(3), event_state::held);
    in.clear();
    in.str("1\n");
    EXPECT_EQ(
        operate(
            {.config = config_path, .verb = operator_verb::discard, .filter = {.state = "held"}},
            terminal),
        0);
    EXPECT_EQ(state_of(3), event_state::discarded);
}

TEST_F(cli_operate, delivered_event_wants_force) {
    EXPECT_EQ(run({.verb = operator_verb::retry, .filter = {.ids = {"e1"}}}), 1);
    EXPECT_THAT(out.str(), HasSubstr("--force"));
    EXPECT_EQ(state_of(1), event_state::delivered);
    EXPECT_EQ(run({.verb = operator_verb::retry, .filter = {.ids = {"e1"}}, .force = true}), 0)
        << out.str();
    EXPECT_THAT(out.str(), HasSubstr("booked a second time"));
    EXPECT_EQ(state_of(1), event_state::waiting);
}

TEST_F(cli_operate, event_that_was_dropped_again_wants_force) {
    {
        auto opened = ledger::store::open({.where = dir.file("ledger.db")});
        ASSERT_TRUE(opened) << opened.error().message;
        ledger::claimed_file file;
        file.name = "again.ndjson";
        file.work_name = "2-1-again.ndjson";
        std::vector<ledger::import_chunk> chunks;
        chunks.push_back(
            ledger::chunk_builder({}).with_id(account_, "e2", record("e2")).end().build());
        ASSERT_TRUE((*opened)->import({{file}}, chunks, now()));
    }
    auto const old = std::to_string(number(2));
    EXPECT_EQ(run({.verb = operator_verb::retry, .filter = {.ids = {old}}}), 1) << err.str();
    EXPECT_EQ(out.str(),
              "0 events will be tried again\n"
              "1 event not touched: dropped again since, so a newer event is in its place (`show` "
              "names it); use --force to send it anyway\n");
    EXPECT_EQ(state_of(2), event_state::rejected);
    EXPECT_EQ(run({.verb = operator_verb::retry, .filter = {.state = "rejected"}, .json = true}),
              1);
    EXPECT_EQ(json_out().at("superseded").to_number<int>(), 1);
    EXPECT_EQ(run({.verb = operator_verb::retry, .filter = {.ids = {old}}, .force = true}), 0)
        << out.str();
    EXPECT_THAT(out.str(), HasSubstr("booked a second time"));
    EXPECT_EQ(state_of(2), event_state::waiting);
}

TEST_F(cli_operate, event_in_flight_says_so_and_try_later) {
    EXPECT_EQ(run({.verb = operator_verb::hold, .filter = {.ids = {"e5"}}}), 75);
    EXPECT_THAT(out.str(), HasSubstr("its next start settles them"));
    EXPECT_EQ(state_of(5), event_state::in_flight);
}

TEST_F(cli_operate, event_that_is_not_known_is_an_error) {
    EXPECT_EQ(run({.verb = operator_verb::retry, .filter = {.ids = {"e99"}}}), 1);
    EXPECT_THAT(err.str(), HasSubstr("e99"));
}

TEST_F(cli_operate, running_daemon_does_it_and_gets_the_whole_filter) {
    fake_daemon daemon(socket(),
                       [](boost::json::object const& request) -> result<boost::json::value> {
                           auto const what = control::operation_from(request, "uid 0");
                           EXPECT_TRUE(what) << what.error().message;
                           EXPECT_EQ(what->verb, operator_verb::retry);
                           EXPECT_EQ(what->who, "uid 0");
                           EXPECT_EQ(what->filter.state, event_state::rejected);
                           EXPECT_EQ(what->filter.reason, "http-400");
                           EXPECT_TRUE(what->filter.imported_before);
                           EXPECT_TRUE(what->filter.account);
                           EXPECT_TRUE(what->filter.file);
                           EXPECT_TRUE(what->force);
                           EXPECT_TRUE(what->superseded_too);
                           return boost::json::value(control::counts_message({12, 3, 0, 2, 0, 4}));
                       });
    EXPECT_EQ(run({.verb = operator_verb::retry,
                   .filter = {.state = "rejected",
                              .account = account_id,
                              .file = "crm.ndjson",
                              .older = "1m",
                              .reason = "http-400"},
                   .force = true}),
              3);
    EXPECT_THAT(out.str(), HasSubstr("12 events will be tried again"));
    EXPECT_THAT(out.str(), HasSubstr("2 of them may have been received before"));
    EXPECT_THAT(out.str(), HasSubstr("3 events not touched: in flight; try again in a moment"));
    EXPECT_THAT(out.str(), HasSubstr("4 events not touched: dropped again since"));
    EXPECT_EQ(daemon.requests().size(), 1U);
    EXPECT_EQ(state_of(2), event_state::rejected);  // this process touched nothing
}

TEST_F(cli_operate, json_has_the_counts) {
    EXPECT_EQ(run({.verb = operator_verb::release,
                   .filter = {.state = "held"},
                   .dry_run = true,
                   .json = true}),
              0);
    EXPECT_EQ(json_out().at("touched").to_number<int>(), 1);
    EXPECT_FALSE(json_out().at("by_daemon").as_bool());
}

TEST_F(cli_operate, discard_goes_on_after_a_person_has_thought_for_long) {
    fake_daemon daemon(socket(),
                       [](boost::json::object const&) -> result<boost::json::value> {
                           return boost::json::value(control::counts_message({5, 0, 0, 0, 0, 0}));
                       },
                       {.idle = idle});
    slow_typist typist("5\n");
    std::istream slow(&typist);
    console terminal{out, err, slow, false, true, true, false};
    EXPECT_EQ(operate({.config = config_path,
                       .verb = ledger::operator_verb::discard,
                       .filter = {.state = "held"}},
                      terminal),
              0)
        << err.str();
    EXPECT_EQ(out.str(), "5 events discarded\n");
    ASSERT_EQ(daemon.requests().size(), 2U);
    EXPECT_TRUE(daemon.requests().at(0).at("dry_run").as_bool());
    EXPECT_FALSE(daemon.requests().at(1).at("dry_run").as_bool());
}

class cli_pause : public cli_ledger_test {
protected:
    void SetUp() override { make_ledger(); }
    int run(control::pause_request what) {
        out.str("");
        err.str("");
        return pause_or_resume({.config = config_path, .what = what}, io);
    }
    delivery::account_state state() {
        auto reader = ledger::reader::open(dir.file("ledger.db"));
        return *delivery::account_state_from_text((*reader)->accounts()->at(0).state);
    }
};

TEST_F(cli_pause, pause_and_resume_hold_for_the_next_start_while_the_daemon_is_down) {
    EXPECT_EQ(run({.account = account_id}), 0) << err.str();
    EXPECT_THAT(out.str(), HasSubstr("paused (the daemon does not run"));
    EXPECT_NE(state().paused_ms, 0);
    EXPECT_EQ(run({.all = true}), 0);
    EXPECT_THAT(out.str(), HasSubstr("paused already"));
    EXPECT_EQ(run({.resume = true, .account = account_id}), 0);
    EXPECT_EQ(state().paused_ms, 0);
}

TEST_F(cli_pause, paused_account_shows_in_the_note_that_status_reads) {
    EXPECT_EQ(run({.account = account_id}), 0);
    EXPECT_EQ(state().parked.reason, delivery::park_reason::none);
}

TEST_F(cli_pause, resume_of_a_suspect_account_returns_its_rejected_events) {
    {
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
    EXPECT_EQ(run({.resume = true, .account = account_id}), 0) << err.str();
    EXPECT_EQ(state_of(2), event_state::waiting);
    EXPECT_EQ(state().parked.reason, delivery::park_reason::none);
}

TEST_F(cli_pause, resume_makes_deferred_events_due_while_the_daemon_is_down) {
    EXPECT_EQ(run({.account = account_id}), 0) << err.str();
    EXPECT_EQ(state_of(4), event_state::deferred);
    EXPECT_EQ(run({.resume = true, .account = account_id}), 0) << err.str();
    EXPECT_EQ(state_of(4), event_state::waiting);
    EXPECT_EQ(state_of(2), event_state::rejected);
    EXPECT_EQ(state_of(3), event_state::held);
}

TEST_F(cli_pause, resume_of_an_account_that_was_not_stopped_makes_its_deferred_events_due) {
    EXPECT_EQ(run({.resume = true, .all = true}), 0) << err.str();
    EXPECT_EQ(out.str(), "nothing was paused or parked\n");
    EXPECT_EQ(state_of(4), event_state::waiting);
}

TEST_F(cli_pause, wrong_use_and_unknown_accounts_are_said) {
    EXPECT_EQ(run({}), 2);
    EXPECT_EQ(run({.account = "a", .all = true}), 2);
    EXPECT_EQ(run({.all = true, .accept_rejections = true}), 2);
    EXPECT_EQ(run({.account = "none"}), 1);
    EXPECT_EQ(run({.resume = true, .endpoint = true}), 69);
}

TEST_F(cli_pause, running_daemon_gets_the_command) {
    fake_daemon daemon(socket(), [](boost::json::object const&) -> result<boost::json::value> {
        return boost::json::value{{"changed", 1}};
    });
    EXPECT_EQ(run({.resume = true, .endpoint = true}), 0);
    EXPECT_EQ(out.str(), "the endpoint is resumed\n");
    EXPECT_EQ(daemon.requests().at(0).at("cmd").as_string(), "resume");
}

TEST_F(cli_pause, reload_passes_on_what_the_daemon_says) {
    EXPECT_EQ(reload(config_path, io), 69);
    {
        fake_daemon const daemon(socket(),
                                 [](boost::json::object const&) -> result<boost::json::value> {
                                     return fail(errc::config, "c.toml:3: no");
                                 });
        EXPECT_EQ(reload(config_path, io), 78);
        EXPECT_THAT(err.str(), HasSubstr("c.toml:3: no"));
    }
    fake_daemon const daemon(
        socket(), [](boost::json::object const&) -> result<boost::json::value> {
            return boost::json::value{{"findings", boost::json::value{"a notice"}}};
        });
    EXPECT_EQ(reload(config_path, io), 0);
    EXPECT_EQ(out.str(), "reloaded\n");
}

class cli_ledger_care : public cli_ledger_test {
protected:
    void SetUp() override { make_ledger(); }
};

TEST_F(cli_ledger_care, sound_ledger_is_said_to_be_so_and_a_damaged_one_is_exit_74) {
    EXPECT_EQ(ledger_check({.config = config_path}, io), 0) << out.str() << err.str();
    EXPECT_THAT(out.str(), HasSubstr("sound"));
    write("ledger.db", std::string(8192, 'x'));
    EXPECT_EQ(ledger_check({.config = config_path}, io), 74);
}

TEST_F(cli_ledger_care, backup_is_complete_and_never_overwrites) {
    EXPECT_EQ(ledger_backup({.config = config_path, .backup_to = dir.file("copy.db")}, io), 0)
        << err.str();
    EXPECT_TRUE(ledger::reader::open(dir.file("copy.db")));
    EXPECT_NE(ledger_backup({.config = config_path, .backup_to = dir.file("copy.db")}, io), 0);
}

TEST_F(cli_ledger_care, adopt_puts_what_is_not_final_in_doubt_and_gives_the_spool_its_ledger) {
    EXPECT_EQ(ledger_adopt({.config = config_path}, io), 1);
    EXPECT_THAT(err.str(), HasSubstr("--yes"));
    EXPECT_THAT(err.str(), Not(HasSubstr("--dry-run")));  // which it does not have
    {
        auto spool = spool::directory::open(dir.file("spool"));
        ASSERT_TRUE(spool);
        ASSERT_TRUE(spool->adopt_identity("another", 99));
    }
    EXPECT_EQ(ledger_adopt({.config = config_path, .yes = true}, io), 0) << err.str();
    auto reader = ledger::reader::open(dir.file("ledger.db"));
    auto const totals = (*reader)->totals();
    EXPECT_GE(totals->run, 99U);
    EXPECT_GT(totals->in_doubt_ever, 0U);
    EXPECT_EQ(state_of(5), event_state::waiting);  // the policy is resend
    EXPECT_THAT(content(dir.file("spool/.setclickd")), HasSubstr(totals->ledger_id));
}

TEST_F(cli_ledger_care, adopt_beside_a_running_daemon_is_refused) {
    auto const running = spool::directory::open(dir.file("spool"));
    ASSERT_TRUE(running);
    EXPECT_EQ(ledger_adopt({.config = config_path, .yes = true}, io), 75);
}

}  // namespace
}  // namespace setclick::cli
