#include "setclickd/dispatch/dispatcher.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

#include "loops.hpp"
#include "setclickd/delivery/read_answer.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::dispatch {
namespace asio = boost::asio;
using telemetry::level;
using telemetry::log_line;

dispatcher::loops::loops(asio::io_context& context, ledger::writer& writer, dispatch_hooks hooks)
    : s(context, writer, std::move(hooks)),
      group(context, [this](std::string_view name, std::string what) {
          s.hooks.fatal(fail(errc::io, "the loop '" + std::string(name) +
                                           "' ended by a fault of this program: " + what));
      }) {
    wake.after_look([this] { maybe_drained(); });
}

dispatcher::dispatcher(asio::io_context& context, ledger::writer& writer, dispatch_hooks hooks)
    : in_(std::make_unique<loops>(context, writer, std::move(hooks))) {}

dispatcher::~dispatcher() = default;

net::work_source& dispatcher::source() noexcept {
    return in_->source;
}

void dispatcher::use(net::pool& pool) {
    in_->s.pool = &pool;
    in_->s.control.set_connections(pool.most_connections());
    // In this order they end: what one hands to a later one is still taken.
    in_->group.start("watch", in_->watch.run());
    in_->group.start("wake", in_->wake.run());
    in_->group.start("retry", in_->retry.run());
    in_->group.start("persist", in_->persist.run());
    in_->group.start("claim", in_->claim.run());
}

// ---- settings ----

void dispatcher::set_dialect(api::dialect dialect) {
    in_->source.set_dialect(std::move(dialect));
}

void dispatcher::set_account(account_setup setup, ledger::account_info const& known,
                             std::uint64_t in_flight_at_crash) {
    auto const now = paired_clock::now();
    auto const no = setup.no;
    if (auto* const a = in_->find(no))
        in_->change_account(*a, std::move(setup), now);
    else
        in_->add_account(std::move(setup), known, in_flight_at_crash, now);
    in_->know(*in_->find(no), known, now);
}

void dispatcher::loops::know(account& a, ledger::account_info const& known, steady_time now) {
    auto const count = [&](ledger::event_state state) {
        return known.counts[static_cast<std::size_t>(state)];
    };
    a.flow.queue = {count(ledger::event_state::waiting), count(ledger::event_state::deferred),
                    known.next_due, known.last_due};
    s.control.reconsider(a.flow, wall(now));
    wake.news();
}

void dispatcher::loops::change_account(account& a, account_setup setup, steady_time now) {
    a.flow.control.configure(now, setup.control);
    if (!setup.requests) {  // no usable token now: the old one stays
        setup.requests = a.setup.requests;
        setup.token = a.setup.token;
    }
    bool const has_other_token = !(setup.token == a.setup.token);
    a.setup = std::move(setup);
    a.token_end = api::token_end(a.setup.token);
    a.flow.is_configured = true;
    a.flow.has_credential = a.setup.requests != nullptr;
    if (has_other_token) go_on_with_token(a, now);
}

void dispatcher::loops::add_account(account_setup setup, ledger::account_info const& known,
                                    std::uint64_t in_flight_at_crash, steady_time now) {
    // Jitter must differ between accounts and between runs.
    auto const seed = static_cast<std::uint64_t>(now.time_since_epoch().count()) +
                      static_cast<std::uint64_t>(setup.no);
    auto& flow = s.control.add(setup.no, setup.control, seed);
    auto& a = s.accounts.add(std::move(setup), flow);
    flow.has_credential = a.setup.requests != nullptr;
    load_account(a, known, in_flight_at_crash, now);
}

void dispatcher::loops::load_account(account& a, ledger::account_info const& known,
                                     std::uint64_t in_flight_before, steady_time now) {
    auto& control = a.flow.control;
    if (auto const state = delivery::account_state_from_text(known.state); state.has_value())
        control.load(delivery::seen_by(*state, s.clock_id, known.state_age), now, wall(now));
    else
        log_line(level::warn, "the account's saved rate and park cannot be read; it starts anew",
                 {{"account", a.setup.id}, {"error", state.error().message}});
    for (std::uint64_t n = 0; n < in_flight_before; ++n)
        control.gate().pass(now);
    if (known.counts[static_cast<std::size_t>(ledger::event_state::delivered)] > 0)
        control.was_well();
    auto const park = control.visible_park();
    if (!park.is_on()) return;
    // The token may have been mended while the daemon was down: one probe at each start.
    if (park.reason == delivery::park_reason::unauthorised) control.wake(now);
    log_line(level::warn, "the account is still parked",
             {{"account", a.setup.id},
              {"reason", delivery::name_of(park.reason)},
              {"since", wall_text(park.since)},
              {"cure", delivery::cure(park.reason, a.setup.id)}});
}

