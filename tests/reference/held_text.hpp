// Files of the tree that are made from a table: held against it, or written.
//
// With SETCLICKD_WRITE_REFERENCE in the environment a file is written first, and then compared like any other.
#pragma once

#include <string>

namespace setclick::reference {

/// The content of a file of the tree; its path begins at the tree's top.
std::string content_of(std::string const& path);

/// What stands between the lines `begin` and `end` of a file; empty where it has not both.
std::string part_of(std::string const& path, std::string const& begin, std::string const& end);

/// The whole file is `made`.
void expect_file(std::string const& path, std::string const& made);

/// What stands between the lines `begin` and `end` of the file is `made`; without an `end`, all that follows `begin`.
void expect_part(std::string const& path, std::string const& begin, std::string const& end,
                 std::string const& made);

}  // namespace setclick::reference
