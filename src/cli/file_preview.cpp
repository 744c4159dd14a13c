#include "file_preview.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <utility>

#include "setclickd/base/text.hpp"

namespace setclick::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t label_width = 13;

/// How wide a text is on a terminal: a character a column, which fits what stands in most names.
std::size_t columns_of(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

class page {
public:
    page(console const& io, std::size_t width)
        : io_(io), width_(std::max<std::size_t>(width, 40)) {}

    /// The label once, the text behind it on as many lines as it needs.
    void row(std::string_view label, std::string_view text, std::string_view how = {}) {
        io_.out << "  " << label
                << std::string(label.size() < label_width - 2 ? label_width - 2 - label.size() : 1,
                               ' ');
        wrap(text, label_width, how);
    }
    void line(std::string_view text) { io_.out << text << "\n"; }
    void item(std::string_view text, std::size_t indent) {
        io_.out << std::string(indent - 2, ' ') << "- ";
        wrap(text, indent, {});
    }
    void under(std::string_view text, std::size_t indent) {
        io_.out << std::string(indent, ' ');
        wrap(text, indent, {});
    }

private:
    void wrap(std::string_view text, std::size_t indent, std::string_view how) {
        auto const room = width_ - indent;
        for (bool is_first = true;; is_first = false) {
            if (!is_first) io_.out << std::string(indent, ' ');
            std::size_t end = text.size();
            if (columns_of(text) > room) {
                // The last blank that fits; a longer word is cut.
                std::size_t fits = 0;
                std::size_t last_blank = 0;
                for (std::size_t i = 0; i < text.size() && fits <= room; ++i) {
                    if ((static_cast<unsigned char>(text[i]) & 0xC0U) == 0x80U) continue;
                    if (text[i] == ' ') last_blank = i;
                    if (fits++ == room) {
                        end = last_blank > room / 3 ? last_blank : i;
                        break;
                    }
                }
            }
            auto const part = text.substr(0, end);
            io_.out << (how.empty() ? std::string(part) : io_.on_out(colour::yellow, part)) << "\n";
            text.remove_prefix(end);
            while (text.starts_with(' '))
                text.remove_prefix(1);
            if (text.empty()) return;
        }
    }

    console const& io_;
    std::size_t width_;
};

json::array list_of(std::vector<std::string> const& texts) {
    json::array out;
    for (auto const& text : texts)
        out.emplace_back(json::string(text));
    return out;
}

void print_columns(std::vector<csv::column_use> const& columns, page& to) {
    std::size_t longest = 6;
    for (auto const& use : columns)
        longest = std::max(longest, columns_of(printable(use.column, 30)));
    auto const padded = [&](std::string text) {
        auto const has = columns_of(text);
        return text + std::string(longest > has ? longest - has : 0, ' ');
    };
    for (auto const& use : columns) {
        auto const column =
            use.column.empty() ? std::string("(profile)") : printable(use.column, 30);
        auto text = padded(column) + "  ";
        if (use.target.empty())
            text += "(left out)";
        else
            text += use.target + (use.value.empty() ? "" : " = " + printable(use.value, 60));
        to.line("    " + text);
    }
}

}  // namespace

void file_preview::print(console const& io, std::size_t width) const {
    page to(io, width);
    to.line(file);
    if (!click_time.empty()) to.row("click_time", click_time, "yellow");
    if (!layout.empty()) to.row("table", layout);
    if (!profile.empty()) to.row("profile", profile + ", " + why);
    if (!refusal.empty()) {
        to.row("refused", refusal);
        return;
    }
    for (std::size_t i = 0; i < decisions.size(); ++i)
        to.row(i == 0 ? "decided" : "", decisions[i]);
    if (!columns.empty()) {
        to.line("  columns");
        print_columns(columns, to);
    }
    if (!first.empty()) to.line(first.size() == 1 ? "  the first event" : "  the first events");
    for (auto const& e : first) {
        to.line("    line " + grouped(e.line) + ": " + e.time +
                (e.event_id.empty() ? "" : ", " + e.event_id));
        std::array<std::pair<char const*, std::string const*>, 5> const parts{
            {{"url_parameters", &e.url_parameters},
             {"settings", &e.settings},
             {"lead", &e.lead},
             {"referrer", &e.referrer},
             {"current_url", &e.current_url}}};
        for (auto const& [name, value] : parts)
            if (!value->empty()) to.under(std::string(name) + " " + printable(*value, 1000), 6);
        if (e.microconversion) to.under("microconversion", 6);
    }
    std::string counts = counted(good, "good event");
    if (refused > 0) counts += ", " + grouped(refused) + " refused";
    if (known > 0) counts += ", " + grouped(known) + " of the good ones known already (duplicates)";
    if (skipped > 0) counts += ", " + counted(skipped, "row") + " that are no events";
    to.row("events", counts);
    for (auto const& group : reasons.sorted()) {
        to.item(grouped(group.count) + " times: " + group.reason, 6);
        for (auto const& e : group.examples)
            to.under("line " + grouped(e.line) + ": " + e.text, 8);
    }
    if (reasons.others() > 0) to.item(grouped(reasons.others()) + " for further reasons", 6);
    for (auto const& [id, account] : accounts) {
        to.row("account", printable(id) + ": " + counted(account.events, "event"));
        to.row("clicks", account.oldest + " to " + account.newest + " (" + account.zone + ")");
        to.row("delivery", account.delivery);
    }
    for (std::size_t i = 0; i < warnings.size(); ++i)
        to.row(i == 0 ? "warnings" : "", warnings[i], "yellow");
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
        events.push_back(std::move(one));
    }
    out["first_events"] = std::move(events);
    out["good"] = good;
    out["refused"] = refused;
    out["no_events"] = skipped;
    out["duplicates"] = has_ledger ? json::value(known) : json::value(nullptr);
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
