#include "reference/held_text.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace setclick::reference {
namespace {

std::string in_tree(std::string const& path) {
    return std::string(SETCLICKD_SOURCE_DIR) + "/" + path;
}

bool writes() {
    return std::getenv("SETCLICKD_WRITE_REFERENCE") != nullptr;
}

void write(std::string const& path, std::string const& text) {
    std::ofstream(in_tree(path), std::ios::binary) << text;
}

}  // namespace

std::string content_of(std::string const& path) {
    std::ifstream in(in_tree(path), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string part_of(std::string const& path, std::string const& begin, std::string const& end) {
    auto const text = content_of(path);
    auto const from = text.find(begin + "\n");
    auto const to = text.find(end + "\n", from);
    if (from == std::string::npos || to == std::string::npos) return {};
    return text.substr(from + begin.size() + 1, to - from - begin.size() - 1);
}

void expect_file(std::string const& path, std::string const& made) {
    if (writes()) write(path, made);
    EXPECT_EQ(content_of(path), made) << path << " is not what its table makes";
}

void expect_part(std::string const& path, std::string const& begin, std::string const& end,
                 std::string const& made) {
    auto const text = content_of(path);
    auto const mark = text.find(begin + "\n");
    ASSERT_NE(mark, std::string::npos) << path << " has no line " << begin;
    auto const from = mark + begin.size() + 1;
    auto const to = end.empty() ? text.size() : text.find(end + "\n", from);
    ASSERT_NE(to, std::string::npos) << path << " has no line " << end;
    if (writes()) return write(path, text.substr(0, from) + made + text.substr(to));
    EXPECT_EQ(text.substr(from, to - from), made) << path << " is not what its table makes";
}

}  // namespace setclick::reference
