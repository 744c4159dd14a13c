// Which encoding the bytes beyond ASCII of a file speak for, row by row.
//
// Single bytes are Windows-1252 where that makes letters and signs in their places, and nothing else
// reads them as well. Never a guess: what another code page reads as well is ambiguous.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace setclick::csv {

class encoding_evidence {
public:
    /// A row with bytes beyond ASCII; `line` is its first one. True: it is UTF-8.
    bool add(std::string_view raw, std::uint64_t line);

    /// No row is UTF-8, and some are none: the file is Windows-1252.
    bool is_windows() const noexcept { return of_bytes_ > 0 && of_utf8_ == 0 && !is_foreign_; }
    bool has_no_utf8() const noexcept { return of_utf8_ == 0; }
    /// Not empty: it cannot be told; both readings.
    std::string ambiguity() const;

private:
    struct doubt {
        std::uint64_t line = 0;
        unsigned char byte = 0;
        bool is_cyrillic = false;
    };
    void look(std::string_view raw, std::size_t begin, std::size_t end, std::uint64_t line);

    std::uint64_t of_utf8_ = 0;
    std::uint64_t of_bytes_ = 0;
    bool is_foreign_ = false;  ///< a byte that Windows-1252 has not
    bool has_letter_ = false;  ///< that speaks for it
    doubt first_;
    doubt weak_;  ///< counts only without such a letter
};

}  // namespace setclick::csv