void dispatcher::remove_account(account_no no) {
    auto* const a = in_->find(no);
    if (a == nullptr) return;
    a->flow.is_configured = false;
    in_->s.give_back(*a);
    in_->s.control.reconsider(a->flow, in_->wall(paired_clock::now()));
    in_->wake.news();
}

// ---- where several nodes share the ledger ----

void dispatcher::share(std::string clock, std::function<bool()> may_send) {
    in_->s.clock_id = std::move(clock);
    in_->s.send_gate = std::move(may_send);
}

void dispatcher::set_account_elsewhere(account_setup setup) {
    auto const now = paired_clock::now();
    if (auto* const a = in_->find(setup.no)) return in_->change_account(*a, std::move(setup), now);
    auto& flow = in_->s.control.add(setup.no, setup.control, 1);
    auto& a = in_->s.accounts.add(std::move(setup), flow);
    flow.has_credential = a.setup.requests != nullptr;
    flow.seat = delivery::account_seat::elsewhere;
}

void dispatcher::take_account(account_no no, ledger::account_info const& known,
                              std::uint64_t in_flight_before) {
    auto* const a = in_->find(no);
    if (a == nullptr || !a->is_elsewhere()) return;
    auto const now = paired_clock::now();
    auto const seed =
        static_cast<std::uint64_t>(now.time_since_epoch().count()) + static_cast<std::uint64_t>(no);
    a->flow.control = delivery::account_control(a->setup.control, seed);
    a->flow.seat = delivery::account_seat::here;
    in_->load_account(*a, known, in_flight_before, now);
    in_->know(*a, known, now);
}

void dispatcher::leave_account(account_no no) {
    auto* const a = in_->find(no);
    if (a == nullptr || !a->flow.is_here()) return;
    a->flow.seat = delivery::account_seat::leaving;
    in_->s.give_back(*a);
    in_->s.control.reconsider(a->flow, in_->wall(paired_clock::now()));
    in_->wake.news();
}

bool dispatcher::has_left(account_no no) const {
    auto const* const a = in_->find(no);
    if (a == nullptr) return true;
    auto const& control = in_->s.control;
    return !a->flow.is_here() && control.turn().in_flight(no) == 0 &&
           control.turn().ready(no) == 0 && control.claims().out(no) == 0 && a->queue.empty() &&
           a->to_return.empty() && in_->persist.is_idle();
}

void dispatcher::lose_account(account_no no) {
    auto* const a = in_->find(no);
    if (a == nullptr || a->is_elsewhere()) return;
    // What of it is still answered, or goes back, is refused by the ledger for this account alone.
    in_->s.give_back(*a);
    a->flow.seat = delivery::account_seat::elsewhere;
    a->flow.queue = {};
    a->flow.control.saved();
    in_->s.control.reconsider(a->flow, in_->wall(paired_clock::now()));
    in_->wake.news();
}

bool dispatcher::is_elsewhere(account_no no) const {
    auto const* const a = in_->find(no);
    // Where several nodes share the ledger, one that is not configured here may be sent by another.
    return a != nullptr ? a->is_elsewhere() : static_cast<bool>(in_->s.send_gate);
}

std::vector<account_no> dispatcher::sendable() const {
    std::vector<account_no> out;
    for (auto* const a : in_->s.accounts.all())
        if (a->flow.is_configured && a->flow.has_credential) out.push_back(a->setup.no);
    std::ranges::sort(out);
    return out;
}

dispatcher::slot_wish dispatcher::wish_for_slots() {
    auto& control = in_->s.control;
    auto& slots = control.endpoint().slots();
    if (!slots.is_on() || !in_->s.may_send()) return {};
    bool const wants =
        control.turn().ready() > 0 || in_->permit_wanted_until > paired_clock::now() ||
        std::ranges::any_of(in_->s.accounts.all(), [](account const* a) {
            return a->flow.can_send() && !a->flow.queue.empty() && !a->flow.control.is_paused();
        });
    auto const count = wants ? slots.wish(paired_clock::now()) : 0;
    if (count == 0) return {};
    slots.asked();
    return {count, slots.step_us(count)};
}

