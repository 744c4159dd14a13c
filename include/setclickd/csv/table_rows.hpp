// The rows of a table behind its header that count: those that are events, or are refused.
//
// Left out are empty rows; told of once each, and no events either: footers, and the header again
// (files that were put together).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "setclickd/csv/layout.hpp"
#include "setclickd/csv/row_reader.hpp"

namespace setclick::csv {

enum class row_kind : std::uint8_t { event, footer, header_again };

row_rules rules_of(layout const& l, std::size_t max_row);

/// Where the first row stands; of a file's start, else `from` itself.
event::position rows_from(layout const& l, event::position const& from);

class table_rows {
public:
    /// `names`: the header, without our columns. All of it outlives this.
    table_rows(layout const& l, std::span<std::string const> names, std::size_t max_row,
               event::position const& from)
        : layout_(&l), names_(names), rows_(rules_of(l, max_row), rows_from(l, from)) {}

    /// As row_reader::consume, from `where()` on. The sink gets the row and its kind.
    template <class Sink>
    std::size_t consume(std::string_view window, bool at_end, Sink&& sink) {
        return rows_.consume(window, at_end, [&](row const& r) {
            if (r.is_blank && !r.is_broken()) return true;
            return sink(r, kind_of(r));
        });
    }
    bool finished() const noexcept { return rows_.finished(); }
    event::position where() const { return rows_.where(); }

private:
    row_kind kind_of(row const& r) const noexcept;

    layout const* layout_;
    std::span<std::string const> names_;
    row_reader rows_;
};

}  // namespace setclick::csv
