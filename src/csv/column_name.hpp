// Names of columns as people and programs spell them: when two of them are the same.
#pragma once

#include <string>
#include <string_view>

namespace setclick::csv {

/// Lower case, without accents, quotes and what nobody sees; blanks, _ and - become one blank. Two names that
/// fold to the same are the same column.
std::string folded(std::string_view name);

/// `name` as the file has it, without what stands around it: white space, quotes, characters nobody sees.
std::string_view bare(std::string_view name) noexcept;

/// "crm-*.csv": * is any text, ? one character; upper and lower case are the same.
bool matches(std::string_view pattern, std::string_view file_name) noexcept;

}  // namespace setclick::csv