void dispatcher::slots_came(std::optional<delivery::slot_block> const& block, steady_time asked) {
    auto& slots = in_->s.control.endpoint().slots();
    if (!block) return slots.failed();
    slots.got(*block, asked, paired_clock::now());
    in_->wake.news();
}

void dispatcher::may_send_again() {
    in_->s.pool->wake();
    in_->wake.news();
}

void dispatcher::set_endpoint(delivery::endpoint_control_settings const& settings) {
    in_->s.control.endpoint().configure(paired_clock::now(), settings);
    if (in_->s.pool != nullptr) in_->s.control.set_connections(in_->s.pool->most_connections());
    in_->wake.news();
}

void dispatcher::load_endpoint(std::string_view note) {
    auto const now = paired_clock::now();
    auto const state = delivery::endpoint_state_from_text(note);
    if (state.has_error()) {
        log_line(level::warn, "the endpoint's saved rate and park cannot be read; it starts anew",
                 {{"error", state.error().message}});
        return;
    }
    auto& endpoint = in_->s.control.endpoint();
    endpoint.load(delivery::seen_by(*state, in_->s.clock_id), now, in_->wall(now));
    if (endpoint.parked().is_on()) delivery_log::endpoint_still_parked(endpoint.parked());
}

void dispatcher::endpoint_moved() {
    auto const now = paired_clock::now();
    in_->s.control.endpoint().wake(now);
    in_->s.control.reach().try_now(now);
    in_->retry_all("another endpoint", now);
}

void dispatcher::loops::retry_all(char const* who, steady_time now) {
    for (auto* const a : s.accounts.all())
        retry.retry(*a, who);
    s.control.reconsider_all(now, wall(now));
    wake.news();
}

// ---- credentials ----

void dispatcher::credential_refreshed(account_no no,
                                      std::shared_ptr<api::request_template const> requests,
                                      secret<std::string> token, std::string_view why_not) {
    auto* const a = in_->find(no);
    if (a == nullptr) return;
    auto const now = paired_clock::now();
    if (requests) {
        // Read again after a 401, it is mostly the same one: no news.
        bool const is_new = !(token == a->setup.token);
        a->setup.requests = std::move(requests);
        a->setup.token = std::move(token);
        a->token_end = api::token_end(a->setup.token);
        a->flow.has_credential = true;
        a->flow.control.credential_refreshed(now);
        if (is_new)
            log_line(level::info, "the account has a new token", {{"account", a->setup.id}});
    } else if (a->flow.control.credential_refresh_failed(now, in_->wall(now), why_not)) {
        delivery_log::park(*a);
        in_->s.give_back(*a);
    }
    in_->s.control.reconsider(a->flow, in_->wall(now));
    in_->wake.news();
}

void dispatcher::credential_changed(account_no no,
                                    std::shared_ptr<api::request_template const> requests,
                                    secret<std::string> token) {
    auto* const a = in_->find(no);
    if (a == nullptr) return;
    auto const now = paired_clock::now();
    a->setup.requests = std::move(requests);
    a->setup.token = std::move(token);
    a->token_end = api::token_end(a->setup.token);
    a->flow.has_credential = a->setup.requests != nullptr;
    in_->go_on_with_token(*a, now);
    log_line(level::info, "the account's token was written; the account goes on with it",
             {{"account", a->setup.id}});
    in_->s.control.reconsider(a->flow, in_->wall(now));
    in_->wake.news();
}

void dispatcher::loops::go_on_with_token(account& a, steady_time now) {
    bool const was_parked = a.flow.control.is_parked();
    a.flow.control.credential_changed(now);
    if (was_parked) retry.retry(a, "token written");
    s.control.endpoint().wake(now);
}

secret<std::string> dispatcher::token_of(account_no no) const {
    auto const* const a = in_->find(no);
    return a == nullptr ? secret<std::string>{} : a->setup.token;
}

// ---- what happened elsewhere ----

void dispatcher::imported(std::vector<account_no> accounts) {
    asio::post(in_->s.context, [in = in_.get(), accounts = std::move(accounts)] {
        auto const wall = in->wall(paired_clock::now());
        for (auto const no : accounts)
            if (auto* const a = in->find_own(no)) {
                auto queue = a->flow.queue;
                queue.waiting = std::max<std::uint64_t>(queue.waiting, 1);
                in->s.control.know_queue(a->flow, queue, wall);
            }
        in->wake.news();
    });
}

