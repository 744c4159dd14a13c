// Whole cycles against a plain array: imports out of several files for several accounts, claims,
// answers in any order, deferrals, holds, and restarts in the middle. After each step counts and
// files must agree with the array.
#include <map>
#include <random>

#include "contract.hpp"
#include "ledger_fixture.hpp"

namespace setclick::ledger {
namespace {

using enum event_state;

class model_test : public contract_test {
protected:
    struct event {
        event_state state = waiting;
        file_no file{};
        std::string record;
        std::uint32_t counted = 0;
        doubt_policy policy = doubt_policy::resend;
        wall_time due{};
    };

    void import_some() {
        std::vector<import_chunk> chunks;
        std::vector<event_no> expected;
        auto next = sequences_;
        for (std::size_t n = 1 + below(4); n > 0; --n) {
            auto const file = add_file("f" + std::to_string(files_));
            chunk_builder chunk(file);
            for (std::size_t i = below(120); i > 0; --i) {
                auto const a = account_no{static_cast<std::uint32_t>(1 + below(accounts))};
                auto const no = event_no::of(a, ++next[a]);
                auto record = std::to_string(no.value) + "\n" + std::string(below(60), 'x');
                chunk.plain(a, record);
                events_[no] = {waiting, file, record, 0, {}, {}};
                if (below(10) == 0) chunk.blank_line();
            }
            chunks.push_back(chunk.end().build());
        }
        sequences_ = next;
        ASSERT_TRUE(store_->import({}, chunks, now_));
    }

