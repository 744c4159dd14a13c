// How the text of a spool file ends: well, or in the middle of something that is still to come. Pure.
//
// Looks at the first and the last bytes only, so it may be wrong about a large .json that was cut
// between two elements' closing brackets; what it calls `well` is read, and what it calls `inside`
// is given more time. It never says `inside` of a complete file of JSON. What is no text of single
// bytes (UTF-16, gzip) is called `well`: how long it is quiet decides.
#pragma once

#include <cstdint>
#include <string_view>

namespace setclick::spool {

enum class file_end : std::uint8_t {
    well,    ///< after a line, or after the closing bracket
    inside,  ///< inside a line or a JSON text
};

/// `lines`: by the name, a file of lines (.ndjson, .jsonl); else one JSON text (.json).
bool is_lines_name(std::string_view name) noexcept;

/// A table: .csv, .tsv; a .txt is taken as one only. One that ends with a line's end ends well.
bool is_table_name(std::string_view name) noexcept;
file_end end_of_table(std::string_view head, std::string_view tail) noexcept;

/// `head`: the file's first bytes; `tail`: its last ones; `is_all`: `tail` is the whole file.
file_end end_of(bool lines, std::string_view head, std::string_view tail, bool is_all) noexcept;

}  // namespace setclick::spool
