#include "setclickd/status_model/page_json.hpp"

#include <algorithm>
#include <boost/json/array.hpp>

#include "held_help.hpp"
#include "json_values.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/status_model/status_json.hpp"

namespace setclick::status_model {
namespace {

namespace json = boost::json;

constexpr std::size_t most_reasons = 5;
constexpr std::size_t longest_name = 400;

json::value text_or_null(std::string const& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

/// Both kinds together, the most frequent first.
json::array reasons_of(file_report const& f, std::uint64_t& counted) {
    struct entry {
        char const* by;
        std::string const* reason;
        std::uint64_t count;
    };
    std::vector<entry> all;
    for (auto const& [reason, count] : f.refused_reasons)
        all.push_back({"line", &reason, count});
    for (auto const& [reason, count] : f.rejected_reasons)
        all.push_back({"server", &reason, count});
    std::stable_sort(all.begin(), all.end(),
                     [](auto const& a, auto const& b) { return a.count > b.count; });
    if (all.size() > most_reasons) all.resize(most_reasons);
    json::array out;
    for (auto const& e : all) {
        counted += e.count;
        out.push_back({{"by", e.by}, {"reason", printable(*e.reason, 320)}, {"count", e.count}});
    }
    return out;
}

/// Only what can be typed as it stands there.
json::value command_of(file_report const& f) {
    auto const name = shell_word(f.name);
    return name ? json::value("setclickd list --file " + *name + " --counts") : json::value();
}

json::object to_json(held_report const& h) {
    json::array reasons;
    for (auto const& [reason, count] : h.reasons)
        reasons.push_back({{"reason", printable(reason)}, {"count", count}});
    json::array commands;
    for (auto const& c : commands_for(h))
        commands.push_back({{"command", c.command}, {"does", c.does}});
    json::object out{{"account", printable(h.account)},
                     {"kind", h.is_undecided ? "in_doubt" : "held"},
                     {"class", name_of(h.why)},
                     {"count", h.count}};
    out["oldest_since"] = time_or_null(h.oldest_since);
    out["reasons"] = std::move(reasons);
    out["text"] = text_of(h);
    out["commands"] = std::move(commands);
    out["is_cut"] = h.is_cut;
    return out;
}

json::array numbers_of(ledger::history_counts const& counts) {
    json::array out;
    for (auto const member : ledger::history_members)
        out.push_back(counts.*member);
    return out;
}

json::object to_json(history_plot const& plot) {
    json::array rows;
    for (auto const& [index, counts] : plot.rows) {
        json::array row{index};
        for (auto const member : ledger::history_members)
            row.push_back(counts.*member);
        rows.push_back(std::move(row));
    }
    return {{"from", plot.from},
            {"slot_seconds", plot.slot.count()},
            {"slots", plot.slots},
            {"rows", std::move(rows)}};
}

json::object to_json(history_report const& h) {
    return {{"fields", {"delivered", "rejected", "deferred", "in_doubt", "duplicate", "discarded"}},
            {"since", time_or_null(h.since)},
            {"day", to_json(h.day)},
            {"month", to_json(h.month)},
            {"later", numbers_of(h.later)}};
}

}  // namespace

std::string_view name_of(file_stage stage) noexcept {
    switch (stage) {
        case file_stage::importing:
            return "importing";
        case file_stage::open:
            return "open";
        case file_stage::complete:
            return "complete";
        case file_stage::done:
            return "done";
        case file_stage::given_up:
            return "given up";
    }
    return "";
}

std::string_view name_of(file_place place) noexcept {
    switch (place) {
        case file_place::work:
            return "work";
        case file_place::done:
            return "done";
        case file_place::removed:
            return "removed";
        case file_place::missing:
            return "missing";
    }
    return "";
}

json::object to_json(file_report const& f) {
    std::uint64_t counted = 0;
    auto reasons = reasons_of(f, counted);
    json::object out{{"no", f.no}, {"name", printable(f.name, longest_name)}};
    out["taken_at"] = time_or_null(f.taken_at);
    out["finished_at"] = time_or_null(f.finished_at);
    out["state"] = name_of(f.stage);
    out["place"] = name_of(f.place);
    out["path"] = text_or_null(printable(f.path, longest_name + 100));
    out["bytes"] = f.bytes;
    out["read_bytes"] = f.read_bytes;
    out["lines"] = f.lines();
    out["events"] = {{"waiting", f.waiting},     {"held", f.held},
                     {"delivered", f.delivered}, {"rejected", f.rejected()},
                     {"duplicate", f.duplicate}, {"discarded", f.discarded}};
    out["refused_on_reading"] = f.refused_on_reading;
    out["rejected_by_server"] = f.rejected_by_server;
    out["reasons"] = std::move(reasons);
    out["reasons_other"] = f.rejected() - std::min(counted, f.rejected());
    out["command"] = command_of(f);
    return out;
}

json::object page_json(page_report const& page) {
    json::array files;
    for (auto const& f : page.recent_files)
        files.push_back(to_json(f));
    json::array held;
    for (auto const& h : page.held)
        held.push_back(to_json(h));
    json::object out{{"status", to_json(page.status)}};
    out["history"] = page.history ? json::value(to_json(*page.history)) : json::value();
    out["recent_files"] = std::move(files);
    out["held"] = std::move(held);
    return out;
}

}  // namespace setclick::status_model