    settlement ending(event_no no, event& e) {
        settlement s;
        s.no = no;
        s.at = now_;
        s.reason = "http-503";
        switch (below(6)) {
            case 0:
                s.state = waiting;
                s.attempted = false;
                break;
            case 1:
                s.state = waiting;
                s.in_doubt = true;
                break;
            case 2:
                s.state = held;
                break;
            case 3:
                s.state = rejected;
                break;
            case 4:
                s.state = delivered;
                break;
            default:
                s.state = deferred;
                s.due = now_ + milliseconds(below(20'000));
                break;
        }
        s.counted = s.attempted && below(4) != 0;
        if (s.counted) ++e.counted;
        e.due = s.due;
        e.state = s.state;
        return s;
    }

    void one_cycle() {
        cycle_request r;
        r.now = now_;
        std::vector<event_no> flying;
        for (auto const& [no, e] : events_)
            if (e.state == in_flight) flying.push_back(no);
        std::shuffle(flying.begin(), flying.end(), random_);
        flying.resize(flying.size() - below(flying.size() + 1));
        for (auto const no : flying) {
            auto& e = events_[no];
            if (below(8) == 0) {
                r.settlements.push_back(ending(no, e));
            } else {
                r.delivered.push_back(no);
                e.state = delivered;
            }
        }
        for (std::uint32_t a = 1; a <= accounts; ++a)
            if (below(3) != 0)
                r.wishes.push_back({account_no{a}, static_cast<std::uint32_t>(below(50)),
                                    below(2) == 0 ? doubt_policy::resend : doubt_policy::hold});
        auto const done = store_->cycle(r);
        ASSERT_TRUE(done) << done.error().message;
        for (auto const& batch : done->batches)
            for (auto const& claimed : batch.events) {
                auto& e = events_.at(claimed.no);
                ASSERT_TRUE(e.state == waiting || e.state == deferred);
                if (e.state == deferred) {
                    ASSERT_LE(e.due, now_);
                }
                ASSERT_EQ(batch.text(claimed.record), e.record);
                ASSERT_EQ(claimed.attempt, e.counted + 1);
                e.state = in_flight;
                e.policy = batch.policy;
            }
    }

    void restart() {
        std::uint64_t doubts = 0;
        for (auto& [no, e] : events_) {
            if (e.state != in_flight) continue;
            ++doubts;
            ++e.counted;
            e.state = e.policy == doubt_policy::hold ? held : waiting;
        }
        ASSERT_EQ(reopen().in_doubt, doubts);
    }

    void person() {
        operation what;
        what.verb = static_cast<operator_verb>(below(4));
        what.filter.account = account_no{static_cast<std::uint32_t>(1 + below(accounts))};
        what.force = true;
        if (what.verb == operator_verb::retry) what.filter.state = rejected;
        what.who = "test";
        static constexpr std::array targets{held, waiting, waiting, discarded};
        std::uint64_t touched = 0;
        for (auto& [no, e] : events_) {
            if (no.account() != *what.filter.account) continue;
            bool applies = false;
            switch (what.verb) {
                case operator_verb::hold:
                    applies = e.state == waiting || e.state == deferred;
                    break;
                case operator_verb::release:
                    applies = e.state == held;
                    break;
                case operator_verb::retry:
                    applies = e.state == rejected;
                    break;
                case operator_verb::discard:
                    applies = e.state == waiting || e.state == deferred || e.state == held ||
                              e.state == rejected;
                    break;
                case operator_verb::confirm:
                    break;  // not drawn: see operations_test
            }
            if (!applies) continue;
            ++touched;
            e.state = targets[static_cast<std::size_t>(what.verb)];
        }
        auto const dry = [&] {
            auto copy = what;
            copy.dry_run = true;
            return operate_all(*store_, copy, now_);
        }();
        auto const done = operate_all(*store_, what, now_);
        ASSERT_TRUE(done) << done.error().message;
        ASSERT_EQ(done->counts.touched, touched);
        ASSERT_EQ(dry->counts.touched, touched);
    }

    void expect_same() {
        std::map<account_no, std::array<std::uint64_t, event_state_count>> counts;
        std::map<file_no, std::uint64_t> pending;
        for (auto const& [no, e] : events_) {
            ++counts[no.account()][static_cast<std::size_t>(e.state)];
            if (e.state <= held) ++pending[e.file];
        }
        auto const infos = store_->accounts();
        ASSERT_TRUE(infos);
        for (auto const& info : *infos)
            ASSERT_EQ(info.counts, counts[info.no]) << info.id;
        for (int f = 1; f <= files_; ++f) {
            auto const info = store_->file(static_cast<file_no>(f));
            ASSERT_EQ(info->pending, pending[info->no]) << "file " << f;
            ASSERT_EQ(info->state == file_state::complete, info->pending == 0);
        }
        // The list pages through the same states.
        auto reading = look();
        event_no after{};
        std::size_t seen = 0;
        for (bool done = false; !done;) {
            auto const page = reading->list({}, after, 37);
            ASSERT_TRUE(page) << page.error().message;
            for (auto const& row : page->rows) {
                ++seen;
                auto const& e = events_.at(row.no);
                ASSERT_EQ(row.state, e.state) << row.no.value;
                ASSERT_EQ(row.file, e.file);
            }
            after = page->next;
            done = page->done;
        }
        ASSERT_EQ(seen, events_.size());
    }

    void expect_random_steps_equal_an_array() {
        for (std::uint32_t i = 1; i <= accounts; ++i)
            account("account " + std::to_string(i));
        random_.seed(20261122);
        for (int step = 0; step < 150; ++step) {
            SCOPED_TRACE("step " + std::to_string(step));
            auto const kind = below(20);
            if (kind < 3)
                import_some();
            else if (kind < 17)
                one_cycle();
            else if (kind < 18)
                restart();
            else
                person();
            if (HasFatalFailure()) return;
            now_ += milliseconds(below(5000));
            if (step % 10 == 9) {
                expect_same();
                expect_sound();
            }
            if (HasFatalFailure()) return;
        }
        EXPECT_GT(events_.size(), 500U);
    }

    std::size_t below(std::size_t n) { return random_() % n; }

    static constexpr std::uint32_t accounts = 4;
    std::mt19937 random_;
    std::map<event_no, event> events_;
    std::map<account_no, std::uint64_t> sequences_;
};

LEDGER_CONTRACT(model_test);

TEST_P(model_test, random_cycles_with_restarts_and_commands_equal_an_array) {
    expect_random_steps_equal_an_array();
}

class model_by_place_test : public model_test {
protected:
    void SetUp() override {
        options_.postgres.rows_by_place = true;
        model_test::SetUp();
    }
};

INSTANTIATE_TEST_SUITE_P(postgres, model_by_place_test, testing::Values(postgres_kind));

TEST_P(model_by_place_test, rows_that_are_reached_by_their_place_are_the_right_ones) {
    expect_random_steps_equal_an_array();
}

}  // namespace
}  // namespace setclick::ledger
