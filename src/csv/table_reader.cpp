#include "setclickd/csv/table_reader.hpp"

namespace setclick::csv {
namespace {

constexpr std::string_view footer =
    "rows behind the table (a total, the name of the report) are no events";
constexpr std::string_view header_again = "the header stands in the file again, and is no event";

}  // namespace

/// With the problem of what is no event to be read.
event::piece table_reader::piece_of(row const& r, row_kind kind) {
    event::piece out{r.raw, r.raw, r.line, r.offset, r.length, {}};
    if (kind != row_kind::event) {
        out.is_remark = true;
        out.problem = kind == row_kind::footer ? footer : header_again;
        out.text = {};
        return out;
    }
    if (r.is_good()) return out;
    auto const name = r.column > 0 && r.column <= names_.size()
                          ? std::string_view(names_[r.column - 1])
                          : std::string_view();
    text_ = problem_of(r, static_cast<std::uint32_t>(names_.size()), name, max_row_);
    out.problem = text_;
    out.text = {};
    return out;
}

event::read_piece table_reader::read(row const& r, event::piece const& p, wall_time now) {
    mapping_->event_of(r.cells, mapped_);
    if (!mapped_.is_accepted()) {
        text_ = event::findings_text(mapped_.findings);
        return {p, nullptr, text_, {}};
    }
    auto const& event = events_->read(mapped_.json, now);
    if (!event.accepted) {
        text_ = mapping_->explain(event.findings);
        return {p, &event, text_, {}};
    }
    if (mapped_.notes.empty() && event.warnings.empty()) return {p, &event, {}, {}};
    note_ = event::findings_text(mapped_.notes, 300);
    if (!event.warnings.empty()) {
        if (!note_.empty()) note_ += "; ";
        note_ += mapping_->explain(event.warnings);
    }
    return {p, &event, {}, note_};
}

}  // namespace setclick::csv
