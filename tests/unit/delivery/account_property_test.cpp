// A whole account over any sequence of answers, failures, parks, commands, credentials, other calls
// and restarts: the calls in any span never exceed rate * span + burst, nothing but a refusal
// rejects, and it never gets stuck.
#include <gtest/gtest.h>

#include <deque>

#include "rough_world.hpp"
#include "timeline.hpp"

namespace setclick::delivery {
namespace {

using std::chrono::nanoseconds;

constexpr auto statuses =
    std::to_array<std::pair<int, api::verdict>>({{200, api::verdict::accepted},
                                                 {200, api::verdict::accepted},
                                                 {204, api::verdict::accepted},
                                                 {400, api::verdict::rejected},
                                                 {413, api::verdict::rejected},
                                                 {401, api::verdict::unauthorised},
                                                 {403, api::verdict::forbidden},
                                                 {404, api::verdict::not_found},
                                                 {302, api::verdict::redirected},
                                                 {200, api::verdict::foreign_content},
                                                 {429, api::verdict::throttled},
                                                 {500, api::verdict::unavailable},
                                                 {503, api::verdict::unavailable}});

class account_run {
public:
    account_run(std::uint64_t seed, double per_minute, int burst)
        : w_(seed), check_(per_minute, burst), control_(settings_with(per_minute, burst), seed) {
        persist();
    }

    void step() {
        switch (w_.pick(16)) {
            case 0:
            case 1:
            case 2:
                claim();
                break;
            case 3:
            case 4:
            case 5:
                begin();
                break;
            case 6:
            case 7:
            case 8:
                end();
                break;
            case 9:
                other_call();
                break;
            case 10:
                command();
                break;
            case 11:
                if (w_.pick(6) == 0) restart();
                break;
            case 12:
                if (auto const next = control_.next_chance(w_.now()); next != never)
                    w_.real += std::clamp<nanoseconds>(next - w_.now(), 0ns, std::chrono::hours{1});
                break;
            default:
                w_.real += nanoseconds{static_cast<std::int64_t>(
                    w_.random.next() * 90e9 / control_.settings().gate.rate_per_minute)};
        }
    }

    /// Whatever happened, a person's `resume` and a well server get it going again: at the slowest
    /// rate (one call in ten minutes, learnt) and after a burst that counts twice, within a day.
    bool recovers() {
        while (!flights_.empty())
            end();
        give_back();
        control_.resume(w_.now());
        auto const until = w_.now() + std::chrono::hours{24};
        while (w_.now() < until) {
            if (control_.room(w_.now()) > 0) {
                control_.begin(w_.now());
                kept = check_.call(w_.real) && kept;
                control_.end(w_.now(), w_.wall(), accepted(), {event_no{++event_}, 1, w_.now()});
                return control_.is_calm();
            }
            auto const next = control_.next_chance(w_.now());
            if (next == never) return false;
            w_.real += std::max<nanoseconds>(1ms, next - w_.now());
        }
        return false;
    }

