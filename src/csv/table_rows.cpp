#include "setclickd/csv/table_rows.hpp"

#include <algorithm>

namespace setclick::csv {

row_rules rules_of(layout const& l, std::size_t max_row) {
    row_rules out;
    out.separator = l.separator;
    out.columns = l.columns;
    out.ours = l.ours;
    out.encoding = l.encoding;
    out.max_row = max_row;
    return out;
}

event::position rows_from(layout const& l, event::position const& from) {
    if (from.offset >= l.rows_offset) return from;
    return {l.rows_offset, l.rows_line, event::table_place{}};
}

row_kind table_rows::kind_of(row const& r) const noexcept {
    if (layout_->is_footer(r.offset)) return row_kind::footer;
    bool const is_header = r.is_good() && r.cells.size() == names_.size() &&
                           std::equal(r.cells.begin(), r.cells.end(), names_.begin());
    return is_header ? row_kind::header_again : row_kind::event;
}

}  // namespace setclick::csv
