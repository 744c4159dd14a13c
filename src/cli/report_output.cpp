#include "report_output.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "option_words.hpp"
#include "setclickd/base/text.hpp"

namespace setclick::cli {
namespace {

namespace json = boost::json;
using api::report_row;

constexpr std::array<std::string_view, 4> format_names{"table", "csv", "ndjson", "json"};

struct field {
    std::string_view name;
    std::string report_row::*text;
    std::size_t width;  ///< in the table; 0: not there
};
/// In the order of the vendor's answers; the table has the columns that people look for.
constexpr std::array<field, 10> fields{{
    {"_id", &report_row::id, 0},
    {"date", &report_row::date, 10},
    {"utm_matchtype", &report_row::utm_matchtype, 0},
    {"utm_campaign", &report_row::utm_campaign, 20},
    {"utm_source", &report_row::utm_source, 16},
    {"utm_medium", &report_row::utm_medium, 16},
    {"utm_term", &report_row::utm_term, 12},
    {"country", &report_row::country, 7},
    {"country_name", &report_row::country_name, 0},
    {"label", &report_row::label, 20},
}};

std::string csv_cell(std::string_view text) {
    if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
    std::string out = "\"";
    for (char const c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    return out += '"';
}

/// How many cells a UTF-8 text takes, near enough: one for each character.
std::size_t cells(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

void append_cell(std::string& out, std::string_view text, std::size_t width, bool is_last) {
    auto const shown = text.empty() ? std::string("-") : printable(text, 60);
    out += shown;
    if (is_last) return;
    auto const taken = cells(shown);
    out.append(taken < width ? width - taken + 2 : 2, ' ');
}

std::string json_row(report_row const& row) {
    std::string out = "{";
    auto const add = [&](std::string_view name, std::string_view value) {
        if (out.size() > 1) out += ',';
        out += json::serialize(json::string_view(name.data(), name.size()));
        out += ':';
        out += value;
    };
    for (auto const& f : fields) {
        auto const& text = row.*f.text;
        add(f.name, text.empty() ? "null" : json::serialize(json::string_view(text)));
    }
    for (auto const& [name, value] : row.others)
        add(name, value);
    return out += '}';
}

json::object as_json(std::vector<reconcile::column> const& by, std::vector<std::string> const& key,
                     std::uint64_t count) {
    json::object out;
    for (std::size_t i = 0; i < by.size(); ++i)
        out[name_of(by[i])] = key[i];
    out["count"] = count;
    return out;
}

}  // namespace

std::span<std::string_view const> report_format_names() noexcept {
    return format_names;
}

result<report_format> report_format_named(std::string_view name) {
    auto const found = std::ranges::find(format_names, name);
    if (found != format_names.end())
        return static_cast<report_format>(found - format_names.begin());
    auto const near = nearest(name, format_names);
    return fail(errc::usage, "unknown format \"" + printable(name, 40) + "\"; " +
                                 (near.empty() ? "use " + alternatives(words_of(format_names))
                                               : "did you mean \"" + std::string(near) + "\"?"));
}

std::string report_output::head() const {
    std::string out;
    switch (format_) {
        case report_format::table:
            for (auto const& f : fields)
                if (f.width > 0) append_cell(out, f.name, f.width, &f == &fields.back());
            break;
        case report_format::csv:
            for (auto const& f : fields) {
                if (!out.empty()) out += ',';
                out += f.name;
            }
            break;
        case report_format::ndjson:
            return out;
        case report_format::json:
            return "[";
    }
    return out += '\n';
}

std::string report_output::rows(std::vector<report_row> const& rows) {
    std::string out;
    for (auto const& row : rows) {
        switch (format_) {
            case report_format::table:
                for (auto const& f : fields)
                    if (f.width > 0) append_cell(out, row.*f.text, f.width, &f == &fields.back());
                break;
            case report_format::csv:
                for (auto const& f : fields) {
                    if (&f != &fields.front()) out += ',';
                    out += csv_cell(row.*f.text);
                }
                break;
            case report_format::ndjson:
                out += json_row(row);
                break;
            case report_format::json:
                out += is_first_ ? "\n" : ",\n";
                out += json_row(row);
                is_first_ = false;
                continue;
        }
        out += '\n';
    }
    return out;
}

std::string report_output::foot() const {
    return format_ == report_format::json ? "\n]\n" : "";
}

std::string counts_text(reconcile::row_counts const& counts, report_format format) {
    std::string out;
    auto const& by = counts.by();
    switch (format) {
        case report_format::table:
            for (auto const c : by)
                append_cell(out, name_of(c), 20, false);
            out += "count\n";
            for (auto const& [key, n] : counts.all()) {
                for (auto const& cell : key)
                    append_cell(out, cell, 20, false);
                out += grouped(n) + "\n";
            }
            break;
        case report_format::csv:
            for (auto const c : by)
                out += std::string(name_of(c)) + ",";
            out += "count\n";
            for (auto const& [key, n] : counts.all()) {
                for (auto const& cell : key)
                    out += csv_cell(cell) + ",";
                out += std::to_string(n) + "\n";
            }
            break;
        case report_format::ndjson:
            for (auto const& [key, n] : counts.all())
                out += json::serialize(as_json(by, key, n)) + "\n";
            break;
        case report_format::json: {
            json::array all;
            for (auto const& [key, n] : counts.all())
                all.push_back(as_json(by, key, n));
            out = json::serialize(all) + "\n";
            break;
        }
    }
    return out;
}

std::string plot_text(reconcile::row_counts const& counts, std::size_t width) {
    std::vector<reconcile::bar> bars;
    for (auto const& [key, n] : counts.all()) {
        std::string name;
        for (auto const& cell : key)
            name +=
                (name.empty() ? "" : " ") + (cell.empty() ? std::string("-") : printable(cell, 60));
        bars.push_back({std::move(name), n});
    }
    std::string out;
    for (auto const& line : plotted(bars, width))
        out += line + "\n";
    return out;
}

}  // namespace setclick::cli
