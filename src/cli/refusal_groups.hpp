// Refused rows by their reason, each with a few examples: what `preview` prints of a file with thousands of them.
//
// Bounded: so many reasons, so many examples; what is beyond is counted.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace setclick::cli {

struct refusal_group {
    std::string
        reason;  ///< with … in the place of what differs from row to row, and all else as it is
    std::uint64_t count = 0;
    struct example {
        std::uint64_t line = 0;
        std::string text;
    };
    std::vector<example> examples;
};

class refusal_groups {
public:
    static constexpr std::size_t most_groups = 40;
    static constexpr std::size_t most_examples = 3;

    void add(std::uint64_t line, std::string_view reason);

    /// The most frequent first.
    std::vector<refusal_group> sorted() const;
    /// Of further reasons than fit.
    std::uint64_t others() const noexcept { return others_; }

    /// What rows of one group have in common: `column "Close Date": "1/2/2021" may be …` →
    /// `column "Close Date": … may be …`. Texts in quotes that are no column's name are left out, and numbers.
    static std::string without_values(std::string_view reason);
    /// Two texts of one group as one, with … where a word or a text in quotes differs.
    static std::string in_common(std::string_view a, std::string_view b);

private:
    std::vector<refusal_group> groups_;
    std::vector<std::string> keys_;  ///< `without_values` of each
    std::uint64_t others_ = 0;
};

}  // namespace setclick::cli
