#include <string_view>
#include <unordered_map>
#include <utility>

#include "setclickd/status_model/page.hpp"

namespace setclick::status_model {

page_report with_last_counts(page_report now, page_report const& before) {
    auto const& old = before.status;
    if (now.status.ledger_fault.empty() || !old.has_ledger) return now;
    auto& s = now.status;
    s.counted_at = old.counted_at.value_or(old.now);
    s.has_ledger = true;
    s.events = old.events;
    s.in_doubt_ever = old.in_doubt_ever;
    s.refused_without_account = old.refused_without_account;
    s.starts = old.starts;
    s.files_open = old.files_open;
    s.last_file = old.last_file;
    s.oldest_waiting = old.oldest_waiting;
    s.last_success = old.last_success;
    s.cluster = old.cluster;
    std::unordered_map<std::string_view, account_report const*> known;
    for (auto const& a : old.accounts)
        known.emplace(a.id, &a);
    for (auto& a : s.accounts) {
        auto const found = known.find(a.id);
        if (found == known.end()) continue;
        auto const& was = *found->second;
        a.events = was.events;
        a.refused_lines = was.refused_lines;
        a.taken_back = was.taken_back;
        a.in_doubt_ever = was.in_doubt_ever;
        a.last_success = was.last_success;
        a.oldest_waiting = was.oldest_waiting;
        a.next_due = was.next_due;
        a.reconciled = was.reconciled;
        a.owner = was.owner;
        a.drain_eta.reset();
        known.erase(found);
    }
    // Of accounts that no configuration names only the ledger knows.
    for (auto const& a : old.accounts)
        if (known.contains(a.id) && !a.is_configured) s.accounts.push_back(a);
    s.drain_eta.reset();
    now.history = before.history;
    now.recent_files = before.recent_files;
    now.held = before.held;
    return now;
}

}  // namespace setclick::status_model
