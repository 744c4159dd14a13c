#include "reconcile_text.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>

#include "console.hpp"
#include "setclickd/base/text.hpp"

namespace setclick::cli {
namespace {

namespace json = boost::json;
using reconcile::day_text;
using reconcile::decision;
using reconcile::tuple_finding;

constexpr std::array<std::string_view, 10> headings{"day",      "label",     "source",   "medium",
                                                    "campaign", "delivered", "recorded", "pending",
                                                    "in doubt", "finding"};
using line = std::array<std::string, headings.size()>;

/// Whether a person has to hear of it.
bool is_worth_a_line(tuple_finding const& t) {
    return !t.agrees() || t.decided != decision::none;
}

std::string finding_text(tuple_finding const& t) {
    std::string out;
    auto const add = [&](std::string const& what) { out += (out.empty() ? "" : ", ") + what; };
    if (t.missing > 0) add(grouped(t.missing) + " missing");
    if (t.surplus > 0) add(grouped(t.surplus) + " surplus");
    if (t.ambiguous > 0) add(grouped(t.ambiguous) + " ambiguous");
    if (t.decided == decision::release) add(grouped(t.held.size()) + " held, not recorded");
    if (t.decided == decision::confirm) add(grouped(t.held.size()) + " held, recorded");
    return out;
}

line line_of(tuple_finding const& t) {
    auto const shown = [](std::string const& text) {
        return text.empty() ? std::string("-") : printable(text, 40);
    };
    auto campaign = shown(t.what.campaign);
    if (!t.what.term.empty()) campaign += " / " + printable(t.what.term, 40);
    return {day_text(t.on),    shown(t.what.label),  shown(t.what.source), shown(t.what.medium),
            campaign,          grouped(t.delivered), grouped(t.recorded),  grouped(t.pending),
            grouped(t.doubts), finding_text(t)};
}

std::string table_of(std::vector<line> const& lines) {
    std::array<std::size_t, headings.size()> widths{};
    for (std::size_t i = 0; i < headings.size(); ++i) {
        widths[i] = headings[i].size();
        for (auto const& l : lines)
            widths[i] = std::max(widths[i], l[i].size());
    }
    std::string out;
    auto const append = [&](auto const& cells) {
        for (std::size_t i = 0; i < headings.size(); ++i) {
            std::string cell(cells[i]);
            if (i + 1 < headings.size()) cell.resize(widths[i] + 2, ' ');
            out += cell;
        }
        out += '\n';
    };
    append(headings);
    for (auto const& l : lines)
        append(l);
    return out += '\n';
}

std::string_view name_of(decision d) {
    switch (d) {
        case decision::none:
            return "none";
        case decision::release:
            return "release";
        case decision::confirm:
            return "confirm";
    }
    return "none";
}

json::value text_or_null(std::string const& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

json::object tuple_json(tuple_finding const& t) {
    json::object out{{"day", day_text(t.on)},
                     {"label", text_or_null(t.what.label)},
                     {"utm_source", text_or_null(t.what.source)},
                     {"utm_medium", text_or_null(t.what.medium)},
                     {"utm_campaign", text_or_null(t.what.campaign)},
                     {"utm_term", text_or_null(t.what.term)},
                     {"utm_matchtype", text_or_null(t.what.matchtype)},
                     {"delivered", t.delivered},
                     {"recorded", t.recorded},
                     {"pending", t.pending},
                     {"in_doubt", t.doubts},
                     {"confirmed", t.confirmed},
                     {"missing", t.missing},
                     {"surplus", t.surplus},
                     {"ambiguous", t.ambiguous},
                     {"decision", name_of(t.decided)}};
    json::array held;
    for (auto const no : t.held)
        held.push_back(no.value);
    out["held"] = std::move(held);
    return out;
}

}  // namespace

std::string reconciliation_text(readback::reconciliation const& r, settings::settings const& s) {
    auto const& v = r.verdict;
    std::vector<line> lines;
    for (auto const& t : v.tuples)
        if (is_worth_a_line(t)) lines.push_back(line_of(t));
    std::string out;
    if (!lines.empty()) out += table_of(lines);
    out += "account       " + printable(r.account) + "\ndays          " + day_text(r.range.first) +
           " to " + day_text(r.range.last) + ", of the " + s.reconcile.day + ", " +
           printable(s.reconcile.time_zone) + "\n";
    out += "delivered     " + grouped(v.delivered) + ", and " + grouped(v.pending) +
           " pending (younger than " + duration_text(s.reconcile.delay) + ", or on their way)\n";
    out += "recorded      " + grouped(v.recorded) + " with the labels that are judged; " +
           grouped(v.shared_recorded) + " shared with the website, not judged\n";
    if (v.shared_delivered > 0)
        out += "shared        " + grouped(v.shared_delivered) +
               " of ours have a label that is not in reconcile.labels\n";
    out +=
        "result        " + readback::outcome_text(v) + ", " + grouped(v.confirmed) + " confirmed\n";
    if (v.day_shifted > 0)
        out += "              " + grouped(v.day_shifted) +
               " may stand on the day beside theirs: are reconcile.day and reconcile.time_zone the "
               "vendor's?\n";
    if (v.to_release + v.to_confirm > 0)
        out += "in doubt      " + grouped(v.to_release) + " held events were not recorded, " +
               grouped(v.to_confirm) + " were; --resolve --dry-run shows what would be done\n";
    if (v.missing > 0)
        out +=
            "              nothing is sent again by itself; `setclickd list` and `retry --force` "
            "are yours\n";
    return out;
}

json::object reconciliation_json(readback::reconciliation const& r) {
    auto const& v = r.verdict;
    json::array tuples;
    for (auto const& t : v.tuples)
        if (is_worth_a_line(t)) tuples.push_back(tuple_json(t));
    json::object out{{"account", r.account}};
    for (auto& member : readback::verdict_counts(r))
        out.insert(std::move(member));
    out["day_shifted"] = v.day_shifted;
    out["shared_delivered"] = v.shared_delivered;
    out["shared_recorded"] = v.shared_recorded;
    out["report_rows"] = r.report_rows;
    out["tuples"] = std::move(tuples);
    return out;
}

}  // namespace setclick::cli
