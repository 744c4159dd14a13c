// Which events of an import are new, and which have been here before.
#include <algorithm>

#include "importer.hpp"
#include "setclickd/base/text.hpp"

namespace setclick::ledger {

void importer::collect_candidates() {
    // Keys lie in one text; views are taken once it has stopped growing.
    struct place {
        index at = 0;
        std::size_t begin = 0;
        std::size_t end = 0;
    };
    std::vector<place> places;
    places.reserve(events_.size());
    key_text_.reserve(events_.size() * 24);
    for (index i = 0; i < events_.size(); ++i) {
        auto const& event = event_at(i);
        auto const begin = key_text_.size();
        switch (event.identity) {
            case identity_kind::none:
                continue;
            case identity_kind::content:
                append_content_identity(key_text_, event.content);
                break;
            case identity_kind::event_id:
                append_event_identity(key_text_, event.account, chunk_of(i).text(event.event_id));
                break;
        }
        places.push_back({i, begin, key_text_.size()});
    }
    std::string_view const text = key_text_;
    candidates_.reserve(places.size());
    for (auto const& p : places)
        candidates_.push_back(
            {p.at, text.substr(p.begin, p.end - p.begin), content_part(event_at(p.at).content)});
    auto const by_key = [](candidate const& a, candidate const& b) {
        auto const order = a.key.compare(b.key);
        return order != 0 ? order < 0 : a.at < b.at;
    };
    if (!std::is_sorted(candidates_.begin(), candidates_.end(), by_key))
        std::sort(candidates_.begin(), candidates_.end(), by_key);
}

void importer::judge_identities() {
    collect_candidates();
    if (candidates_.empty()) return;
    keys_.reserve(candidates_.size());
    for (auto const& c : candidates_)
        keys_.push_back(c.key);
    lookup_ = t_.identities.find(keys_);
    for (std::size_t begin = 0; begin < candidates_.size();) {
        auto end = begin + 1;
        while (end < candidates_.size() && candidates_[end].key == candidates_[begin].key)
            ++end;
        judge_group(begin, end, lookup_.holders[begin]);
        begin = end;
    }
}

/// The candidates of one key in the order of their lines. `held.event` 0: nobody has the identity
/// yet.
void importer::judge_group(std::size_t begin, std::size_t end, identity_lookup::holder held) {
    index holder_in_call = no_index;
    for (auto i = begin; i < end; ++i) {
        auto const& c = candidates_[i];
        bool const is_held = held.event != 0 || holder_in_call != no_index;
        bool const takes_over =
            holder_in_call == no_index && held.event != 0 && may_take_over(held.event);
        if (!is_held || takes_over) {
            if (takes_over) taken_over_.push_back({held.event, c.at});
            holder_in_call = c.at;
            held = {0, c.content};
            new_identities_.push_back(c);
            continue;
        }
        bool const same =
            event_at(c.at).identity == identity_kind::content || held.content == c.content;
        if (!same) {
            refuse(c.at, held.event, holder_in_call);
            continue;
        }
        fates_[c.at] = {fate::kind::duplicate, held.event, holder_in_call};
    }
}

/// A person may mend and drop again what was rejected or discarded; and what is older than the
/// window does not count.
bool importer::may_take_over(std::uint64_t event) {
    auto const& span = t_.spans.find(event);
    switch (span.state_of(event)) {
        case event_state::rejected:
        case event_state::discarded:
            return true;
        case event_state::waiting:
        case event_state::in_flight:
        case event_state::deferred:
        case event_state::held:
            return false;
        case event_state::delivered:
            break;
    }
    auto const days = static_cast<std::int64_t>(days_kept(ledger_.options_.identity_window));
    return event < ledger_.older_than(event_no{event}.account(), days);
}

void importer::refuse(index i, std::uint64_t first, index first_in_call) {
    auto const& event = event_at(i);
    std::string where;
    if (first_in_call != no_index) {
        where = printable(name_of(chunk_of(first_in_call))) + ":" +
                std::to_string(event_at(first_in_call).line);
    } else {
        where = "event " + std::to_string(first);
        try {
            auto const file = t_.packs.find(first).file;
            where = printable(t_.files.get(file).claimed.name) + ":" +
                    std::to_string(t_.packs.line_of(first));
        } catch (failure const& f) {
            // Its record has been pruned: the number has to do.
            if (f.what_failed().code != errc::not_found) throw;
        }
    }
    fates_[i].what = fate::kind::refused;
    refusals_[i] = "event_id \"" + printable(chunk_of(i).text(event.event_id)) +
                   "\" already used by " + where + " with other content";
}

void importer::write_identities() {
    std::vector<identity_entry> entries;
    entries.reserve(new_identities_.size());
    for (auto const& c : new_identities_)
        entries.push_back({c.key, fates_[c.at].event, c.content});
    t_.identities.store(entries, keys_, lookup_);
}

/// What was rejected or discarded is kept, and may be sent again by `retry`: without this both
/// would be.
void importer::mark_superseded() {
    for (auto const& [from, by] : taken_over_) {
        auto const state = t_.spans.find(from).state_of(from);
        // Delivered, it is known for what it is; pruned, it cannot be sent again.
        if (state == event_state::delivered || !t_.packs.has(from)) continue;
        auto const excerpt = "by event " + std::to_string(fates_[by].event);
        attempt_row row;
        row.kind = attempt_kind::superseded;
        row.at = now_;
        row.state = state;
        row.counted = false;
        row.reason = "superseded";
        row.excerpt = excerpt;
        t_.attempts.add(from, row, true);
    }
}

}  // namespace setclick::ledger
