#include "setclickd/ledger/resume.hpp"

#include <utility>

#include "setclickd/ledger/store.hpp"

namespace setclick::ledger {

operation wake_deferred(account_no account, std::string who) {
    operation what;
    what.verb = operator_verb::retry;
    what.filter.account = account;
    what.filter.state = event_state::deferred;
    what.force = true;
    what.who = std::move(who);
    return what;
}

result<returned_events> return_rejected(store& ledger, std::vector<event_no> const& events,
                                        std::string const& who, cycle_request const& then) {
    returned_events out;
    for (auto const event : events) {
        operation what;
        what.verb = operator_verb::retry;
        what.who = who;
        what.filter.event = event;
        what.filter.state = event_state::rejected;
        what.force = true;
        auto slice = ledger.operate(what, {}, then.now);
        if (!slice) return slice.error();
        out.touched += slice->counts.touched;
        out.superseded += slice->counts.superseded;
        if (!slice->depths.empty()) out.depths = std::move(slice->depths);
    }
    if (auto const kept = ledger.cycle(then); !kept) return kept.error();
    return out;
}

}  // namespace setclick::ledger
