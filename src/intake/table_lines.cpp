#include "table_lines.hpp"

#include <utility>

#include "setclickd/csv/row_reader.hpp"
#include "setclickd/csv/survey.hpp"
#include "setclickd/csv/write.hpp"
#include "setclickd/event/wide_text.hpp"

namespace setclick::intake {

result<std::optional<table_lines>> table_lines::of(std::string_view layout, int fd,
                                                   std::string const& name, std::size_t max_row,
                                                   spool::window& window) {
    auto found = csv::layout_of(layout);
    if (!found) return std::optional<table_lines>{};
    auto const length = static_cast<std::size_t>(found->rows_offset);
    std::optional<table_lines> out(table_lines(std::move(*found), max_row));
    if (fd < 0) {
        out->make_head({});
        return out;
    }
    auto const seen = window.fill(fd, 0, name, length);
    if (!seen) return seen.error();
    out->names_ = csv::header_of(out->layout_, seen->bytes, max_row).names;
    out->make_head(seen->bytes);
    return out;
}

void table_lines::append_encoded(std::string& out, std::string_view utf8) const {
    event::append_encoded(out, utf8, layout_.encoding);
}

void table_lines::make_head(std::string_view head) {
    std::string front(csv::line_column);
    front += layout_.separator;
    front += csv::error_column;
    if (head.size() < layout_.rows_offset || layout_.columns == 0) {
        append_encoded(head_, front += csv::text_of(layout_.ends));
        return;
    }
    front += layout_.separator;
    auto header = head.substr(layout_.header_offset, layout_.rows_offset - layout_.header_offset);
    head_ = head.substr(0, layout_.header_offset);
    append_encoded(head_, front);
    if (auto const own = own_at(header)) header.remove_prefix(*own);
    head_ += header;
    // A file of a header alone may end without a line's end.
    std::string end;
    append_encoded(end, csv::text_of(layout_.ends));
    std::string lf;
    append_encoded(lf, "\n");
    std::string cr;
    append_encoded(cr, "\r");
    if (!header.ends_with(lf) && !header.ends_with(cr)) head_ += end;
}

std::optional<std::size_t> table_lines::own_at(std::string_view bytes) const {
    csv::row_rules rules;
    rules.separator = layout_.separator;
    rules.ours = layout_.ours;
    rules.encoding = layout_.encoding;
    rules.max_row = max_row_;
    rules.checks_text = false;
    csv::row_reader rows(rules, {0, 1, event::table_place{}});
    std::optional<std::size_t> out;
    bool is_one = true;
    rows.consume(bytes, true, [&](csv::row const& r) {
        is_one = !out && !r.is_broken();
        out = static_cast<std::size_t>(r.own_offset);
        return is_one;
    });
    return is_one ? out : std::nullopt;
}

void table_lines::append_front(std::string& out, std::uint64_t number,
                               std::string_view reason) const {
    std::string front = std::to_string(number);
    front += layout_.separator;
    csv::append_own_cell(front, reason, layout_.separator);
    append_encoded(out, front);
}

bool table_lines::append_row(std::string& out, std::uint64_t number, std::string_view reason,
                             std::string_view bytes) const {
    auto const own = own_at(bytes);
    if (!own) return false;
    append_front(out, number, reason);
    append_encoded(out, std::string_view(&layout_.separator, 1));
    out += bytes.substr(*own);
    append_encoded(out, csv::text_of(layout_.ends));
    return true;
}

void table_lines::append_reason(std::string& out, std::uint64_t number,
                                std::string_view reason) const {
    append_front(out, number, reason);
    append_encoded(out, csv::text_of(layout_.ends));
}

void table_lines::append_broken(std::string& out, std::uint64_t number, std::string_view reason,
                                std::string_view bytes) const {
    begin_broken(out, number, reason, bytes);
    std::string lf;
    append_encoded(lf, "\n");
    std::string cr;
    append_encoded(cr, "\r");
    while (bytes.ends_with(lf) || bytes.ends_with(cr))
        bytes.remove_suffix(lf.size());
    append_part(out, bytes);
    end_broken(out);
}

void table_lines::begin_broken(std::string& out, std::uint64_t number, std::string_view reason,
                               std::string_view head) const {
    append_front(out, number, reason);
    append_encoded(out, std::string{layout_.separator, '"'});
    std::string text;
    event::append_utf8(text, head.substr(0, 4), layout_.encoding, true);
    if (csv::looks_like_formula(text)) append_encoded(out, "'");
}

/// Whole characters.
void table_lines::append_part(std::string& out, std::string_view bytes) const {
    auto const unit = event::unit_of(layout_.encoding);
    std::string quote;
    append_encoded(quote, "\"");
    for (std::size_t at = 0; at < bytes.size(); at += unit) {
        auto const one = bytes.substr(at, unit);
        if (one == quote) out += quote;
        out += one;
    }
}

void table_lines::end_broken(std::string& out) const {
    std::string end = "\"";
    end += csv::text_of(layout_.ends);
    append_encoded(out, end);
}

}  // namespace setclick::intake
