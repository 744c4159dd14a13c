#include "own_gate.hpp"

#include <algorithm>

#include "setclickd/base/clock.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/delivery/read_answer.hpp"
#include "setclickd/ledger/reader.hpp"

namespace setclick::cli {
namespace {

delivery::gate_settings gate_settings_of(settings::settings const& s, double rate,
                                         std::uint32_t burst) {
    delivery::gate_settings out;
    out.rate_per_minute = rate;
    out.burst = static_cast<int>(burst);
    out.longest_hold = s.retry.retry_after_cap;
    out.report_share = s.report.share;
    return out;
}

}  // namespace

result<own_gate::entry*> own_gate::find(std::string const& account) {
    if (auto const known = entries_.find(account); known != entries_.end()) return &known->second;
    auto const configured =
        std::ranges::find(settings_.accounts, account, &settings::account_settings::id);
    if (configured == settings_.accounts.end())
        return fail(errc::usage, "the configuration names no account " + printable(account));
    entry e;
    e.gate =
        delivery::gate(gate_settings_of(settings_, configured->rate_per_minute, configured->burst));
    if (ledger_ != nullptr) {
        auto const no = ledger_->account(account);
        if (!no) return no.error();
        auto const all = ledger_->accounts();
        if (!all) return all.error();
        e.no = *no;
        for (auto const& a : *all)
            if (a.no == *no) {
                auto state = delivery::account_state_from_text(a.state);
                if (!state) return state.error();
                e.state = std::move(*state);
            }
        e.gate.load(e.state.gate, std::chrono::steady_clock::now(), wall_now());
    }
    if (auto loaded = load_endpoint(); !loaded) return loaded.error();
    return &entries_.emplace(account, std::move(e)).first->second;
}

result<void> own_gate::load_endpoint() {
    if (endpoint_) return {};
    delivery::endpoint_control_settings how;
    how.gate =
        gate_settings_of(settings_, settings_.endpoint.rate_per_minute, settings_.endpoint.burst);
    how.probes = {settings_.retry.probe_first, settings_.retry.probe_cap};
    delivery::endpoint_control endpoint(how);
    if (ledger_ != nullptr) {
        auto from = ledger::reader::open(settings_.ledger.path);
        if (!from) return from.error();
        auto const note = from->endpoint_note();
        if (!note) return note.error();
        auto const state = delivery::endpoint_state_from_text(*note);
        if (!state) return state.error();
        endpoint.load(*state, std::chrono::steady_clock::now(), wall_now());
    }
    endpoint_.emplace(std::move(endpoint));
    return {};
}

result<void> own_gate::save(entry& e) {
    if (ledger_ == nullptr) return {};
    auto const now = std::chrono::steady_clock::now();
    ledger::cycle_request request;
    request.now = wall_now();
    e.state.gate = e.gate.save(now, request.now);
    request.notes.push_back({e.no, to_text(e.state)});
    if (!endpoint_->gate().is_free())
        request.notes.push_back({ledger::endpoint_account, to_text(endpoint_->save(now, request.now))});
    if (auto done = ledger_->cycle(request); !done) return done.error();
    return {};
}

result<read_turn> own_gate::pass(std::string const& account) {
    auto const found = find(account);
    if (!found) return found.error();
    auto& e = **found;
    if (e.state.paused_ms != 0)
        return fail(errc::busy, "account " + printable(account) + " is paused; `setclickd resume " +
                                    printable(account) + "` ends that");
    if (endpoint_->parked().reason == delivery::park_reason::paused)
        return fail(errc::busy,
                    "the endpoint is paused; start the daemon, and `setclickd resume --endpoint` "
                    "ends that");
    auto const now = std::chrono::steady_clock::now();
    // No event passes while this runs, so there is nobody to share with.
    auto const at = std::max(e.gate.next_report(now, false), endpoint_->gate().next(now));
    if (at > now) return read_turn{std::chrono::ceil<milliseconds>(at - now), false};
    e.gate.pass_report(now, false);
    endpoint_->gate().pass(now);
    if (auto saved = save(e); !saved) return saved.error();
    return read_turn{};
}

void own_gate::answered(std::string const& account, api::answer_facts const& facts,
                        steady_time begun) {
    auto const found = find(account);
    if (!found) return;
    delivery::learn_from_read((*found)->gate, std::chrono::steady_clock::now(), facts, begun, 0);
    (void)save(**found);  // a disk that failed says so at the next pass
}

}  // namespace setclick::cli
