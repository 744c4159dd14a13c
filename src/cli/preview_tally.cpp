#include "preview_tally.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "console.hpp"
#include "posted_form.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/delivery/forecast.hpp"
#include "setclickd/event/reader.hpp"
#include "setclickd/setup/accounts.hpp"

namespace setclick::cli {
namespace {

constexpr milliseconds old_click = std::chrono::hours{24 * 90};

}  // namespace

void preview_tally::take(event::read_piece const& read, file_preview& out) {
    auto const line = read.from.line;
    if (read.from.is_remark) {
        if (out.skipped++ == 0) out.first_skipped = line;
        // Of a table they are its footers, which are counted.
        if (!out.is_table) remarks_.add(event::remark_kind::layout, line);
        return;
    }
    note(line, read);
    if (!read.is_accepted()) {
        ++out.refused;
        out.reasons.add(line, read.refusal);
        return;
    }
    auto const& value = read.event->value;
    auto const known = judge(*read.event, line, out);
    if (known == known_events::kind::other_content) return;
    bool const fresh = known == known_events::kind::is_new;
    clicked(value, line, fresh);
    if (fresh && out.first.size() < first_events) show(line, value, out);
}

known_events::kind preview_tally::judge(event::outcome const& e, std::uint64_t line,
                                        file_preview& out) {
    auto const known = known_.of(e, line);
    switch (known.what) {
        case known_events::kind::is_new:
            break;
        case known_events::kind::duplicate:
            if (known.line == 0) {
                ++out.known;
            } else if (out.twice++ == 0) {
                out.first_twice = line;
                out.first_twice_of = known.line;
            }
            break;
        case known_events::kind::other_content:
            ++out.refused;
            out.reasons.add(line, known_events::refusal_of(e, known));
            return known.what;
    }
    ++out.good;
    return known.what;
}

void preview_tally::clicked(event::view const& value, std::uint64_t line, bool is_fresh) {
    remarks_.clicked(value.click_time, line, now_, s_.warn_older);
    if (now_ - from_ms(value.click_time) > old_click && old_++ == 0) first_old_ = line;
    auto at = accounts_.find(value.account_id);
    if (at == accounts_.end())
        at = accounts_
                 .emplace(std::string(value.account_id),
                          clicks{value.click_time, value.click_time, 0, 0})
                 .first;
    auto& account = at->second;
    account.oldest = std::min(account.oldest, value.click_time);
    account.newest = std::max(account.newest, value.click_time);
    ++account.events;
    if (is_fresh) ++account.fresh;
}

void preview_tally::note(std::uint64_t line, event::read_piece const& read) {
    if (!read.note.empty())
        notes_.add(line, read.note);
    else if (read.event != nullptr && !read.event->warnings.empty())
        notes_.add(line, event::findings_text(read.event->warnings));
}

void preview_tally::show(std::uint64_t line, event::view const& value, file_preview& out) {
    previewed_event e;
    e.line = line;
    e.account = value.account_id;
    if (!value.event_id.empty()) e.event_id = shown_value(value.event_id, 60);
    auto& there = zones_.of(value.account_id);
    e.time = there.text_of(from_ms(value.click_time)) + " " + there.name();
    e.posted = posted_form(s_.dialect, value, reveal_);
    e.settings = reveal_ ? std::string(value.settings) : masked_json(value.settings);
    e.lead = reveal_ ? std::string(value.lead) : masked_json(value.lead);
    e.url_parameters = value.url_parameters;
    e.referrer = value.referrer;
    e.current_url = value.current_url;
    e.microconversion = value.microconversion;
    out.first.push_back(std::move(e));
}

void preview_tally::finish(file_preview& out) {
    for (auto const& [id, met] : accounts_) {
        account_preview a;
        auto& there = zones_.of(id);
        a.events = met.events;
        a.zone = there.name();
        a.oldest = there.text_of(from_ms(met.oldest));
        a.newest = there.text_of(from_ms(met.newest));
        a.delivery = "nothing: all of it is known already";
        for (auto const& account : s_.accounts)
            if (account.id == id && met.fresh > 0)
                a.delivery = delivery::drain_text(met.fresh, setup::effective_rate(s_, account));
        out.accounts.emplace(id, std::move(a));
    }
    if (old_ > 0)
        out.warnings.push_back(counted(old_, "click") + " older than 90 days (the first in line " +
                               grouped(first_old_) +
                               "): is it the right column, and the right year?");
    if (!remarks_.empty()) out.warnings.push_back(remarks_.text());
    for (auto const& group : notes_.sorted()) {
        auto const& first = group.examples.front();
        out.warnings.push_back(group.count == 1
                                   ? "line " + grouped(first.line) + ": " + first.text
                                   : grouped(group.count) + " rows, the first in line " +
                                         grouped(first.line) + ": " + group.reason);
    }
    if (known_.forgot())
        out.warnings.push_back("rows that stand twice were looked for among the first " +
                               grouped(known_events::most) + " only");
}

}  // namespace setclick::cli
