#include "preview_page.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "setclickd/base/text.hpp"
#include "text_columns.hpp"

namespace setclick::cli {
namespace {

constexpr std::size_t label_width = 14;
constexpr std::size_t most_lines = 1000;

class page {
public:
    page(console const& io, std::size_t width)
        : io_(io), width_(std::max<std::size_t>(width, 40)) {}

    void line(std::string_view text) { io_.out << text << "\n"; }

    /// The label once, the text beside it on as many lines as it needs.
    void row(std::string_view label, std::string_view text, bool is_warning = false) {
        auto front = cell(label, label_width - 2, glyphs::text);
        put("  " + front, text, label_width, is_warning);
    }
    void item(std::string_view text) { put("    - ", text, 6, false); }
    void under(std::string_view text, std::size_t indent) {
        put(std::string(indent, ' '), text, indent, false);
    }

private:
    void put(std::string front, std::string_view text, std::size_t indent, bool is_warning) {
        for (auto const& part : lines_of(text, width_ - indent, most_lines, glyphs::text)) {
            io_.out << front << (is_warning ? io_.on_out(colour::yellow, part) : part) << "\n";
            front.assign(indent, ' ');
        }
    }

    console const& io_;
    std::size_t width_;
};

bool is_left_out(csv::column_use const& use) {
    return use.target.empty();
}

void print_columns(std::vector<csv::column_use> const& columns, std::size_t width, page& to) {
    constexpr std::size_t most = 30;
    constexpr std::size_t most_left_out = 12;  // an export of a CRM may have hundreds
    std::size_t longest = 9;
    for (auto const& use : columns)
        longest = std::max(longest, columns_of(printable(use.column, 200)));
    longest = std::min({longest, most, width / 2});
    auto const left_out = static_cast<std::size_t>(std::ranges::count_if(columns, is_left_out));
    bool const are_many = left_out > most_left_out;
    to.line("  columns");
    std::string others;
    for (auto const& use : columns) {
        auto const column =
            use.column.empty() ? std::string("(profile)") : printable(use.column, 200);
        if (are_many && is_left_out(use)) {
            others += (others.empty() ? "" : ", ") + column;
            continue;
        }
        std::string becomes = use.target.empty() ? "(left out)" : use.target;
        if (!use.value.empty()) becomes += " = " + printable(use.value, 200);
        to.line("    " + cell(column, longest, glyphs::text) + "  " +
                fitted(becomes, width - 6 - longest, glyphs::text));
    }
    if (are_many)
        to.under(grouped(left_out) + " others are left out: " + printable(others, 400), 4);
}

void print_first(std::vector<previewed_event> const& first, page& to) {
    if (first.empty()) return;
    to.under(first.size() == 1 ? "the first event, as it will be posted"
                               : "the first events, as they will be posted",
             2);
    for (auto const& e : first) {
        to.under("line " + grouped(e.line) + ": " + e.time +
                     (e.event_id.empty() ? "" : ", event_id " + e.event_id),
                 4);
        for (auto const& [name, value] : e.posted)
            to.under(name + "=" + printable(value, 1000), 6);
    }
}

void print_counts(file_preview const& p, page& to) {
    std::string counts = counted(p.good, "good event");
    if (p.refused > 0) counts += ", " + grouped(p.refused) + " refused";
    if (p.known > 0)
        counts += ", " + grouped(p.known) + " of the good ones known already (duplicates)";
    if (p.twice > 0)
        counts += ", " + grouped(p.twice) + " that " + (p.twice == 1 ? "stands" : "stand") +
                  " in the file twice (the first: line " + grouped(p.first_twice) +
                  ", the same as line " + grouped(p.first_twice_of) + ")";
    if (p.skipped > 0)
        counts += ", " + counted(p.skipped, "row") +
                  (p.skipped == 1 ? " that is no event" : " that are no events") +
                  " (the first: line " + grouped(p.first_skipped) + ")";
    to.row("events", counts);
    for (auto const& group : p.reasons.sorted()) {
        if (group.count == 1) {
            auto const& only = group.examples.front();
            to.item("line " + grouped(only.line) + ": " + only.text);
            continue;
        }
        to.item(grouped(group.count) + " rows: " + group.reason);
        for (auto const& e : group.examples)
            to.under("line " + grouped(e.line) + ": " + e.text, 8);
    }
    if (p.reasons.others() > 0)
        to.item(counted(p.reasons.others(), "row") + " more, for further reasons");
}

}  // namespace

void print_preview(file_preview const& p, console const& io, std::size_t width) {
    page to(io, width);
    to.line(p.file);
    if (!p.click_time.empty()) {
        std::string_view what = p.click_time;
        constexpr std::string_view again = "click_time is ";
        if (what.starts_with(again)) what.remove_prefix(again.size());
        to.row("click_time", what, true);
    }
    if (!p.layout.empty()) to.row("table", p.layout);
    if (!p.profile.empty()) to.row("profile", p.profile + ", " + p.why);
    if (!p.refusal.empty()) {
        to.row("refused", p.refusal, true);
        return;
    }
    for (std::size_t i = 0; i < p.decisions.size(); ++i)
        to.row(i == 0 ? "decided" : "", p.decisions[i]);
    if (!p.columns.empty()) {
        print_columns(p.columns, width, to);
        to.row("UTMs", utm_origin(p.columns));
    }
    print_first(p.first, to);
    print_counts(p, to);
    for (auto const& [id, account] : p.accounts) {
        to.row("account", printable(id) + ": " + counted(account.events, "event"));
        to.row("clicks", account.oldest + " to " + account.newest + " (" + account.zone + ")");
        to.row("delivery", account.delivery);
    }
    if (!p.blindness.empty())
        to.row("duplicates", "what was delivered before cannot be looked up: " + p.blindness);
    for (std::size_t i = 0; i < p.warnings.size(); ++i)
        to.row(i == 0 ? "warnings" : "", p.warnings[i], true);
}

}  // namespace setclick::cli