void dispatcher::depths_changed(std::vector<ledger::queue_depth> const& depths) {
    in_->s.know_depths(depths);
    in_->wake.news();
}

// ---- calls that are no attempts ----

namespace {
/// When a call is asked for again that this node may not make now.
constexpr milliseconds ask_again{1000};
}  // namespace

steady_time dispatcher::permit(account_no no, steady_time now) {
    auto* const a = in_->find(no);
    if (a == nullptr) return now;
    if (!in_->may_call(*a)) return now + ask_again;
    in_->permit_wanted_until = now + ask_again;
    auto const at = delivery::permit_call(in_->s.control, a->flow, now);
    if (at <= now) in_->wake.news();
    return at;
}

delivery::read_permit dispatcher::permit_read(account_no no, steady_time now) {
    auto* const a = in_->find(no);
    if (a == nullptr) return {now, false, false};
    if (!in_->may_call(*a)) return {now + ask_again, true, false};
    in_->permit_wanted_until = now + ask_again;
    auto const permit = delivery::permit_read(in_->s.control, a->flow, now, in_->wall(now));
    in_->wake.news();
    return permit;
}

void dispatcher::read_answered(account_no no, api::answer_facts const& facts, steady_time begun,
                               steady_time now) {
    auto* const a = in_->find(no);
    if (a == nullptr) return;
    auto& control = a->flow.control;
    delivery::learn_from_read(control.gate(), now, facts, begun, control.in_flight());
    control.unsaved();
    in_->s.control.note_due();
    in_->wake.news();
}

std::vector<ledger::account_note> dispatcher::notes(account_no no, steady_time now) const {
    std::vector<ledger::account_note> out;
    if (auto const* const a = in_->find(no); a != nullptr && !a->is_elsewhere())
        out.push_back(in_->s.note_of(*a, now, static_cast<int>(a->queue.size())));
    if (!in_->s.control.endpoint().gate().is_free()) out.push_back(in_->claim.endpoint_note(now));
    return out;
}

void dispatcher::report_ended(account_no no, delivery::report_word word) {
    auto* const a = in_->find(no);
    if (a == nullptr) return;
    a->flow.control.report_ended(paired_clock::now(), word);
    in_->s.control.note_due();
    in_->wake.news();
}

// ---- commands ----

bool dispatcher::forget_rate(account_no no) {
    auto* const a = in_->find_own(no);
    if (a == nullptr) return false;
    bool const something = a->flow.control.forget_rate(paired_clock::now());
    in_->persist.persist(no);
    in_->wake.news();
    return something;
}

bool dispatcher::forget_endpoint_rate() {
    auto& endpoint = in_->s.control.endpoint();
    bool const something = endpoint.gate().forget_learnt(paired_clock::now());
    endpoint.unsaved();
    in_->s.control.note_due();
    in_->wake.news();
    return something;
}

bool dispatcher::pause(account_no no) {
    auto* const a = in_->find_own(no);
    if (a == nullptr) return false;
    bool const is_new = a->flow.control.pause(in_->wall(paired_clock::now()));
    if (is_new) {
        in_->s.give_back(*a);
        delivery_log::park(*a);
    }
    // Also where it was paused before: that may not be durable yet.
    in_->persist.persist(no);
    in_->wake.news();
    return is_new;
}

bool dispatcher::resume(account_no no, bool accept_rejections) {
    auto* const a = in_->find_own(no);
    if (a == nullptr) return false;
    auto const now = paired_clock::now();
    auto& control = a->flow.control;
    bool const was = control.is_parked() || control.trouble().is_on;
    auto const back = control.resume(now, accept_rejections);
    a->to_return.insert(a->to_return.end(), back.begin(), back.end());
    a->flow.is_returning = !a->to_return.empty();
    in_->retry.retry(*a, "resume");
    in_->s.control.endpoint().wake(now);
    in_->s.control.reach().try_now(now);
    if (was)
        log_line(level::info, "the account was resumed by a person", {{"account", a->setup.id}});
    in_->persist.persist(no);
    in_->s.control.reconsider(a->flow, in_->wall(now));
    in_->wake.news();
    return was;
}

