// From the ledger to the wire and back: claims events, has them sent, and settles what came of
// them. The face of this module: what the daemon orders and asks.
//
// Inside are five loops, each one coroutine on the io_context: wake (waits for time), claim (the
// ledger's transactions), persist (a person's commands), retry (deferred events made due), watch
// (is anything forgotten). Who may send how much is `delivery`'s decision, what an answer means
// `api`'s.
//
// Promises: an event is on the wire only after its claim is durable; at most
// `delivery::unsettled_limit` answers wait to be settled; an event that has not begun goes back
// unharmed when it cannot be sent; what a person commanded is durable when `when_kept` says so.
//
// Everything runs on the thread of one io_context, except where it is said. Destroyed only after
// `has_ended` (the io_context has run until then), or when the io_context never runs again.
#pragma once

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "setclickd/api/dialect.hpp"
#include "setclickd/api/request.hpp"
#include "setclickd/api/verdict.hpp"
#include "setclickd/base/secret.hpp"
#include "setclickd/delivery/account_control.hpp"
#include "setclickd/delivery/call_permit.hpp"
#include "setclickd/delivery/deliver_status.hpp"
#include "setclickd/delivery/endpoint_control.hpp"
#include "setclickd/delivery/slot_gate.hpp"
#include "setclickd/ledger/writer.hpp"
#include "setclickd/net/pool.hpp"

namespace setclick::dispatch {

struct account_setup {
    account_no no{};
    std::string id;
    /// Null without a usable token: nothing can be sent.
    std::shared_ptr<api::request_template const> requests;
    secret<std::string> token;  ///< only to take it out of excerpts
    delivery::account_settings control;
};

struct dispatch_hooks {
    /// Files of which nothing is pending any more.
    std::function<void(std::vector<ledger::file_info>)> complete;
    /// An account wants its credential read again (401); answered by `credential_refreshed`.
    std::function<void(account_no)> refresh_credential;
    /// An account is to be probed by a report, since no event may be spent; it has passed the
    /// gates. Answered by `report_ended`.
    std::function<void(account_no)> ask_report;
    /// The ledger cannot be trusted any more: the daemon must end.
    std::function<void(error)> fatal;
};

class dispatcher {
public:
    dispatcher(boost::asio::io_context& context, ledger::writer& writer, dispatch_hooks hooks);
    ~dispatcher();
    dispatcher(dispatcher const&) = delete;
    dispatcher& operator=(dispatcher const&) = delete;

    /// What the pool takes its requests from.
    net::work_source& source() noexcept;
    /// Once, before anything else; starts the loops.
    void use(net::pool& pool);

    // ---- settings ----
    void set_dialect(api::dialect dialect);
    /// Adds an account or gives it new settings (a reload). `known`: what the ledger knows of it;
    /// `in_flight_at_crash`: attempts without an end that recovery found: those calls may just have
    /// been made, they count against the gate.
    void set_account(account_setup setup, ledger::account_info const& known,
                     std::uint64_t in_flight_at_crash);
    /// The configuration no longer names it: its events wait.
    void remove_account(account_no no);

