// libFuzzer target of the table reader: any bytes, in any windows, from any place it stopped at.
//
// Asks of each input: the first pass ends, and ends the same in small windows; every row lies in the
// file behind the one before it; rows are the same in small windows and with a new reader after each;
// a row's own bytes, read alone, are that row again; the layout's text is read back.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "setclickd/csv/row_reader.hpp"
#include "setclickd/csv/survey.hpp"

namespace {

using namespace setclick;

constexpr std::size_t max_row = 256;

void ask(bool holds, int line = __builtin_LINE()) {
    if (holds) return;
    std::fprintf(stderr, "what line %d asks does not hold\n", line);
    std::abort();
}

class counting final : public csv::values_survey {
public:
    std::uint64_t rows = 0;
    std::size_t known_names(std::span<std::string_view const> cells) const override {
        return static_cast<std::size_t>(std::count_if(cells.begin(), cells.end(), [](auto cell) {
            return cell == "event_id" || cell == "email" || cell == "a";
        }));
    }
    void header(std::span<std::string_view const>, std::span<csv::parameter const>) override {}
    void row(std::span<std::string_view const> cells, std::uint64_t) override {
        for (auto const cell : cells)
            rows += cell.size();
    }
    std::string result() const override { return std::to_string(rows); }
    std::string refusal() const override { return {}; }
};

struct found {
    csv::layout layout;
    std::string refusal;
};

found survey_of(std::string_view file, std::size_t step) {
    counting values;
    csv::survey survey(values, max_row);
    std::size_t begin = 0;
    std::size_t end = 0;
    for (std::size_t guard = 0; !survey.finished(); ++guard) {
        ask(guard < 2 * file.size() + 10);
        end = std::min(file.size(), end + step);
        begin += survey.consume(file.substr(begin, end - begin), end == file.size());
    }
    return {survey.found(), survey.refusal()};
}

struct kept {
    std::uint64_t line = 0, offset = 0, length = 0;
    csv::row_fault fault = csv::row_fault::none;
    std::vector<std::string> cells;
    bool operator==(kept const&) const = default;
};

std::vector<kept> rows_of(std::string_view file, csv::row_rules const& rules,
                          event::position const& from, std::size_t step, bool restarts) {
    std::vector<kept> out;
    csv::row_reader reader(rules, from);
    auto begin = static_cast<std::size_t>(from.offset);
    auto end = begin;
    for (std::size_t guard = 0; !reader.finished(); ++guard) {
        ask(guard < 4 * file.size() + 100);
        end = std::min(file.size(), end + step);
        begin += reader.consume(file.substr(begin, end - begin), end == file.size(),
                                [&](csv::row const& r) {
                                    kept k{r.line, r.offset, r.length, r.fault, {}};
                                    for (auto const cell : r.cells)
                                        k.cells.emplace_back(cell);
                                    out.push_back(std::move(k));
                                    return !restarts;
                                });
        auto const at = reader.where();
        ask(at.offset == begin);
        if (restarts && !reader.finished()) {
            auto const place = event::place_of(event::text_of(at.at));
            ask(place.has_value() && *place == at.at);
            reader = csv::row_reader(rules, {at.offset, at.line, *place});
        }
    }
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0) return 0;
    std::size_t const step = 1 + data[0] % 61;
    std::string_view const file(reinterpret_cast<char const*>(data) + 1, size - 1);
    auto const whole = survey_of(file, std::max<std::size_t>(file.size(), 1));
    auto const cut = survey_of(file, step);
    ask(whole.refusal == cut.refusal);
    if (!whole.refusal.empty()) return 0;
    ask(whole.layout == cut.layout);
    ask(csv::layout_of(csv::text_of(whole.layout)) == whole.layout);
    auto const& l = whole.layout;
    ask(l.rows_offset <= file.size() && l.header_offset <= l.rows_offset);
    ask(csv::header_of(l, file, max_row).names.size() <= l.columns);

    csv::row_rules rules;
    rules.separator = l.separator;
    rules.columns = l.columns;
    rules.ours = l.ours;
    rules.encoding = l.encoding;
    rules.max_row = max_row;
    event::position const from{l.rows_offset, l.rows_line, event::table_place{}};
    auto const rows = rows_of(file, rules, from, file.size() + 1, false);
    ask(rows == rows_of(file, rules, from, step, false));
    ask(rows == rows_of(file, rules, from, step, true));
    std::uint64_t end = l.rows_offset;
    for (auto const& r : rows) {
        ask(r.offset >= end);
        end = r.offset + r.length;
        ask(end <= file.size());
        if (r.fault != csv::row_fault::none || r.length == 0) continue;
        auto const alone = rows_of(file.substr(r.offset, r.length), rules,
                                   {0, 1, event::table_place{}}, file.size() + 1, false);
        ask(alone.size() == 1 && alone.front().cells == r.cells);
    }
    return 0;
}