    int calls() const { return check_.count(); }
    std::string story() const {
        auto const next = control_.next_chance(w_.now());
        return control_.gate().why(w_.now()) + ", in flight " +
               std::to_string(control_.in_flight()) + (control_.is_calm() ? ", calm" : "") +
               (control_.is_parked() ? ", parked" : "") + ", next chance " +
               (next == never ? "never" : std::to_string((next - w_.now()) / 1ms) + " ms");
    }
    bool kept = true;
    bool fair = true;     ///< rejected is only what was refused
    bool bounded = true;  ///< nothing is put off for longer than is told

private:
    static account_settings settings_with(double per_minute, int burst) {
        account_settings s;
        s.gate.rate_per_minute = per_minute;
        s.gate.burst = burst;
        return s;
    }
    void persist(int beside = 0) {
        durable_ = to_text(control_.save(w_.now(), w_.wall(), claimed_ + beside));
        control_.saved();
    }
    // As the pipeline does: claims are durable, with the state, before anything is sent.
    void claim() {
        auto const room = control_.claim_room(w_.now(), claimed_);
        if (room <= 0) return;
        claimed_ += 1 + w_.pick(room);
        persist();
    }
    void give_back() { claimed_ = 0; }
    void begin() {
        while (claimed_ > 0 && control_.room(w_.now()) > 0) {
            control_.begin(w_.now());
            kept = check_.call(w_.real) && kept;
            --claimed_;
            flights_.push_back({event_no{++event_}, 1 + w_.pick(3), w_.now()});
        }
    }
    void end() {
        if (flights_.empty()) return;
        auto const at = static_cast<std::size_t>(w_.pick(static_cast<int>(flights_.size())));
        auto const info = flights_[at];
        flights_.erase(flights_.begin() + static_cast<std::ptrdiff_t>(at));
        attempt_outcome outcome;
        bool is_refusal = false;
        if (w_.pick(4) == 0) {
            outcome = broken(static_cast<transport_failure>(w_.pick(transport_failure_count)),
                             static_cast<wire_phase>(w_.pick(4)), w_.pick(2) == 0);
        } else {
            // Runs of the same answer, so that parks and the count of twenty are reached.
            if (w_.pick(8) == 0) mood_ = w_.pick(static_cast<int>(statuses.size()));
            auto const [status, verdict] = statuses[static_cast<std::size_t>(mood_)];
            is_refusal = verdict == api::verdict::rejected;
            api::answer_facts facts;
            facts.status = status;
            facts.verdict = verdict;
            if (w_.pick(5) == 0) facts.retry_after = milliseconds{w_.pick(5000)};
            if (w_.pick(5) == 0)
                facts.limit_per_minute =
                    control_.settings().gate.rate_per_minute * (0.2 + 2 * w_.random.next());
            if (w_.pick(5) == 0) {
                facts.remaining = w_.pick(5);
                facts.reset_in = milliseconds{w_.pick(5000)};
            }
            outcome.what = facts;
        }
        auto const made = control_.end(w_.now(), w_.wall(), outcome, info);
        if (made.what == disposition::rejected && !is_refusal) fair = false;
        if (made.due > control_.longest_deferral()) bounded = false;
        if (made.park_changed && control_.is_parked()) give_back();
        if (made.credential_refresh_wanted && w_.pick(3) != 0) {
            if (w_.pick(2) == 0)
                control_.credential_refreshed(w_.now());
            else
                control_.credential_refresh_failed(w_.now(), w_.wall(), "the file is empty");
        }
        if (control_.dirty()) persist();
    }
    // A login or a report.
    void other_call() {
        auto& gate = control_.gate();
        auto const now = w_.now();
        if (!gate.may_pass(now)) return;
        persist(1);
        if (w_.pick(2) == 0 && gate.may_pass_report(now, true))
            gate.pass_report(now, true);
        else
            gate.pass(now);
        kept = check_.call(w_.real) && kept;
    }
    void command() {
        switch (w_.pick(6)) {
            case 0:
                control_.resume(w_.now(), w_.pick(2) == 0);
                break;
            case 1:
                if (w_.pick(4) == 0) {
                    control_.pause(w_.wall());
                    give_back();
                }
                break;
            case 2:
                control_.credential_changed(w_.now());
                break;
            case 3:
                control_.wake(w_.now());
                break;
            case 4:
                control_.configure(w_.now(), control_.settings());
                break;
            case 5:
                control_.probe_at(w_.now() + milliseconds{w_.pick(3000)});
                break;
        }
        if (control_.dirty()) persist();
    }
    void restart() {
        auto settings = control_.settings();
        flights_.clear();
        claimed_ = 0;
        w_.real += nanoseconds{
            static_cast<std::int64_t>(w_.random.next() * 100e9 / settings.gate.rate_per_minute)};
        if (w_.pick(3) == 0) w_.restart_machine();
        w_.jump_wall();
        auto const state = account_state_from_text(durable_);
        ASSERT_TRUE(state.has_value());
        control_ =
            account_control(std::move(settings), static_cast<std::uint64_t>(w_.pick(1'000'000)));
        control_.load(*state, w_.now(), w_.wall());
    }

    rough_world w_;
    span_check check_;
    account_control control_;
    std::string durable_;
    std::deque<attempt_info> flights_;
    int claimed_ = 0;
    int mood_ = 0;
    std::uint64_t event_ = 0;
};

TEST(account_property, no_sequence_exceeds_the_rate_rejects_unfairly_or_gets_stuck) {
    std::int64_t calls = 0;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        random_source random(seed * 7919);
        constexpr double rates[] = {0.5, 7.3, 60, 600, 12'345.6};
        auto const rate = rates[static_cast<int>(random.next() * 5)];
        auto const burst = 1 + static_cast<int>(random.next() * 8);
        account_run run(seed, rate, burst);
        for (int i = 0; i < 3000 && run.kept && run.fair && run.bounded; ++i)
            run.step();
        ASSERT_TRUE(run.kept) << "seed " << seed << " rate " << rate << " burst " << burst;
        ASSERT_TRUE(run.fair) << "seed " << seed;
        ASSERT_TRUE(run.bounded) << "seed " << seed;
        ASSERT_TRUE(run.recovers()) << "seed " << seed << " rate " << rate << ": " << run.story();
        ASSERT_TRUE(run.kept) << "seed " << seed;
        calls += run.calls();
    }
    EXPECT_GT(calls, 50'000);
}

}  // namespace
}  // namespace setclick::delivery
