// Every file of tests/corpus/bad ends in the messages that its index promises, and its good events
// come through.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "event_fixture.hpp"

namespace setclick::event {
namespace {

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
    std::map<std::uint64_t, std::string> refused;  ///< line → a part of its message
};

std::vector<expectation> read_index() {
    std::istringstream in(content_of(CORPUS_DIR "/bad/index.tsv"));
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
            e.refused[std::stoul(column.substr(0, colon))] = column.substr(colon + 2);
        }
    }
    return out;
}

TEST(corpus, has_at_least_sixty_files) {
    EXPECT_GE(read_index().size(), 60U);
}

TEST(corpus, every_bad_file_gets_its_messages_and_keeps_its_good_events) {
    for (auto const& want : read_index()) {
        SCOPED_TRACE(want.file);
        auto const content = content_of(CORPUS_DIR "/bad/" + want.file);
        auto const format = format_of(want.file);
        ASSERT_TRUE(format);
        reader reads{one_account()};
        std::size_t good = 0;
        std::map<std::uint64_t, std::string> refused;
        for (auto const& p : split(*format, content)) {
            EXPECT_LE(p.offset + p.length, content.size());
            if (p.is_remark) continue;
            if (!p.problem.empty()) {
                refused[p.line] += p.problem;
                continue;
            }
            auto const& out = reads.read(p.text, test_now);
            if (out.accepted)
                ++good;
            else
                refused[p.line] += findings_text(out.findings);
        }
        EXPECT_EQ(good, want.good);
        EXPECT_EQ(refused.size(), want.refused.size());
        for (auto const& [line, text] : want.refused)
            EXPECT_NE(refused[line].find(text), std::string::npos)
                << "line " << line << ": " << refused[line];
        for (auto const& [line, text] : refused) {
            EXPECT_TRUE(want.refused.contains(line)) << line << ": " << text;
            EXPECT_EQ(text.find("user@example.com"), std::string::npos) << text;
        }
    }
}

}  // namespace
}  // namespace setclick::event
