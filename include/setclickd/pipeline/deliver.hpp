// From the ledger to the wire and back: claims events, has them sent, and settles what came of
// them.
//
// Joins the ledger's thread, the pool and the accounts' state machines; it decides nothing itself:
// who may send how much is `delivery`'s decision, what an answer means `api`'s. Promises kept here:
// an event is on the wire only after its claim is durable; at most `unsettled_limit` answers wait
// to be settled; an event that has not begun goes back unharmed when it cannot be sent.
//
// Everything runs on the thread of one io_context, except where said.
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>

#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "setclickd/api/dialect.hpp"
#include "setclickd/api/request.hpp"
#include "setclickd/delivery/account_control.hpp"
#include "setclickd/delivery/backoff.hpp"
#include "setclickd/delivery/deliver_status.hpp"
#include "setclickd/delivery/endpoint_control.hpp"
#include "setclickd/delivery/fair_turn.hpp"
#include "setclickd/delivery/forecast.hpp"
#include "setclickd/ledger/resume.hpp"
#include "setclickd/ledger/writer.hpp"
#include "setclickd/net/pool.hpp"
#include "setclickd/telemetry/log_limiter.hpp"

namespace setclick::pipeline {

/// Answers that may wait to be settled; then sending pauses. Bounds what is in doubt after a crash.
inline constexpr std::size_t unsettled_limit = 512;
/// Answers that make a group, whatever its age.
inline constexpr std::size_t group_size = 256;
/// A group is settled after this long, however small.
inline constexpr milliseconds group_age{10};
/// Events claimed at once, and the number of claimed events not begun below which more are claimed.
inline constexpr std::size_t claim_size = 256;
inline constexpr std::size_t low_water = 128;
/// Many accounts that have nothing claimed wait for each other this long, so that their claims are
/// a batch.
inline constexpr milliseconds newcomers_gather{100};

using ledger::endpoint_account;

struct account_setup {
    account_no no{};
    std::string id;
    /// Null without a usable token: nothing can be sent.
    std::shared_ptr<api::request_template const> requests;
    secret<std::string> token;  ///< only to take it out of excerpts
    delivery::account_settings control;
};

struct deliver_hooks {
    /// Files of which nothing is pending any more.
    std::function<void(std::vector<ledger::file_info>)> complete;
    /// An account wants its credential read again (401); answered by `credential_refreshed`.
    std::function<void(account_no)> refresh_credential;
    /// The ledger cannot be trusted any more: the daemon must end.
    std::function<void(error)> fatal;
};

struct account_entry;

class deliver final : public net::work_source {
public:
    deliver(boost::asio::io_context& context, ledger::writer& writer, deliver_hooks hooks);
    ~deliver() override;

    /// Once, before anything else.
    void use(net::pool& pool) { pool_ = &pool; }
    void set_dialect(api::dialect dialect) { dialect_ = std::move(dialect); }
    /// Adds an account or gives it new settings (a reload). `known`: what the ledger knows of it;
    /// `in_flight_at_crash`: attempts without an end that recovery found: those calls may just have
    /// been made, they count against the gate.
    void set_account(account_setup setup, ledger::account_info const& known,
                     std::uint64_t in_flight_at_crash);
    /// The configuration no longer names it: its events wait.
    void remove_account(account_no no);
    void set_endpoint(delivery::endpoint_control_settings const& settings);
    /// Once, at the start: what the ledger kept of the endpoint's gate and park.
    void load_endpoint(std::string_view note);
    bool pause_endpoint();
    bool resume_endpoint();
    /// A reload gave it another address, path or trust: whoever waits for the old one tries it at
    /// once.
    void endpoint_moved();

    /// From any thread: these accounts got events.
    void imported(std::vector<account_no> accounts);

