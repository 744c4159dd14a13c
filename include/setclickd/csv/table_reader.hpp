// A table's bytes → its events, or what is wrong with them: rows, mapping and the event reader in one
// loop. To those who read files it is what event::file_reader is for JSON.
//
// Promises: each row that counts is handed out once, in order, with the bytes that it came from; a
// refused one with its column.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "setclickd/csv/mapping.hpp"
#include "setclickd/csv/table_rows.hpp"
#include "setclickd/event/file_reader.hpp"

namespace setclick::csv {

class table_reader {
public:
    /// All of it outlives this. `names`: the header's, without our columns.
    table_reader(event::reader& events, mapping& columns, layout const& l,
                 std::span<std::string const> names, std::size_t max_row,
                 event::position const& from = {})
        : events_(&events),
          mapping_(&columns),
          names_(names),
          max_row_(max_row),
          rows_(l, names, max_row, from) {}

    /// As event::file_reader::consume, from `where()` on.
    template <class Before, class Sink>
    std::size_t consume(std::string_view window, bool at_end, wall_time now, Before&& before,
                        Sink&& sink) {
        return rows_.consume(window, at_end, [&](row const& r, row_kind kind) {
            auto p = piece_of(r, kind);
            if (!p.problem.empty()) return sink(event::read_piece{p, nullptr, p.problem, {}});
            std::string_view const refused = before(p);
            if (!refused.empty()) return sink(event::read_piece{p, nullptr, refused, {}});
            return sink(read(r, p, now));
        });
    }
    template <class Sink>
    std::size_t consume(std::string_view window, bool at_end, wall_time now, Sink&& sink) {
        return consume(
            window, at_end, now, [](event::piece const&) { return std::string_view{}; }, sink);
    }

    bool finished() const noexcept { return rows_.finished(); }
    event::position where() const { return rows_.where(); }
    /// The last row's, as it was mapped: its JSON lasts until the next one.
    mapped_row const& mapped() const noexcept { return mapped_; }

private:
    event::piece piece_of(row const& r, row_kind kind);
    event::read_piece read(row const& r, event::piece const& p, wall_time now);

    event::reader* events_;
    mapping* mapping_;
    std::span<std::string const> names_;
    std::size_t max_row_;
    table_rows rows_;
    mapped_row mapped_;
    std::string text_;  ///< of what is being handed out
    std::string note_;
};

}  // namespace setclick::csv
