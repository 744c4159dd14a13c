#include "offline_gate.hpp"

#include <algorithm>

#include "setclickd/base/clock.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/delivery/read_answer.hpp"
#include "setclickd/ledger/reader.hpp"
#include "setclickd/setup/accounts.hpp"
#include "setclickd/setup/ledger.hpp"

namespace setclick::operations {
result<offline_gate::entry*> offline_gate::find(std::string const& account) {
    if (auto const known = entries_.find(account); known != entries_.end()) return &known->second;
    auto const configured =
        std::ranges::find(settings_.accounts, account, &settings::account_settings::id);
    if (configured == settings_.accounts.end())
        return fail(errc::usage, "the configuration names no account " + printable(account));
    entry e;
    e.gate = delivery::gate(setup::account_settings_of(settings_, *configured).gate);
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

result<void> offline_gate::load_endpoint() {
    if (endpoint_) return {};
    delivery::endpoint_control endpoint(setup::endpoint_settings_of(settings_));
    if (ledger_ != nullptr) {
        auto opened = ledger::reader::open(setup::ledger_place_of(settings_));
        if (!opened) return opened.error();
        auto* const from = opened->get();
        auto const note = from->endpoint_note();
        if (!note) return note.error();
        auto const state = delivery::endpoint_state_from_text(*note);
        if (!state) return state.error();
        endpoint.load(*state, std::chrono::steady_clock::now(), wall_now());
    }
    endpoint_.emplace(std::move(endpoint));
    return {};
}

result<void> offline_gate::save(entry& e) {
    if (ledger_ == nullptr) return {};
    auto const now = std::chrono::steady_clock::now();
    ledger::cycle_request request;
    request.now = wall_now();
    e.state.gate = e.gate.save(now, request.now);
    request.notes.push_back({e.no, to_text(e.state)});
    if (!endpoint_->gate().is_free())
        request.notes.push_back(
            {ledger::endpoint_account, to_text(endpoint_->save(now, request.now))});
    if (auto done = ledger_->cycle(request); !done) return done.error();
    return {};
}

result<control::read_permit> offline_gate::pass(std::string const& account) {
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
    if (at > now) return control::read_permit{std::chrono::ceil<milliseconds>(at - now), false};
    e.gate.pass_report(now, false);
    endpoint_->gate().pass(now);
    if (auto saved = save(e); !saved) return saved.error();
    return control::read_permit{};
}

void offline_gate::answered(std::string const& account, api::answer_facts const& facts,
                            steady_time begun) {
    auto const found = find(account);
    if (!found) return;
    delivery::learn_from_read((*found)->gate, std::chrono::steady_clock::now(), facts, begun, 0);
    (void)save(**found);  // a disk that failed fails the next pass, too
}

}  // namespace setclick::operations
