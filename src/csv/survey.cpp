#include "setclickd/csv/survey.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "encoding_evidence.hpp"
#include "footer.hpp"
#include "head.hpp"
#include "row_scan.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/csv/row_reader.hpp"
#include "setclickd/event/wide_text.hpp"

namespace setclick::csv {
namespace {

using event::text_encoding;
constexpr std::string_view bom = "\xEF\xBB\xBF";
constexpr char const* two_encodings =
    "the header is not in the encoding of the rows: was the file put together from two encodings? "
    "Save it as CSV UTF-8";

bool has_high(std::string_view text) noexcept {
    constexpr std::uint64_t high_bits = 0x8080808080808080U;
    std::size_t at = 0;
    for (; at + sizeof(std::uint64_t) <= text.size(); at += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + at, sizeof word);
        if ((word & high_bits) != 0) return true;
    }
    return std::any_of(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

/// Of a file without a byte order mark, by the zeros of its ASCII characters: one in four is ASCII
/// at least, and few others have a zero in the other place. A zero that strayed in is one of many bytes.
text_encoding by_zeros(std::string_view head) noexcept {
    constexpr std::size_t enough = 256;
    constexpr std::size_t part = 4;
    auto const seen = std::min(head.size(), enough) & ~std::size_t{1};
    std::size_t even = 0;
    std::size_t odd = 0;
    for (std::size_t i = 0; i < seen; i += 2) {
        if (head[i] == '\0') ++even;
        if (head[i + 1] == '\0') ++odd;
    }
    auto const most = std::max(even, odd);
    if (seen < 4 || most * 2 * part < seen || std::min(even, odd) * part > most)
        return text_encoding::utf8;
    return odd > even ? text_encoding::utf16le : text_encoding::utf16be;
}

bool has_wide_mark(std::string_view head) noexcept {
    using namespace std::string_view_literals;
    return head.starts_with("\xFF\xFE"sv) || head.starts_with("\xFE\xFF"sv) ||
           head.starts_with("\0\0\xFE\xFF"sv);
}

/// Line by line; the last one may be cut.
bool is_windows_text(std::string_view text) {
    encoding_evidence evidence;
    for (std::size_t at = 0; at < text.size();) {
        auto const end = std::min(text.find_first_of("\r\n", at), text.size());
        auto const line = text.substr(at, end - at);
        bool const is_cut = end == text.size() && utf8_prefix(line) + 4 > line.size();
        if (has_high(line) && !is_cut) evidence.add(line, 1);
        at = end + 1;
    }
    return evidence.is_windows();
}

std::vector<std::string_view> views_of(std::vector<std::string> const& texts, std::size_t from) {
    std::vector<std::string_view> out;
    for (auto i = from; i < texts.size(); ++i)
        out.emplace_back(texts[i]);
    return out;
}

}  // namespace

class survey::impl {
public:
    impl(values_survey& values, std::size_t max_row) : values_(&values), max_row_(max_row) {}

    std::size_t consume(std::string_view window, bool at_end) {
        std::size_t used = 0;
        if (!rows_ && !finished_) {
            if (!at_end && window.size() < max_row_) return 0;
            begin(window.substr(0, max_row_), at_end && window.size() <= max_row_);
            if (finished_) return 0;
            used = static_cast<std::size_t>(found_.rows_offset);
        }
        if (finished_) return 0;
        auto const rest = window.substr(std::min(used, window.size()));
        used += rows_->consume(rest, at_end, [this](row const& r) {
            take(r);
            return true;
        });
        offset_ += used;
        if (rows_->finished()) finish();
        return used;
    }

    bool finished() const noexcept { return finished_; }
    std::uint64_t offset() const noexcept { return offset_; }
    std::string const& refusal() const noexcept { return refusal_; }
    layout const& found() const noexcept { return found_; }
    bool is_empty() const noexcept { return found_.columns == 0; }

private:
    void refuse(std::string why) {
        refusal_ = std::move(why);
        finished_ = true;
    }

    void begin(std::string_view head, bool is_all) {
        if (auto other = other_format(head); !other.empty()) return refuse(std::move(other));
        if (has_wide_mark(head))
            found_.encoding = event::encoding_of(head);
        else if (!head.starts_with(bom))
            found_.encoding = by_zeros(head);
        std::string text;
        event::append_utf8(text, head, found_.encoding, is_all);
        found_.has_bom = text.starts_with(bom);
        std::size_t const mark = found_.has_bom ? bom.size() : 0;
        // Only a file without a mark may be anything.
        is_open_ = found_.encoding == text_encoding::utf8 && !found_.has_bom;
        is_windows_head_ = is_open_ && is_windows_text(head);
        auto const as = is_windows_head_ ? text_encoding::windows1252 : found_.encoding;
        if (is_windows_head_) {
            text.clear();
            event::append_utf8(text, head, as, is_all);
        }
        auto const seen = look_at_head(std::string_view(text).substr(mark), is_all, *values_);
        if (!seen.refusal.empty()) return refuse(seen.refusal);
        // Half a character at the file's end counts as one.
        auto const in_file = [&](std::size_t at) {
            return std::min(event::raw_length(std::string_view(text).substr(0, mark + at), as),
                            head.size());
        };
        if (!std::all_of(seen.names.begin(), seen.names.end(),
                         [](auto const& name) { return is_utf8(name); }))
            return refuse(two_encodings);
        found_.separator = seen.separator;
        found_.ends = seen.ends;
        found_.header_offset = in_file(seen.header_at);
        found_.header_line = seen.header_line;
        found_.rows_offset = seen.is_empty ? head.size() : in_file(seen.rows_at);
        found_.rows_line = seen.rows_line;
        found_.columns = static_cast<std::uint32_t>(seen.names.size());
        found_.ours = seen.ours;
        names_ = seen.names;
        if (!seen.is_empty) {
            auto const names = views_of(names_, seen.ours);
            values_->header(names, seen.parameters);
        }
        row_rules rules;
        rules.separator = found_.separator;
        rules.columns = found_.columns;
        rules.ours = found_.ours;
        rules.encoding = found_.encoding;
        rules.max_row = max_row_;
        rules.checks_text = false;
        rows_.emplace(rules,
                      event::position{found_.rows_offset, found_.rows_line, event::table_place{}});
    }