    /// A new token was found (null: none, or the same): the answer to `refresh_credential`.
    void credential_refreshed(account_no no, std::shared_ptr<api::request_template const> requests,
                              secret<std::string> token, std::string_view why_not);
    /// Somebody wrote the credential.
    void credential_changed(account_no no, std::shared_ptr<api::request_template const> requests,
                            secret<std::string> token);
    /// Another call than an attempt wants to pass the account's gate: it has passed when `now`
    /// comes back, else ask again then.
    steady_time permit(account_no no, steady_time now);
    /// The same for a read, which gets `report.share` of the permits while events wait. Whoever has
    /// to wait and does not ask again soon loses its place.
    struct read_turn {
        steady_time at{};  ///< `now`: it has passed
        bool events_wait = false;
        bool is_paused = false;  ///< by a person: nothing passes
    };
    read_turn permit_read(account_no no, steady_time now);
    /// What a read's answer says about the rate.
    void read_answered(account_no no, api::answer_facts const& facts, steady_time begun,
                       steady_time now);
    /// The account's gate and the endpoint's, to be made durable before a call that has passed them
    /// is made.
    std::vector<ledger::account_note> notes(account_no no, steady_time now);
    /// The account's token as it is in use; empty for none.
    secret<std::string> token_of(account_no no) const;
    /// False when it was paused already, or is unknown.
    bool pause(account_no no);
    /// Ends a park or a pause. `accept_rejections`: the rejections of a suspect account stand.
    bool resume(account_no no, bool accept_rejections);
    /// Called once what a person said before (`pause`, `resume`, the endpoint's too) is durable, or
    /// with why it is not; it is written as soon as that is possible.
    void when_kept(std::function<void(result<void>)> then);
    /// The ledger changed behind our back (a person's command): goes on with what it has now.
    void depths_changed(std::vector<ledger::queue_depth> const& depths);

    /// No new work; `done` is called once everything is settled.
    void drain(std::function<void()> done);

    /// Nothing is on its way, and nothing could be sent without something from outside (a person, a
    /// new file).
    bool is_idle() const;
    /// Nothing is on its way, and what waits does so behind a park or a pause.
    bool waits_behind_parks() const;
    delivery::deliver_status status() const;
    /// The lines for people, once a minute; returns a short one for `systemctl status`.
    std::string minute();
    std::uint64_t cycles() const noexcept { return cycles_; }

    // net::work_source
    std::size_t wanted(steady_time now) override;
    bool take(steady_time now, std::string& out, std::uint64_t& ticket) override;
    void ended(net::exchange_end const& end) override;
    void stray(std::uint64_t connection) override;
    void opened() override;
    void open_failed(net::open_failure const& failure) override;

private:
    using executor = boost::asio::io_context::executor_type;
    using timer = boost::asio::basic_waitable_timer<
        std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, executor>;
    struct flight;
    struct answered_event;
    static constexpr std::uint64_t no_connection = std::numeric_limits<std::uint64_t>::max();
    struct deviation {
        ledger::settlement settlement;
        std::uint64_t connection = no_connection;  ///< that gave the answer
    };

    account_entry* entry(account_no no) const noexcept;
    void enter_turn(account_entry& a);
    void leave_turn(account_entry& a);
    bool may_take_another(account_entry const& a) const;
    void wake_accounts(steady_time now);
    void schedule(steady_time at);
    wall_time wall(steady_time now) const noexcept;
    void take_time();

    void settle(flight const& f, net::exchange_end const& end,
                delivery::attempt_outcome const& outcome, delivery::decision const& d,
                wall_time now, std::string excerpt);
    void not_begun(flight const& f, steady_time now);
    void log_decision(account_entry& a, delivery::decision const& d, std::string_view detail,
                      steady_time now);
    void say_who_is_well(steady_time now);
    void say_park(account_entry const& a);
    void retry_deferred(account_entry const& a, std::string who);
    void wake_all(char const* who, steady_time now);
    void retry(ledger::operation what, event_no after);
    void give_back(account_entry& a);
    void give_back_all();
    void add_deviation(ledger::settlement s, std::uint64_t connection = no_connection);

