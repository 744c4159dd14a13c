// Every file of tests/corpus/bad_csv ends in the messages that its index promises, each with its row and column, and its
// good rows come through.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "setclickd/csv/mapping.hpp"
#include "setclickd/csv/survey.hpp"
#include "setclickd/csv/table_reader.hpp"

namespace setclick::csv {
namespace {

constexpr std::size_t max_row = std::size_t{64} << 10;
constexpr wall_time now = from_ms(1'795'000'000'000);

std::string content_of(std::string const& path) {
    std::ifstream in(path, std::ios::binary);
    EXPECT_TRUE(in) << path;
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

struct expectation {
    std::string file;
    std::size_t good = 0;
    std::string whole;  ///< a part of the file's one refusal
    std::map<std::uint64_t, std::string> refused;
};

std::vector<expectation> read_index() {
    std::istringstream in(content_of(CORPUS_DIR "/bad_csv/index.tsv"));
    std::vector<expectation> out;
    for (std::string row; std::getline(in, row);) {
        if (row.starts_with('#')) continue;
        std::istringstream columns(row);
        auto& e = out.emplace_back();
        std::string column;
        std::getline(columns, e.file, '\t');
        std::getline(columns, column, '\t');
        e.good = std::stoul(column);
        while (std::getline(columns, column, '\t')) {
            auto const colon = column.find(": ");
            auto const text = column.substr(colon + 2);
            if (column.starts_with("file:"))
                e.whole = text;
            else
                e.refused[std::stoul(column.substr(0, colon))] = text;
        }
    }
    return out;
}

profile with_utms(std::string name, std::string_view like) {
    auto p = derived_from(*profiles().named(like));
    p.name = std::move(name);
    set_fixed(p, {"url_parameters.utm_source", "x", true});
    return p;
}

/// What a configuration would have beside the built-in ones.
std::vector<profile> own_profiles() {
    profile shop;
    shop.name = "shop";
    set_columns(shop, "event_id", {"Order"});
    set_columns(shop, "click_time", {"When"});
    set_columns(shop, "lead.amount", {"Value"});
    set_fixed(shop, {"url_parameters.utm_source", "x", true});
    shop.needs = {"event_id", "click_time", "lead.amount"};
    std::vector<profile> out{with_utms("our-google", "google-ads"),
                             with_utms("our-microsoft", "microsoft-ads"),
                             with_utms("our-hubspot", "hubspot"), shop};
    for (auto const* name : {"tickets", "desk"}) {
        profile p;
        p.name = name;
        set_columns(p, "click_time", {"When"});
        set_columns(p, "event_id", {"Ticket"});
        p.needs = {"event_id"};
        out.push_back(p);
    }
    return out;
}

struct outcome_of_file {
    std::string whole;
    std::size_t good = 0;
    std::map<std::uint64_t, std::string> refused;
};

outcome_of_file read_file(std::string const& name, std::string const& content) {
    outcome_of_file out;
    mapping_rules const rules{std::make_shared<profiles const>(own_profiles()),
                              {{"60a52f6ac660b269d13c3f53", "Europe/Madrid"}}};
    mapping_survey values(rules, name);
    survey look(values, max_row);
    for (std::string_view rest = content; !look.finished();)
        rest.remove_prefix(look.consume(rest, true));
    out.whole = look.refusal();
    if (!out.whole.empty() || look.is_empty()) return out;
    auto const& laid_out = look.found();
    auto const header = header_of(laid_out, content, max_row);
    std::vector<std::string_view> const names(header.names.begin(), header.names.end());
    auto columns = mapping::of(rules, names, header.parameters, laid_out.values);
    if (!columns) {
        out.whole = columns.error().message;
        return out;
    }
    event::reader events({{"60a52f6ac660b269d13c3f53"}});
    event::position from;
    from.offset = laid_out.rows_offset;
    from.line = laid_out.rows_line;
    table_reader rows(events, *columns, laid_out, header.names, max_row, from);
    std::string_view rest = std::string_view(content).substr(laid_out.rows_offset);
    while (!rows.finished()) {
        rest.remove_prefix(rows.consume(rest, true, now, [&](event::read_piece const& read) {
            if (read.from.is_remark) return true;
            if (read.is_accepted())
                ++out.good;
            else
                out.refused[read.from.line] += read.refusal;
            return true;
        }));
    }
    return out;
}

TEST(bad_csv, has_at_least_250_files) {
    EXPECT_GE(read_index().size(), 250U);
}

TEST(bad_csv, every_file_gets_its_messages_and_keeps_its_good_rows) {
    for (auto const& want : read_index()) {
        SCOPED_TRACE(want.file);
        auto const got = read_file(want.file, content_of(CORPUS_DIR "/bad_csv/" + want.file));
        if (want.refused.empty()) {
            EXPECT_NE(got.whole, "");
            EXPECT_NE(got.whole.find(want.whole), std::string::npos) << got.whole;
        } else {
            EXPECT_EQ(got.whole, "");
        }
        EXPECT_EQ(got.good, want.good);
        for (auto const& [line, text] : want.refused)
            EXPECT_NE(
                got.refused.contains(line) ? got.refused.at(line).find(text) : std::string::npos,
                std::string::npos)
                << "line " << line << ", want " << text << "\n got "
                << (got.refused.contains(line) ? got.refused.at(line) : "not refused");
        for (auto const& [line, text] : got.refused) {
            EXPECT_TRUE(want.refused.contains(line)) << line << ": " << text;
            EXPECT_NE(text, "");
            EXPECT_EQ(text.find("@example.com"), std::string::npos) << text;
        }
    }
}

}  // namespace
}  // namespace setclick::csv
