#include "head.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "footer.hpp"
#include "row_scan.hpp"
#include "setclickd/base/ascii.hpp"

namespace setclick::csv {
namespace {

/// Rows that hold something, of which the header is one.
constexpr std::size_t most_rows = 60;

std::string_view trimmed_cell(std::string_view text) noexcept {
    return trimmed(text, white_space);
}

std::string shown(char separator) {
    return separator == '\t' ? "a tab" : "'" + std::string(1, separator) + "'";
}

/// A line's length without its end, and with it.
std::pair<std::size_t, std::size_t> line_at_front(std::string_view text) noexcept {
    auto const end = text.find_first_of("\r\n");
    if (end == std::string_view::npos) return {text.size(), text.size()};
    bool const is_two = text[end] == '\r' && end + 1 < text.size() && text[end + 1] == '\n';
    return {end, end + (is_two ? 2 : 1)};
}

/// "sep=;": its sign; 0 where the line is something else.
char named_separator(std::string_view line) noexcept {
    auto text = trimmed_cell(line);
    // A tab is trimmed away.
    if (equals_ignoring_case(text, "sep=") && line.find('\t') != std::string_view::npos)
        return '\t';
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
        text = text.substr(1, text.size() - 2);
    if (!starts_with_ignoring_case(text, "sep=") || text.size() < 5) return 0;
    char const sign = text[4];
    bool const is_sign = sign == '\t' || (sign >= '!' && sign <= '~' && sign != '"' &&
                                          !(lower(sign) >= 'a' && lower(sign) <= 'z') &&
                                          !(sign >= '0' && sign <= '9'));
    // Other programs pad the line: "sep=;;;".
    return is_sign && text.find_first_not_of(sign, 5) == std::string_view::npos ? sign : '\0';
}

/// One row of the head as one separator makes it.
struct head_row {
    std::size_t at = 0;
    std::size_t end = 0;
    std::uint64_t line = 0;
    std::uint64_t next_line = 0;
    std::size_t cells = 0;   ///< empty ones at its end not counted
    std::size_t filled = 0;  ///< that hold something
    std::size_t known = 0;
    bool is_remark = false;  ///< "# …", "Parameters:…"
};

bool is_remark(std::span<std::string_view const> cells, std::size_t filled) noexcept {
    if (cells.empty()) return false;
    auto const first = trimmed_cell(cells.front());
    if (starts_with_ignoring_case(first, "parameters:") || first.starts_with("###")) return true;
    return first.starts_with('#') && (filled == 1 || first.starts_with("# "));
}

/// How one separator reads the head.
struct reading {
    char separator = ',';
    std::vector<head_row> rows;
    std::optional<std::size_t> header;  ///< its row
    std::size_t known = 0;
    bool is_table = false;  ///< most rows are as long as the header, which is more than one cell
    std::uint64_t broken_line = 0;  ///< the first row whose quotes are broken; 0: none
};

void read_rows(reading& to, std::string_view text, std::size_t at, std::uint64_t line, bool is_all,
               values_survey const& values) {
    row_scan scan(to.separator);
    auto passed_over = values.skip_rows();
    while (at < text.size() && to.rows.size() < most_rows) {
        auto const seen = scan.look(text.substr(at), is_all);
        if (!seen.is_whole) break;
        bool const is_broken =
            seen.fault == row_fault::unclosed_quote || seen.fault == row_fault::after_quote;
        head_row row;
        row.at = at;
        row.line = line;
        auto const next = is_broken ? line_at_front(text.substr(at)).second : seen.end;
        row.end = at + next;
        line += is_broken ? 1 : seen.lines;
        row.next_line = line;
        at = row.end;
        if (is_broken) {
            if (to.broken_line == 0) to.broken_line = row.line;
            continue;
        }
        if (passed_over > 0) {
            --passed_over;
            continue;
        }
        auto const cells = scan.cells();
        for (std::size_t i = 0; i < cells.size(); ++i) {
            if (trimmed_cell(cells[i]).empty()) continue;
            ++row.filled;
            row.cells = i + 1;
        }
        if (row.filled == 0) continue;
        row.is_remark = is_remark(cells, row.filled);
        if (!row.is_remark) row.known = values.known_names(cells);
        to.rows.push_back(row);
    }
}

/// The length of most rows from `first` on.
std::size_t usual_length(std::vector<head_row> const& rows) {
    std::map<std::size_t, std::size_t> counts;
    std::size_t best = 0;
    for (auto const& row : rows) {
        if (row.is_remark) continue;
        auto const n = ++counts[row.cells];
        if (n > counts[best] || (n == counts[best] && row.cells > best)) best = row.cells;
    }
    return best;
}

void find_header(reading& r) {
    for (std::size_t i = 0; i < r.rows.size(); ++i)
        if (r.rows[i].known > r.known) {
            r.known = r.rows[i].known;
            r.header = i;
        }
    if (!r.header) {
        auto const usual = usual_length(r.rows);
        for (std::size_t i = 0; i < r.rows.size() && !r.header; ++i)
            if (!r.rows[i].is_remark && r.rows[i].filled == r.rows[i].cells &&
                r.rows[i].cells >= usual)
                r.header = i;
        for (std::size_t i = 0; i < r.rows.size() && !r.header; ++i)
            if (!r.rows[i].is_remark && r.rows[i].cells >= usual) r.header = i;
    }
    if (!r.header) return;
    auto const& header = r.rows[*r.header];
    std::size_t others = 0;
    std::size_t alike = 0;
    for (auto i = *r.header + 1; i < r.rows.size(); ++i) {
        ++others;
        if (r.rows[i].cells > 1 && r.rows[i].cells <= header.cells) ++alike;
    }
    r.is_table = header.cells > 1 && (others == 0 || alike * 2 > others);
}

std::string both_readings(reading const& a, reading const& b) {
    auto const one = [](reading const& r) {
        return shown(r.separator) + " makes " + std::to_string(r.rows[*r.header].cells) +
               " columns of its line " + std::to_string(r.rows[*r.header].line);
    };
    return "which sign separates the cells cannot be told: " + one(a) + ", and " + one(b) +
           "; a first line sep=; (or sep=,) decides it";
}

/// The one that counts; nothing with `refusal` where two are as good, or there is none.
reading const* choose(std::vector<reading> const& all, std::string& refusal) {
    std::vector<reading const*> best;
    std::size_t known = 0;
    for (auto const& r : all)
        if (r.header) known = std::max(known, r.known);
    for (auto const& r : all)
        if (r.header && r.known == known && (known > 0 || r.is_table)) best.push_back(&r);
    // One name is known with any separator where it stands alone.
    if (best.size() > 1) {
        auto const first_table =
            std::find_if(best.begin(), best.end(), [](auto const* r) { return r->is_table; });
        if (first_table != best.end())
            std::erase_if(best, [](auto const* r) { return !r->is_table; });
        else
            best.resize(1);
    }
    // Names that nobody knows: a row above the header would have to be a title with just this sign in it.
    if (best.size() > 1 && known == 0) {
        auto const line = [](reading const* r) { return r->rows[*r->header].line; };
        auto const first = line(*std::min_element(
            best.begin(), best.end(), [&](auto* a, auto* b) { return line(a) < line(b); }));
        std::erase_if(best, [&](auto const* r) { return line(r) > first; });
    }
    if (best.size() == 1) return best.front();
    if (best.size() > 1) {
        refusal = both_readings(*best[0], *best[1]);
        return nullptr;
    }
    // A table of one column.
    return &all.front();
}

/// A header of one column that is more than one: why; else empty.
std::string one_cell_for_all(std::string_view name, bool is_quoted, char named) {
    auto const at = name.find_first_of(",;\t|");
    if (at != std::string_view::npos && is_quoted)
        return "the header is one cell in quotes that holds " + shown(name[at]) +
               ": whole rows stand in quotes, as when a spreadsheet opened the file with another "
               "separator and saved it; export it again";
    if (at != std::string_view::npos && named != 0)
        return "the first line names " + shown(named) + " as the separator, and the header has " +
               shown(name[at]) + ": take the line sep= out, or mend it";
    if (trimmed_cell(name).find("  ") != std::string_view::npos)
        return "the header holds no separator: columns that are parted by blanks are not read; "
               "export the table with commas, semicolons or tabs";
    return {};
}

line_end ends_of(std::string_view row) noexcept {
    if (row.ends_with("\r\n")) return line_end::crlf;
    return row.ends_with('\r') ? line_end::cr : line_end::lf;
}

}  // namespace

namespace {

/// "Report Time Zone,America/New_York", as reports have it above their tables; else empty.
std::string zone_of_report(std::string_view line) {
    auto const end = line.find_first_of(",;\t|:=");
    if (end == std::string_view::npos) return {};
    auto const bare = [](std::string_view cell) {
        auto const first = cell.find_first_not_of(" \t\"");
        if (first == std::string_view::npos) return std::string_view();
        return cell.substr(first, cell.find_last_not_of(" \t\"") - first + 1);
    };
    auto const name = bare(line.substr(0, end));
    constexpr std::array<std::string_view, 4> names{"time zone", "timezone", "report time zone",
                                                    "report timezone"};
    if (std::none_of(names.begin(), names.end(),
                     [&](auto known) { return equals_ignoring_case(name, known); }))
        return {};
    auto value = line.substr(end + 1);
    // An offset has a colon of its own.
    value = bare(value.substr(0, value.find_first_of(",;\t|")));
    return std::string(value);
}

}  // namespace

std::vector<parameter> parameters_of(std::string_view preamble) {
    std::vector<parameter> out;
    while (!preamble.empty()) {
        auto const [length, whole] = line_at_front(preamble);
        auto line = trimmed_cell(preamble.substr(0, length));
        preamble.remove_prefix(whole);
        if (line.starts_with('"')) line.remove_prefix(1);
        if (!starts_with_ignoring_case(line, "parameters:")) {
            if (auto zone = zone_of_report(line); !zone.empty())
                out.push_back({"TimeZone", std::move(zone)});
            continue;
        }
        line.remove_prefix(line.find(':') + 1);
        while (!line.empty()) {
            auto part = line.substr(0, line.find_first_of(";,\t|\""));
            line.remove_prefix(std::min(line.size(), part.size() + 1));
            auto const equals = part.find('=');
            if (equals == std::string_view::npos) continue;
            auto const name = trimmed_cell(part.substr(0, equals));
            if (!name.empty())
                out.push_back(
                    {std::string(name), std::string(trimmed_cell(part.substr(equals + 1)))});
        }
    }
    return out;
}

head_found look_at_head(std::string_view text, bool is_all, values_survey const& values) {
    head_found out;
    std::size_t at = 0;
    std::uint64_t line = 1;
    std::vector<reading> all;
    auto const [length, whole] = line_at_front(text);
    if (char const named = named_separator(text.substr(0, length)); named != 0) {
        at = whole;
        ++line;
        all.push_back({named, {}, {}, 0, false, 0});
    } else {
        for (char const separator : {',', ';', '\t', '|'})
            all.push_back({separator, {}, {}, 0, false, 0});
    }
    if (text.substr(at).find_first_not_of(" \t\r\n,;|\"") == std::string_view::npos && is_all) {
        out.is_empty = true;
        return out;
    }
    for (auto& r : all) {
        read_rows(r, text, at, line, is_all, values);
        find_header(r);
    }
    if (std::all_of(all.begin(), all.end(), [](auto const& r) { return !r.header; })) {
        out.refusal = "no header is found: the first row of a table names its columns";
        return out;
    }
    auto const* const chosen = choose(all, out.refusal);
    if (chosen == nullptr) return out;
    if (!chosen->header) {
        out.refusal = "no header is found: the first row of a table names its columns";
        return out;
    }
    auto const& header = chosen->rows[*chosen->header];
    if (chosen->known == 0 && chosen->broken_line != 0 && chosen->broken_line < header.line) {
        out.refusal = "the header is not found: on line " + std::to_string(chosen->broken_line) +
                      " a quote is opened and not closed; a quote inside of a cell in quotes is "
                      "written twice";
        return out;
    }
    out.separator = chosen->separator;
    out.header_at = header.at;
    out.header_line = header.line;
    out.rows_at = header.end;
    out.rows_line = header.next_line;
    out.ends = ends_of(text.substr(header.at, header.end - header.at));
    if (header.end == text.size() && line_at_front(text).second < text.size())
        out.ends = ends_of(text.substr(0, line_at_front(text).second));
    row_scan scan(chosen->separator);
    scan.look(text.substr(header.at, header.end - header.at), true);
    for (auto const name : scan.cells())
        out.names.emplace_back(name);
    if (out.names.size() == 1) {
        bool const is_quoted = trimmed_cell(text.substr(header.at)).starts_with('"');
        out.refusal = one_cell_for_all(out.names.front(), is_quoted,
                                       all.size() == 1 ? chosen->separator : '\0');
        if (!out.refusal.empty()) return out;
    }
    // Columns without a name at its end are none; rows may hold nothing there.
    while (!out.names.empty() && trimmed_cell(out.names.back()).empty())
        out.names.pop_back();
    if (out.names.size() >= our_columns &&
        equals_ignoring_case(trimmed_cell(out.names[0]), line_column) &&
        equals_ignoring_case(trimmed_cell(out.names[1]), error_column))
        out.ours = our_columns;
    out.parameters = parameters_of(text.substr(0, header.at));
    return out;
}

}  // namespace setclick::csv