    void maybe_cycle(steady_time now);
    void run_cycle(steady_time now);
    void post_cycle(ledger::cycle_request request);
    void keep_notes(std::vector<ledger::account_note> notes);
    void not_kept(error why);
    void keep_word(account_entry& a, steady_time now);
    void word_kept(account_no no, std::size_t count, result<ledger::returned_events> done);
    void settle_as_waiting(std::vector<event_no> const& events);
    ledger::account_note endpoint_note(steady_time now) const;
    bool is_paused(account_entry const& a) const noexcept;
    void forget_reads(steady_time now);
    void no_room(error const& why, ledger::cycle_request request, steady_time now);
    void post_again(ledger::cycle_request request, steady_time now);
    void note_again(std::vector<ledger::account_note> const& unwritten);
    bool may_claim(steady_time now) const;
    std::vector<ledger::claim_wish> wishes(steady_time now);
    void know_depth(account_entry& a, ledger::queue_depth const& depth);
    void refresh_wants(account_entry& a, steady_time now);
    void reconsider(account_entry& a);
    void go_on_with_token(account_entry& a, steady_time now);
    delivery::chance chance_of(account_entry& a, steady_time now);
    delivery::chance begin_chance(account_entry const& a, steady_time now) const;
    bool waits_long(account_entry const& a, steady_time now) const;
    bool waits_in_ledger(account_entry const& a, steady_time now) const;
    void tell_endpoint(account_entry& a, delivery::standing before,
                       delivery::attempt_outcome const& outcome, delivery::attempt_info const& info,
                       delivery::decision const& d, steady_time now);
    bool others_may_tell(account_entry const& a, steady_time now) const;
    void endpoint_changed(delivery::endpoint_change change, steady_time now);
    void add_notes(std::vector<ledger::account_note>& notes,
                   std::vector<ledger::claim_wish> const& wished, steady_time now);
    void cycle_done(result<ledger::cycle_result> done, ledger::cycle_request request);
    void maybe_drained();
    void say_held();

    boost::asio::io_context& context_;
    ledger::writer& writer_;
    deliver_hooks hooks_;
    net::pool* pool_ = nullptr;
    api::dialect dialect_;

    std::vector<std::unique_ptr<account_entry>>
        accounts_;                         // by number; empty slots for unknown ones
    account_entry* turn_first_ = nullptr;  // those that may have something to send, in turn
    account_entry* turn_last_ = nullptr;
    delivery::fair_turn claims_;  // whose events are claimed next
    delivery::endpoint_control endpoint_;

    std::vector<flight> flights_;
    std::vector<delivery::claim_grant> grants_;
    std::vector<std::uint32_t> free_flights_;
    std::size_t in_flight_ = 0;
    std::size_t sending_accounts_ = 0;  // with something in flight
    std::size_t ready_ = 0;
    std::size_t claiming_ = 0;  // wished for by the cycle that runs

    // The group that is being filled, and the one that the ledger is settling.
    std::vector<answered_event> delivered_;
    std::vector<deviation> deviations_;
    steady_time group_since_ = never;
    steady_time claimed_at_{};  // when was last looked for what to claim
    std::size_t settling_ = 0;
    bool cycle_running_ = false;
    std::uint64_t cycles_ = 0;

    timer wake_timer_;
    steady_time wake_at_ = never;
    steady_time base_steady_{};
    wall_time base_wall_{};

    // The endpoint cannot be reached: nothing is claimed, one connection at a time is tried.
    delivery::backoff reach_backoff_;
    delivery::random_source random_;
    int open_failures_ = 0;
    int unreached_ = 0;  // failures in a row while no connection was open
    steady_time next_open_{};
    std::string unreached_why_;
    telemetry::log_limiter reach_log_;

    bool disk_full_ = false;
    std::unique_ptr<ledger::cycle_request>
        unwritten_;  // settled, but there was no room to write it down
    steady_time retry_disk_at_{};
    bool notes_due_ = false;       // some could not be written
    std::optional<error> unkept_;  // why a person's word could not be
    telemetry::log_limiter disk_log_;
    bool stopping_ = false;
    std::function<void()> drained_;

    delivery::deliver_status totals_;  // the counters of it
    std::uint64_t held_said_ = 0;
    delivery::deliver_status last_minute_;  // as they were when the last line was written
};

}  // namespace setclick::pipeline
