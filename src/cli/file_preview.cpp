#include "file_preview.hpp"

#include <boost/json/array.hpp>
#include <utility>

#include "setclickd/base/text.hpp"

namespace setclick::cli {
namespace {

namespace json = boost::json;

json::array list_of(std::vector<std::string> const& texts) {
    json::array out;
    for (auto const& text : texts)
        out.emplace_back(json::string(text));
    return out;
}

}  // namespace

std::string utm_origin(std::vector<csv::column_use> const& columns) {
    std::string from_columns;
    std::string given;
    for (auto const& use : columns) {
        if (!use.target.starts_with("utm_")) continue;
        if (use.column.empty())
            given += (given.empty() ? "" : ", ") + use.target + " = " + printable(use.value, 60);
        else
            from_columns +=
                (from_columns.empty() ? "" : ", ") + ("\"" + printable(use.column, 60) + "\"");
    }
    std::string out;
    if (!from_columns.empty()) out = "from the columns " + from_columns;
    if (!given.empty())
        out += (out.empty() ? "" : "; ") + given + ": of the profile, the same in each row";
    return out;
}

boost::json::object file_preview::json() const {
    json::object out{{"file", file}};
    out["refusal"] = refusal.empty() ? json::value(nullptr) : json::value(refusal);
    out["layout"] = layout;
    out["profile"] = profile.empty() ? json::value(nullptr) : json::value(profile);
    out["profile_chosen"] = why;
    out["click_time"] = click_time;
    json::array uses;
    for (auto const& use : columns) {
        json::object one{
            {"column",
             use.column.empty() ? json::value(nullptr) : json::value(printable(use.column, 200))},
            {"field", use.target.empty() ? json::value(nullptr) : json::value(use.target)}};
        if (!use.value.empty()) one["value"] = use.value;
        uses.push_back(std::move(one));
    }
    out["columns"] = std::move(uses);
    out["utm"] = utm_origin(columns);
    out["decided"] = list_of(decisions);
    json::array events;
    for (auto const& e : first) {
        json::object one{{"line", e.line},
                         {"account", printable(e.account)},
                         {"event_id", e.event_id},
                         {"click_time", e.time}};
        one["url_parameters"] = e.url_parameters;
        one["settings"] = e.settings;
        one["lead"] = e.lead;
        one["referrer"] = e.referrer;
        one["current_url"] = e.current_url;
        one["microconversion"] = e.microconversion;
        json::object posted;
        for (auto const& [name, value] : e.posted)
            posted[name] = value;
        one["posted"] = std::move(posted);
        events.push_back(std::move(one));
    }
    out["first_events"] = std::move(events);
    out["good"] = good;
    out["refused"] = refused;
    out["no_events"] = skipped;
    out["duplicates"] = has_ledger ? json::value(known) : json::value(nullptr);
    out["duplicates_in_file"] = twice;
    json::array groups;
    for (auto const& group : reasons.sorted()) {
        json::array examples;
        for (auto const& e : group.examples)
            examples.push_back({{"line", e.line}, {"finding", e.text}});
        groups.push_back(
            {{"reason", group.reason}, {"count", group.count}, {"examples", std::move(examples)}});
    }
    out["reasons"] = std::move(groups);
    json::array of_accounts;
    for (auto const& [id, account] : accounts)
        of_accounts.push_back({{"id", printable(id)},
                               {"events", account.events},
                               {"oldest_click", account.oldest},
                               {"newest_click", account.newest},
                               {"time_zone", account.zone},
                               {"delivery", account.delivery}});
    out["accounts"] = std::move(of_accounts);
    out["warnings"] = list_of(warnings);
    return out;
}

}  // namespace setclick::cli