    // ---- where several nodes share the ledger ----
    /// Once, before any account: `clock` names this machine's steady clock, `may_send` says whether a call may
    /// begin now.
    void share(std::string clock, std::function<bool()> may_send);
    /// As `set_account`, of one that is not this node's (yet): nothing is sent for it here. Where it is this
    /// node's, it stays so.
    void set_account_elsewhere(account_setup setup);
    /// It is this node's from now on, and stands as the ledger knows it.
    void take_account(account_no no, ledger::account_info const& known,
                      std::uint64_t in_flight_before);
    /// Nothing of it begins any more; what is on its way is waited for.
    void leave_account(account_no no);
    /// Of one that was left: nothing is on its way or claimed, as far as this side knows; what is answered may
    /// still have to be settled.
    bool has_left(account_no no) const;
    /// It is not this node's any more.
    void lose_account(account_no no);
    /// Another node's, or nobody's: a person's command does nothing to it here.
    bool is_elsewhere(account_no no) const;
    /// Those with a usable credential, by number, whoever owns them.
    std::vector<account_no> sendable() const;
    /// Calls may begin again.
    void may_send_again();
    /// How many of the endpoint's common slots are worth asking for now, and by how much its row goes on then;
    /// whoever asks answers with `slots_came`.
    struct slot_wish {
        int count = 0;
        std::int64_t step_us = 0;
    };
    slot_wish wish_for_slots();
    void slots_came(std::optional<delivery::slot_block> const& block, steady_time asked);
    void set_endpoint(delivery::endpoint_control_settings const& settings);
    /// Once, at the start: what the ledger kept of the endpoint's gate and park.
    void load_endpoint(std::string_view note);
    /// A reload gave it another address, path or trust: whoever waits for the old one tries it at
    /// once.
    void endpoint_moved();
    /// A new token was found (null: none, or the same): the answer to `refresh_credential`.
    void credential_refreshed(account_no no, std::shared_ptr<api::request_template const> requests,
                              secret<std::string> token, std::string_view why_not);
    /// Somebody wrote the credential.
    void credential_changed(account_no no, std::shared_ptr<api::request_template const> requests,
                            secret<std::string> token);
    /// The account's token as it is in use; empty for none.
    secret<std::string> token_of(account_no no) const;

    // ---- what happened elsewhere ----
    /// From any thread: these accounts got events.
    void imported(std::vector<account_no> accounts);
    /// A command changed the ledger: goes on with what it has now.
    void depths_changed(std::vector<ledger::queue_depth> const& depths);

    // ---- calls that are no attempts ----
    /// See delivery/call_permit.hpp. An account that is unknown has passed.
    steady_time permit(account_no no, steady_time now);
    delivery::read_permit permit_read(account_no no, steady_time now);
    /// What a read's answer says about the rate.
    void read_answered(account_no no, api::answer_facts const& facts, steady_time begun,
                       steady_time now);
    /// The answer to `ask_report`.
    void report_ended(account_no no, delivery::report_word word);
    /// The account's gate and the endpoint's, to be made durable before a call that has passed them
    /// is made.
    std::vector<ledger::account_note> notes(account_no no, steady_time now) const;

    // ---- commands ----
    /// False when it was paused already, or is unknown.
    bool pause(account_no no);
    /// Ends a park or a pause. `accept_rejections`: the rejections of a suspect account stand.
    bool resume(account_no no, bool accept_rejections);
    /// What the server's answers taught about the rate, and asked for, is forgotten. False when
    /// there was nothing of the kind.
    bool forget_rate(account_no no);
    bool forget_endpoint_rate();
    bool pause_endpoint();
    bool resume_endpoint();
    /// Called once what was commanded before (the endpoint's too) is durable, or with why it is
    /// not; it is written as soon as that is possible.
    void when_kept(std::function<void(result<void>)> then);

    // ---- the end ----
    /// No new work; `done` is called once everything is settled and the loops have ended.
    void drain(std::function<void()> done);
    /// Ends the loops in order, whatever they wait for; a transaction under way is answered first.
    void stop();
    bool has_ended() const noexcept;

    // ---- how it stands ----
    /// Nothing is on its way, and nothing could be sent without something from outside (a person, a
    /// new file).
    bool is_idle() const;
    /// Nothing is on its way, and what waits does so for a park or a pause to end.
    bool waits_behind_parks() const;
    delivery::deliver_status status() const;
    /// Events wait that nothing would ever wake, and waking them has not helped for a minute: the
    /// watchdog should end the program.
    bool is_stuck() const noexcept;
    /// The lines for people, once a minute; returns its counts for the line of `systemctl status`.
    std::string minute();

private:
    struct loops;
    std::unique_ptr<loops> in_;
};

}  // namespace setclick::dispatch
