// Many rows of one table, some thousand with each statement: arrays go out, one for each column, and the
// server makes rows of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "session.hpp"

namespace setclick::ledger::postgres {

class bulk_insert {
public:
    struct column {
        enum class kind : std::uint8_t { number, bytes, text } is = kind::number;
        std::string as = "$";  ///< what goes into the table, `$` being the array's value
    };
    /// `into`: "INSERT INTO t(a, b)". `after`: what follows the rows.
    bulk_insert(session& on, std::string const& into, std::vector<column> columns,
                std::string const& after = {});

    /// One row, value by value, in the order of the columns.
    template <class... Values>
    void add(Values const&... values) {
        std::size_t i = 0;
        (put(i++, values), ...);
        ++rows_;
        if (rows_ >= most_rows || bytes_ >= most_bytes) flush();
    }
    /// What is still here goes out. Before the transaction's end.
    void flush();

private:
    static constexpr std::size_t most_rows = 4096;
    static constexpr std::size_t most_bytes = std::size_t{4} << 20;

    struct column_values {
        std::vector<std::int64_t> numbers;
        std::string arena;
        std::vector<std::size_t> ends;
    };

    template <class Number>
    requires std::is_integral_v<Number> || std::is_enum_v<Number>
    void put(std::size_t i, Number value) {
        values_[i].numbers.push_back(static_cast<std::int64_t>(value));
    }
    void put(std::size_t i, std::string_view value);

    session& db_;
    std::vector<column> columns_;
    statement insert_;
    std::vector<column_values> values_;
    std::size_t rows_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace setclick::ledger::postgres
