#include "identity_judge.hpp"

#include <algorithm>

namespace setclick::ledger {

void identity_judge::add(index at, new_event const& event, std::string_view event_id) {
    auto const begin = key_text_.size();
    bool const by_content = event.identity == identity_kind::content;
    switch (event.identity) {
        case identity_kind::none:
            return;
        case identity_kind::content:
            append_content_identity(key_text_, event.content);
            break;
        case identity_kind::event_id:
            append_event_identity(key_text_, event.account, event_id);
            break;
    }
    places_.push_back({at, begin, key_text_.size(), content_part(event.content), by_content});
}

std::vector<std::string_view> const& identity_judge::keys() {
    if (keys_.size() == places_.size()) return keys_;
    // Views are taken once the text has stopped growing.
    std::string_view const text = key_text_;
    candidates_.reserve(places_.size());
    for (auto const& p : places_)
        candidates_.push_back(
            {p.at, text.substr(p.begin, p.end - p.begin), p.content, p.by_content});
    auto const by_key = [](candidate const& a, candidate const& b) {
        auto const order = a.key.compare(b.key);
        return order != 0 ? order < 0 : a.at < b.at;
    };
    if (!std::is_sorted(candidates_.begin(), candidates_.end(), by_key))
        std::sort(candidates_.begin(), candidates_.end(), by_key);
    keys_.reserve(candidates_.size());
    for (auto const& c : candidates_)
        keys_.push_back(c.key);
    return keys_;
}

/// The candidates of one key in the order of their lines: the first that may have the identity gets
/// it, all others are measured against its holder.
void identity_judge::judge_group(std::span<candidate const> group, identity_holder held,
                                 bool succeeds, std::span<judgement> out) {
    index holder_in_call = no_index;
    for (auto const& c : group) {
        bool const is_held = held.event != 0 || holder_in_call != no_index;
        bool const takes_over = holder_in_call == no_index && held.event != 0 && succeeds;
        if (!is_held || takes_over) {
            if (takes_over) successions_.push_back({held.event, c.at});
            holder_in_call = c.at;
            held = {0, c.content};
            claims_.push_back({c.at, c.key, c.content});
            continue;
        }
        bool const same = c.by_content || held.content == c.content;
        out[c.at] = {same ? verdict::duplicate : verdict::refused, held.event, holder_in_call};
    }
}

}  // namespace setclick::ledger
