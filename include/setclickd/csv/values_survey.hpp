// What the first pass over a table asks of those who know what its columns mean.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "setclickd/csv/layout.hpp"

namespace setclick::csv {

class values_survey {
public:
    values_survey() = default;
    values_survey(values_survey const&) = delete;
    values_survey& operator=(values_survey const&) = delete;
    virtual ~values_survey() = default;

    /// Rows to pass over before the header is looked for.
    virtual std::uint32_t skip_rows() const { return 0; }
    /// How many of these cells are names that somebody knows: decides which row is the header, and
    /// which separator is meant. Asked for a few dozen rows.
    virtual std::size_t known_names(std::span<std::string_view const> cells) const = 0;
    /// Once, when the header is found. `names` without our own columns.
    virtual void header(std::span<std::string_view const> names,
                        std::span<parameter const> parameters) = 0;
    /// Each good row of the file once, in their order.
    virtual void row(std::span<std::string_view const> cells, std::uint64_t line) = 0;
    /// What was decided, for `layout::values`; any bytes, fewer than 500.
    virtual std::string result() const = 0;
    /// Not empty: the file as a whole is refused for this.
    virtual std::string refusal() const = 0;
};

}  // namespace setclick::csv
