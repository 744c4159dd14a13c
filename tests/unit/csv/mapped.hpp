// A table in a test: its header, its rows, and what becomes of them.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "setclickd/csv/mapping.hpp"

namespace setclick::csv {

using cells = std::vector<std::string_view>;

struct table {
    std::vector<profile> own = {};
    std::string file_name = "orders.csv";
    std::string wanted = {};
    std::vector<account_zone> accounts = {{"60a52f6ac660b269d13c3f53", "Europe/Madrid"}};
    std::vector<parameter> parameters = {};
    cells header;
    std::vector<cells> rows = {};
};

struct mapped_table {
    std::string refusal;
    std::string profile;
    std::string why;
    std::string decided;
    std::vector<std::string> rows;   ///< JSON, or "refused: …"
    std::vector<std::string> notes;  ///< of each row
    std::vector<std::string> warnings;
    std::vector<std::string> decisions;
    std::vector<column_use> uses;
};

inline mapped_table map(table const& t) {
    mapped_table out;
    mapping_rules const rules{std::make_shared<profiles const>(t.own), t.accounts};
    mapping_survey survey(rules, t.file_name, t.wanted);
    survey.header(t.header, t.parameters);
    for (std::size_t i = 0; i < t.rows.size(); ++i)
        survey.row(t.rows[i], i + 2);
    out.refusal = survey.refusal();
    out.why = survey.why();
    out.decided = survey.result();
    if (!out.refusal.empty()) return out;
    auto made = mapping::of(rules, t.header, t.parameters, out.decided);
    if (!made) {
        ADD_FAILURE() << made.error().message;
        return out;
    }
    out.profile = made->used().name;
    mapped_row row;
    for (auto const& r : t.rows) {
        made->event_of(r, row);
        out.rows.push_back(row.is_accepted() ? row.json
                                             : "refused: " + made->explain(row.findings));
        out.notes.push_back(made->explain(row.notes));
    }
    out.warnings = made->warnings();
    out.decisions = made->decisions();
    out.uses = made->uses();
    return out;
}

}  // namespace setclick::csv
