// An account's gate for a command that reads while the daemon does not run: what the daemon left in
// the ledger goes on here, and the daemon goes on where this ends.
//
// Promise: what passes is durable before `pass` returns (with a ledger); a pause holds, the
// account's and the endpoint's. Never touches anything else of their state.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "setclickd/api/verdict.hpp"
#include "setclickd/control/messages.hpp"
#include "setclickd/delivery/account_state.hpp"
#include "setclickd/delivery/endpoint_control.hpp"
#include "setclickd/ledger/store.hpp"
#include "setclickd/settings/settings.hpp"

namespace setclick::operations {

class offline_gate {
public:
    /// Without a ledger the gate lasts as long as this object.
    offline_gate(settings::settings const& s, ledger::store* ledger)
        : settings_(s), ledger_(ledger) {}

    result<control::read_permit> pass(std::string const& account);
    void answered(std::string const& account, api::answer_facts const& facts, steady_time begun);

private:
    struct entry {
        account_no no{};
        delivery::account_state state;
        delivery::gate gate;
    };
    result<entry*> find(std::string const& account);
    result<void> load_endpoint();
    result<void> save(entry& e);

    settings::settings const& settings_;
    ledger::store* ledger_;
    std::map<std::string, entry> entries_;
    std::optional<delivery::endpoint_control> endpoint_;  ///< the endpoint's common gate and park
};

}  // namespace setclick::operations
