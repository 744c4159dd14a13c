// The state machine of one account: whether an attempt may begin now, and what an attempt's outcome
// means.
//
// It joins the parts that each keep one thing true: gate (rate), window (concurrency), trouble
// (own failures, the shared wait), park (with the pause), credential (renewal after a 401),
// rejections (a suspect account). States, in order of precedence (`account_phase`):
//   paused      by a person; nothing until `resume`
//   parked      with a reason; one probe at a time at growing intervals (a suspect account: none)
//   refreshing  after a 401: until the new credential has come, once
//   in trouble  a whole round of attempts failed: a common wait that grows, then one attempt alone
//               (half open)
//   calm        window and gate decide
// Promises: events that arrive never shorten a wait; a parked account makes no call but its probes;
// no event is rejected for a fault that is not its own; nothing is in doubt but what may have been
// received. Never: a clock, a thread, I/O. Not thread-safe. In the calm state nothing is allocated.
//
// Use: `room` → `begin` → (the attempt) → `end`, each `begin` followed by one `end`. When
// `dirty()`, `save` must become durable in the same transaction as the settlements decided since,
// and with every claim (the gate's promise).
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "setclickd/base/doubt_policy.hpp"
#include "setclickd/delivery/account_park.hpp"
#include "setclickd/delivery/account_phase.hpp"
#include "setclickd/delivery/account_settings.hpp"
#include "setclickd/delivery/account_state.hpp"
#include "setclickd/delivery/account_trouble.hpp"
#include "setclickd/delivery/credential_renewal.hpp"
#include "setclickd/delivery/decision.hpp"
#include "setclickd/delivery/doubt_budget.hpp"
#include "setclickd/delivery/gate.hpp"
#include "setclickd/delivery/misdirected_retries.hpp"
#include "setclickd/delivery/outcome.hpp"
#include "setclickd/delivery/park.hpp"
#include "setclickd/delivery/random.hpp"
#include "setclickd/delivery/rejections.hpp"
#include "setclickd/delivery/window.hpp"

namespace setclick::delivery {

class account_control {
public:
    /// How far claims may run ahead of the wire, in windows and in events.
    static constexpr int windows_ahead = 8;
    static constexpr int most_ahead = 512;
    /// A report that was not answered by then never will be.
    static constexpr milliseconds longest_report{std::chrono::minutes{5}};

    explicit account_control(account_settings settings = {}, std::uint64_t seed = 1);

    /// Attempts that may begin right now.
    int room(steady_time now) const noexcept {
        if (phase_ != account_phase::calm) [[unlikely]]
            return probe_room(now);
        auto const free = window_.room(in_flight_);
        return free == 0 ? 0 : std::min(free, gate_.permits(now));
    }
    /// Events worth claiming now, beside `ready` that are claimed and not begun: what may begin
    /// within `ahead`.
    int claim_room(steady_time now, int ready, milliseconds ahead = 1s) const noexcept;
    /// `n` attempts begin; `n` at most `room(now)`.
    void begin(steady_time now, int n = 1) noexcept {
        in_flight_ += n;
        for (int i = 0; i < n; ++i)
            gate_.pass(now);
        if (phase_ != account_phase::calm) [[unlikely]]
            begin_probe(now);
    }
    /// When `room` may become positive by the passing of time alone; `never` when only an end, a
    /// command or a credential helps. `now` when there is room.
    steady_time next_chance(steady_time now) const noexcept;
    /// One attempt has ended.
    decision end(steady_time now, wall_time wall_now, attempt_outcome const& outcome,
                 attempt_info const& info);

    // Where answers cannot be read, probing goes on by reports (doubt_budget.hpp).
    bool asks_by_report() const noexcept {
        return doubts_.wants_report() && park_.is_on() && !needs_a_person(park_.reason()) &&
               !is_paused();
    }
    /// A report should be asked for now; the answer goes to `report_ended`.
    bool wants_report(steady_time now) const noexcept {
        return asks_by_report() && now >= report_until_ && now >= park_.next_probe() &&
               gate_.may_pass(now);
    }
    void report_begun(steady_time now) noexcept { report_until_ = now + longest_report; }
    void report_ended(steady_time now, report_word word) noexcept;

    /// It has delivered before this start: its word counts for the endpoint.
    void was_well() noexcept { heard_well_ = !is_parked(); }

    // Credentials. A 401 asks once for a refresh (`credential_refresh_wanted`); exactly one of the
    // first two answers it.
    /// A new token is there because we asked for it.
    void credential_refreshed(steady_time now) noexcept;
    /// There is none, or it is the same: the account parks. True when it was not parked before.
    bool credential_refresh_failed(steady_time now, wall_time wall_now, std::string_view detail);
    /// Somebody wrote the credential: a parked account (neither paused nor suspect) is probed at
    /// once, one in trouble tries at once.
    void credential_changed(steady_time now) noexcept;