bool dispatcher::pause_endpoint() {
    bool const is_new = in_->s.control.endpoint().pause(in_->wall(paired_clock::now()));
    if (is_new)
        log_line(level::info, "the endpoint is paused by a person; all events wait",
                 {{"cure", delivery::cure(delivery::park_reason::paused, "--endpoint")}});
    in_->persist.persist(endpoint_account);
    in_->s.give_back_all();
    in_->wake.news();
    return is_new;
}

bool dispatcher::resume_endpoint() {
    auto const now = paired_clock::now();
    bool const was = in_->s.control.endpoint().resume();
    if (was) log_line(level::info, "the endpoint was resumed by a person");
    in_->persist.persist(endpoint_account);
    in_->s.control.reach().try_now(now);
    in_->retry_all("resume", now);
    return was;
}

void dispatcher::when_kept(std::function<void(result<void>)> then) {
    in_->persist.answer(std::move(then));
}

// ---- the end ----

void dispatcher::drain(std::function<void()> done) {
    in_->s.control.stop();
    in_->drained = std::move(done);
    in_->s.give_back_all();
    in_->wake.news();
}

bool dispatcher::loops::is_settled() const {
    auto const& c = s.control;
    return c.turn().in_flight() == 0 && c.turn().ready() == 0 && !c.is_cycle_running() &&
           c.group().unsettled() == 0;
}

void dispatcher::loops::maybe_drained() {
    if (!s.control.is_stopping() || !drained || !is_settled() || !persist.is_idle()) return;
    s.log.held(s.totals);
    group.when_ended(std::exchange(drained, nullptr));
    group.cancel();
}

void dispatcher::stop() {
    in_->group.cancel();
}

bool dispatcher::has_ended() const noexcept {
    return in_->group.has_ended();
}

// ---- how it stands ----

bool dispatcher::is_idle() const {
    if (!in_->is_settled()) return false;
    for (auto* const a : in_->s.accounts.all())
        if (!a->flow.queue.empty() && a->flow.can_send() && !a->flow.control.is_parked() &&
            !in_->s.control.endpoint().parked().is_on())
            return false;
    return true;
}

bool dispatcher::waits_behind_parks() const {
    for (auto* const a : in_->s.accounts.all())
        if (!a->flow.queue.empty()) return true;
    return false;
}

delivery::deliver_status dispatcher::status() const {
    auto const& s = in_->s;
    delivery::deliver_status out;
    static_cast<delivery::delivery_totals&>(out) = s.totals;
    auto const now = paired_clock::now();
    auto const pool = s.connections();
    for (auto* const a : s.accounts.all()) {
        auto const rate_waited = std::chrono::duration<double>(a->rate_waited).count();
        if (!a->flow.is_configured || a->is_elsewhere()) {
            if (rate_waited > 0) out.gone_rate_waited.emplace_back(a->setup.id, rate_waited);
            continue;
        }
        auto const& control = a->flow.control;
        delivery::account_delivery d;
        d.id = a->setup.id;
        d.parked = control.visible_park();
        d.trouble = control.trouble();
        d.configured_per_minute = control.gate().configured_per_minute();
        d.effective_per_minute = control.gate().effective_per_minute();
        d.rate_why = control.gate().why(now);
        d.quiet_for = control.gate().quiet_for(now);
        d.delivered_per_minute = a->lately.per_minute(now);
        d.window = control.window_size();
        d.in_flight = control.in_flight();
        d.ready = a->queue.size();
        d.has_credential = a->flow.has_credential;
        d.waits_for =
            delivery::name_of(delivery::wait_of(s.control, a->flow, pool, now, in_->wall(now)).why);
        d.rate_waited_seconds = rate_waited;
        d.permits = control.gate().permits(now);
        d.token_end = a->token_end;
        out.accounts.push_back(std::move(d));
    }
    out.endpoint_parked = s.control.endpoint().parked();
    out.unreachable = s.control.reach().is_unreached();
    out.unreachable_why = s.control.reach().why();
    out.disk_full = s.control.disk().is_full();
    out.ledger_locked = s.control.disk().locked_why();
    out.stalled = in_->watch.is_stalled();
    out.connections_open = pool.open();
    out.unsettled = s.control.group().unsettled();
    s.counted.add_to(out.figures);
    out.figures.connections_opening = pool.opening;
    out.figures.connections_idle = pool.idle;
    out.figures.connections_busy = pool.busy;
    return out;
}

bool dispatcher::is_stuck() const noexcept {
    return in_->watch.is_stuck();
}

std::string dispatcher::minute() {
    return in_->watch.minute();
}

}  // namespace setclick::dispatch