    void take(row const& r) {
        bool is_text = true;
        if (has_high(r.raw)) is_text = is_open_ ? evidence_.add(r.raw, r.line) : is_utf8(r.raw);
        if (r.is_blank && !r.is_broken()) {
            begin_tail(r.offset, false);
            return;
        }
        if (!r.is_broken() &&
            is_like_footer(r.cells, found_.columns - found_.ours, tail_.has_value())) {
            begin_tail(r.offset, true);
            return;
        }
        tail_.reset();
        has_footer_ = false;
        if (!r.is_good() || is_header_again(r.cells)) return;
        if (is_text) {
            values_->row(r.cells, r.line);
        } else if (is_open_) {
            values_->row(as_windows(r.cells), r.line);
        }
    }

    /// Of files that were put together.
    bool is_header_again(std::span<std::string_view const> cells) const noexcept {
        return cells.size() == names_.size() - found_.ours &&
               std::equal(cells.begin(), cells.end(), names_.begin() + found_.ours);
    }

    void begin_tail(std::uint64_t offset, bool is_footer) noexcept {
        if (!tail_) tail_ = offset;
        has_footer_ = has_footer_ || is_footer;
    }

    std::span<std::string_view const> as_windows(std::span<std::string_view const> cells) {
        windows_.clear();
        std::size_t length = 0;
        for (auto const cell : cells)
            length += cell.size() * 3;
        windows_.reserve(length);
        windows_cells_.clear();
        for (auto const cell : cells) {
            auto const begin = windows_.size();
            event::append_utf8(windows_, cell, text_encoding::windows1252, true);
            windows_cells_.push_back(std::string_view(windows_).substr(begin));
        }
        return windows_cells_;
    }

    void finish() {
        finished_ = true;
        found_.surveyed = offset_;
        found_.footer_offset = tail_ && has_footer_ ? *tail_ : offset_;
        if (auto why = evidence_.ambiguity(); !why.empty()) return refuse(std::move(why));
        if (evidence_.is_windows() || (is_windows_head_ && evidence_.has_no_utf8()))
            found_.encoding = text_encoding::windows1252;
        else if (is_windows_head_)
            return refuse(two_encodings);
        if (found_.columns == 0) return;
        refusal_ = values_->refusal();
        found_.values = values_->result();
    }

    values_survey* values_;
    std::size_t max_row_;
    layout found_;
    std::vector<std::string> names_;
    bool is_open_ = false;
    bool is_windows_head_ = false;
    std::optional<row_reader> rows_;
    encoding_evidence evidence_;
    std::optional<std::uint64_t> tail_;  ///< where what may be footers begins
    bool has_footer_ = false;
    std::string windows_;
    std::vector<std::string_view> windows_cells_;
    std::uint64_t offset_ = 0;
    bool finished_ = false;
    std::string refusal_;
};

survey::survey(values_survey& values, std::size_t max_row)
    : impl_(std::make_unique<impl>(values, max_row)) {}
survey::~survey() = default;
survey::survey(survey&&) noexcept = default;

std::size_t survey::consume(std::string_view window, bool at_end) {
    return impl_->consume(window, at_end);
}
bool survey::finished() const noexcept {
    return impl_->finished();
}
std::uint64_t survey::offset() const noexcept {
    return impl_->offset();
}
std::string const& survey::refusal() const noexcept {
    return impl_->refusal();
}
layout const& survey::found() const noexcept {
    return impl_->found();
}
bool survey::is_empty() const noexcept {
    return impl_->is_empty();
}

table_header header_of(layout const& l, std::string_view head, std::size_t max_row) {
    table_header out;
    if (l.columns == 0 || head.size() < l.rows_offset || l.header_offset > l.rows_offset)
        return out;
    auto const part = [&](std::uint64_t from, std::uint64_t to) {
        std::string text;
        event::append_utf8(text, head.substr(from, to - from), l.encoding, true);
        return text;
    };
    auto const above = part(0, l.header_offset);
    out.parameters =
        parameters_of(std::string_view(above).substr(above.starts_with(bom) ? bom.size() : 0));
    auto const row = part(l.header_offset, l.rows_offset);
    row_scan scan(l.separator);
    scan.look(std::string_view(row).substr(0, max_row + 2), true);
    auto const cells = scan.cells();
    auto const end = std::min<std::size_t>(l.columns, cells.size());
    for (std::size_t i = l.ours; i < end; ++i)
        out.names.emplace_back(cells[i]);
    return out;
}

}  // namespace setclick::csv