    // Commands.
    /// Ends pause, park and trouble. Returns the refused events of a suspect account: they go back
    /// to waiting (none with `accept_rejections`). Deferred events of the account should be made
    /// due as well.
    std::vector<event_no> resume(steady_time now, bool accept_rejections = false);
    /// The configured rate again, whatever the server's answers taught or asked for. False when
    /// there was nothing to forget.
    bool forget_rate(steady_time now) noexcept {
        dirty_ = true;
        return gate_.forget_learnt(now);
    }
    /// False when it was paused already.
    bool pause(wall_time wall_now) noexcept;
    /// Probe now instead of later, where a probe may help (the endpoint is well again).
    void wake(steady_time now) noexcept;
    /// The endpoint is parked, too: its clock says when it is probed, not a second one beside it.
    void probe_at(steady_time at) noexcept;
    void configure(steady_time now, account_settings settings);

    /// The park to show: a pause hides the park beneath it.
    park visible_park() const { return park_.visible(); }
    trouble_view trouble() const {
        return trouble_.view(park_.is_on() ? park_.next_probe() : trouble_.next_try());
    }
    /// True once when trouble or an `unavailable` park has lasted another minute: time for a log
    /// line.
    bool remind(steady_time now) noexcept { return trouble_.remind(now); }
    account_phase phase() const noexcept { return phase_; }
    bool is_calm() const noexcept { return phase_ == account_phase::calm; }
    bool is_paused() const noexcept { return park_.is_paused(); }
    /// Or paused.
    bool is_parked() const noexcept { return is_paused() || park_.is_on(); }
    delivery::standing standing() const noexcept {
        if (is_calm()) [[likely]]
            return heard_well_ ? standing::well : standing::fresh;
        return is_parked() || credential_.is_awaited() ? standing::parked : standing::fresh;
    }
    int in_flight() const noexcept { return in_flight_; }
    int window_size() const noexcept { return window_.size(); }
    account_settings const& settings() const noexcept { return settings_; }
    /// No `decision::due` is longer, whatever is met; the endpoint's probes go by the same
    /// settings.
    milliseconds longest_deferral() const noexcept;

    // Calls that are no attempts (login, report) pass the same gate.
    delivery::gate& gate() noexcept { return gate_; }
    delivery::gate const& gate() const noexcept { return gate_; }

    /// What recovery and the drain do with an attempt that has no end.
    doubt_policy of_doubt() const noexcept { return settings_.in_doubt; }

    /// True when something that must survive changed since `saved()` was called.
    bool dirty() const noexcept { return dirty_; }
    void saved() noexcept { dirty_ = false; }
    /// What `save` gave did not become durable.
    void unsaved() noexcept { dirty_ = true; }
    /// `reserved`: events claimed and not begun; see `gate::save`.
    account_state save(steady_time now, wall_time wall_now, int reserved = 0) const;
    void load(account_state const& state, steady_time now, wall_time wall_now);

private:
    int probe_room(steady_time now) const noexcept;
    steady_time probe_from() const noexcept;
    void begin_probe(steady_time now) noexcept;
    /// An attempt alone is on the wire.
    bool is_probing() const noexcept { return probe_begun_ != never; }
    decision answered(steady_time now, wall_time wall_now, api::answer_facts const& facts,
                      attempt_outcome const& outcome, attempt_info const& info, bool probe);
    decision failed(steady_time now, wall_time wall_now, transport_fault const& fault,
                    attempt_info const& info, bool probe);
    bool learn(steady_time now, api::answer_facts const& facts, attempt_info const& info) noexcept;
    void server_is_well(decision& out, attempt_info const& info, bool probe) noexcept;
    decision refused(steady_time now, wall_time wall_now, api::answer_facts const& facts,
                     attempt_info const& info, bool probe);
    decision throttled(steady_time now, api::answer_facts const& facts, attempt_info const& info,
                       bool probe, bool rate_changed) noexcept;
    decision unauthorised(steady_time now, wall_time wall_now, attempt_info const& info,
                          bool probe);
    decision misdirected(steady_time now, wall_time wall_now, attempt_info const& info, bool probe);
    decision misplaced(steady_time now, wall_time wall_now, api::answer_facts const& facts,
                       attempt_outcome const& outcome, bool probe, attempt_info const& info);
    decision own_failure(steady_time now, wall_time wall_now, attempt_info const& info, bool probe,
                         bool unreached, cause why, bool doubt);
    void failed_probe(steady_time now, wall_time wall_now, decision& out);
    milliseconds past_next_try(steady_time now) noexcept;
    milliseconds retry_delay(int failures) noexcept;
    void set_park(steady_time now, wall_time wall_now, park_reason reason, std::string detail,
                  decision& out);
    void unpark() noexcept;
    void end_trouble() noexcept;
    void refresh_phase() noexcept;

    account_settings settings_;
    delivery::gate gate_;
    window window_;
    random_source random_;
    rejections rejections_;
    doubt_budget doubts_;
    account_park park_;
    credential_renewal credential_;
    account_trouble trouble_;
    misdirected_retries misdirected_;

    int in_flight_ = 0;
    account_phase phase_ = account_phase::calm;      ///< of the parts: one test on the hot path
    bool heard_well_ = false;                        ///< the last answer was the API's own
    steady_time report_until_ = steady_time::min();  ///< one is on its way until then at most
    bool dirty_ = false;
    steady_time probe_begun_ = never;
};

}  // namespace setclick::delivery
