// A ledger with one event in each state, and a daemon that is none, for what looks at a ledger and
// operates on it.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "setclickd/base/clock.hpp"
#include "setclickd/control/server.hpp"
#include "setclickd/event/record.hpp"
#include "setclickd/ledger/reader.hpp"
#include "setclickd/ledger/store.hpp"
#include "support/temp_dir.hpp"
#include "unit/ledger/ledger_fixture.hpp"

namespace setclick::test {

inline std::string const account_id = "60a52f6ac660b269d13c3f53";

/// Answers every request with what `answer` returns, and keeps the requests.
class fake_daemon {
public:
    using answer_fn = std::function<result<boost::json::value>(boost::json::object const&)>;

    fake_daemon(std::string const& socket, answer_fn answer, control::server_limits limits = {})
        : answer_(std::move(answer)) {
        auto made = control::server::open(
            io_.get_executor(), socket,
            [this](boost::json::object request, control::peer, control::reply to) {
                auto const answered = answer_(request);
                {
                    std::lock_guard const lock(mutex_);
                    requests_.push_back(std::move(request));
                }
                if (answered)
                    to.result(*answered);
                else
                    to.error(answered.error());
            },
            limits);
        EXPECT_TRUE(made) << made.error().message;
        server_ = std::move(*made);
        thread_ = std::jthread([this] { io_.run(); });
    }
    ~fake_daemon() {
        server_.reset();
        work_.reset();
    }

    std::vector<boost::json::object> requests() {
        std::lock_guard const lock(mutex_);
        return requests_;
    }

private:
    answer_fn answer_;
    std::mutex mutex_;
    std::vector<boost::json::object> requests_;
    boost::asio::io_context io_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
        io_.get_executor()};
    std::unique_ptr<control::server> server_;
    std::jthread thread_;
};

/// A directory of its own, in which a ledger may be made.
class ledger_test : public testing::Test {
protected:
    static constexpr std::string_view canary = "canary@example.com";

    static std::string record(std::string const& id) {
        std::string text;
        event::view v;
        v.event_id = id;
        v.click_time = 1'634'707'888'000;
        v.url_parameters = R"({"utm_source":"s"})";
        v.settings = R"({"email":"canary@example.com","deep":[{"x":1}]})";
        v.lead = R"({"phone":"canary@example.com"})";
        event::append_record(text, v);
        return text;
    }

    static wall_time now() { return wall_now(); }

    /// crm.ndjson of eight lines: delivered, rejected, held, deferred, waiting, in flight, one
    /// refused, one duplicate.
    void make_ledger() {
        auto opened = ledger::store::open({.where = dir.file("ledger.db")});
        ASSERT_TRUE(opened) << opened.error().message;
        auto& store = **opened;
        auto const t = now() - std::chrono::minutes{10};
        ASSERT_TRUE(store.recover(t));
        account_ = *store.account(account_id);
        ledger::claimed_file file;
        file.name = "crm.ndjson";
        file.work_name = "1-1-crm.ndjson";
        auto const files = store.import({{file}}, {}, t);
        ASSERT_TRUE(files) << files.error().message;
        ledger::chunk_builder chunk(files->files.front());
        for (int i = 1; i <= 6; ++i)
            chunk.with_id(account_, "e" + std::to_string(i), record("e" + std::to_string(i)));
        chunk.refused("click_time: is missing").with_id(account_, "e1", record("e1")).end();
        std::vector<ledger::import_chunk> chunks;
        chunks.push_back(chunk.build());
        auto const imported = store.import({}, chunks, t);
        ASSERT_TRUE(imported) << imported.error().message;
        ASSERT_EQ(imported->chunks.front().accepted, 6U);
        ASSERT_EQ(imported->chunks.front().duplicates, 1U);
        claim_and_settle(store, t);
    }

    void claim_and_settle(ledger::store& store, wall_time t) {
        ledger::cycle_request claim;
        claim.now = t;
        claim.wishes.push_back({account_, 4, doubt_policy::resend});
        auto const claimed = store.cycle(claim);
        ASSERT_TRUE(claimed) << claimed.error().message;
        auto const& events = claimed->batches.at(0).events;
        ASSERT_EQ(events.size(), 4U);
        ledger::cycle_request settle;
        settle.now = t + 1s;
        settle.delivered.push_back(events[0].no);
        settle.settlements.push_back(
            settlement(events[1].no, ledger::event_state::rejected, t, "http-400", 400));
        settle.settlements.push_back(
            settlement(events[2].no, ledger::event_state::held, t, "expired", 503));
        settle.settlements.push_back(
            settlement(events[3].no, ledger::event_state::deferred, t, "http-503", 503));
        settle.settlements.back().due = now() + std::chrono::hours{1};
        settle.settlements.back().excerpt = "try later";
        ASSERT_TRUE(store.cycle(settle));
        claim.now = t + 2s;
        claim.wishes[0].count = 1;
        auto const again = store.cycle(claim);
        ASSERT_EQ(again->batches.at(0).events.size(), 1U);
    }

    static ledger::settlement settlement(event_no no, ledger::event_state state, wall_time at,
                                         std::string reason, int status) {
        ledger::settlement s;
        s.no = no;
        s.state = state;
        s.at = at + 1s;
        s.status = status;
        s.phase = 3;
        s.reason = std::move(reason);
        return s;
    }

    std::uint64_t number(int sequence) const {
        return event_no::of(account_, static_cast<std::uint64_t>(sequence)).value;
    }

    ledger::event_state state_of(int sequence) {
        auto reader = ledger::reader::open(dir.file("ledger.db"));
        EXPECT_TRUE(reader);
        auto const shown = (*reader)->show(event_no{number(sequence)});
        EXPECT_TRUE(shown) << shown.error().message;
        return shown->row.state;
    }

    std::string socket() const { return dir.file("control.sock"); }

    test::temp_dir dir;
    account_no account_{};
};

}  // namespace setclick::test
