// Reads tables as the daemon does, window by window, and writes their cells: writers_test.py compares them with what it gave to
// other programs to write.
//
//   csv_cells FILE STEP RESTARTS COLUMNS [SEPARATOR ENCODING]
//
// The file comes in windows that grow by STEP bytes, with a new reader after each where RESTARTS is 1. With SEPARATOR (its number)
// and ENCODING (a number of event::text_encoding) these are given; else the first pass decides them, and the header is the row of
// names such as "event_id". Written: a line "SEPARATOR ENCODING", then each row as the number of its cells (or "fault N"), and each
// cell as its length, a blank, its bytes.
#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "setclickd/csv/row_reader.hpp"
#include "setclickd/csv/survey.hpp"

namespace {

using namespace setclick;
constexpr std::size_t max_row = std::size_t{64} << 10;

class names final : public csv::values_survey {
public:
    std::size_t known_names(std::span<std::string_view const> cells) const override {
        return static_cast<std::size_t>(std::ranges::count_if(
            cells, [](auto cell) { return cell == "event_id" || cell == "click_time"; }));
    }
    void header(std::span<std::string_view const>, std::span<csv::parameter const>) override {}
    void row(std::span<std::string_view const>, std::uint64_t) override {}
    std::string result() const override { return {}; }
    std::string refusal() const override { return {}; }
};

std::size_t number(char const* text) {
    std::size_t out = 0;
    std::string_view const all(text);
    std::from_chars(all.data(), all.data() + all.size(), out);
    return out;
}

}  // namespace

int main(int count, char** given) {
    if (count != 5 && count != 7) return 2;
    std::ifstream in(given[1], std::ios::binary);
    std::ostringstream content;
    content << in.rdbuf();
    auto const file = content.str();
    auto const step = std::max<std::size_t>(number(given[2]), 1);
    bool const restarts = number(given[3]) == 1;

    csv::row_rules rules;
    rules.columns = static_cast<std::uint32_t>(number(given[4]));
    rules.max_row = max_row;
    event::position from{0, 1, event::table_place{}};
    if (count == 7) {
        rules.separator = static_cast<char>(number(given[5]));
        rules.encoding = static_cast<event::text_encoding>(number(given[6]));
    } else {
        names values;
        csv::survey survey(values, max_row);
        std::size_t begin = 0;
        for (std::size_t end = 0; !survey.finished();) {
            end = std::min(file.size(), end + step);
            begin += survey.consume(std::string_view(file).substr(begin, end - begin),
                                    end == file.size());
        }
        if (!survey.refusal().empty()) {
            std::cout << "refused: " << survey.refusal() << '\n';
            return 1;
        }
        auto const& l = survey.found();
        rules.separator = l.separator;
        rules.encoding = l.encoding;
        from.offset = l.header_offset;
        from.line = l.header_line;
    }
    std::cout << static_cast<int>(rules.separator) << ' ' << static_cast<int>(rules.encoding)
              << '\n';

    csv::row_reader reader(rules, from);
    auto begin = static_cast<std::size_t>(from.offset);
    for (auto end = begin; !reader.finished();) {
        end = std::min(file.size(), end + step);
        begin += reader.consume(std::string_view(file).substr(begin, end - begin),
                                end == file.size(), [&](csv::row const& r) {
                                    if (!r.is_good()) {
                                        std::cout << "fault " << static_cast<int>(r.fault) << '\n';
                                        return true;
                                    }
                                    std::cout << r.cells.size() << '\n';
                                    for (auto const cell : r.cells)
                                        std::cout << cell.size() << ' ' << cell << '\n';
                                    return !restarts;
                                });
        if (restarts && !reader.finished()) {
            auto const at = reader.where();
            auto const place = event::place_of(event::text_of(at.at));
            if (!place) return 3;
            reader = csv::row_reader(rules, {at.offset, at.line, *place});
        }
    }
    return 0;
}
