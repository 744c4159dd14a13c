#include "setclickd/csv/row_reader.hpp"

#include <algorithm>

#include "row_scan.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/event/wide_text.hpp"

namespace setclick::csv {
namespace {

constexpr std::string_view bom = "\xEF\xBB\xBF";
constexpr std::string_view blanks = " \t";

bool is_blank(std::string_view cell) noexcept {
    // As nearly every cell that holds something.
    if (!cell.empty() && cell.front() > ' ') return false;
    return cell.find_first_not_of(blanks) == std::string_view::npos;
}

}  // namespace

std::string problem_of(row const& r, std::uint32_t columns, std::string_view column_name,
                       std::size_t max_row) {
    auto const cells = [](std::uint64_t n) {
        return std::to_string(n) + (n == 1 ? " cell" : " cells");
    };
    std::string where;
    if (r.column > 0) {
        where = "column " + std::to_string(r.column);
        if (!column_name.empty()) where += " (" + printable(column_name, 60) + ")";
        where += ": ";
    }
    switch (r.fault) {
        case row_fault::none:
            return {};
        case row_fault::nul:
            return where + "holds a NUL byte";
        case row_fault::not_text:
            return where +
                   "holds bytes that are no text in the file's encoding; was the file put "
                   "together from two encodings? Save it as CSV UTF-8";
        case row_fault::unclosed_quote:
            return where +
                   "a quote is opened here and not closed; a quote inside of a cell in "
                   "quotes is written twice";
        case row_fault::after_quote:
            return where +
                   "something follows the closing quote, or the quote of a row before it "
                   "is not closed; a quote inside of a cell in quotes is written twice";
        case row_fault::too_long:
            return "is longer than the " + grouped(max_row) + " bytes allowed (spool.max_line)";
        case row_fault::too_few:
            return where + "is missing: the row has " + cells(r.met) + ", and the header " +
                   std::to_string(columns) + "; is it cut off, or has it another separator?";
        case row_fault::too_many:
            return where + "is beyond the header: the row has " + cells(r.met) +
                   ", and the header " + std::to_string(columns) +
                   "; a cell that holds the separator stands in quotes";
    }
    return {};
}

class row_reader::impl {
public:
    impl(row_rules const& rules, event::position const& from)
        : rules_(rules),
          scan_(rules.separator),
          most_(rules.max_row / event::unit_of(rules.encoding)),
          offset_(from.offset),
          line_(from.line) {
        if (auto const* const at = std::get_if<event::table_place>(&from.at)) state_ = *at;
    }

    std::size_t feed(std::string_view window, bool at_end, void* sink, call to) {
        finished_ = false;
        text_ = window;
        at_end_ = at_end;
        sink_ = sink;
        to_ = to;
        used_ = 0;
        begin_ = offset_;
        raw_size_ = window.size();
        known_ = known_raw_ = 0;
        if (is_wide()) {
            wide_.clear();
            event::append_utf8(wide_, window, rules_.encoding, at_end);
            text_ = wide_;
        }
        while (state_.is_broken ? skip() : next())
            ;
        // Half a character at the end waits.
        auto const used = is_wide() ? in_file(used_) - begin_ : used_;
        offset_ = begin_ + used;
        return static_cast<std::size_t>(used);
    }

    bool finished() const noexcept { return finished_; }

    event::position where() const {
        // In the midst of `feed`, too.
        auto const offset = to_ != nullptr ? begin_ + raw_used() : offset_;
        return {offset, line_, state_};
    }

    void ended() noexcept { to_ = nullptr; }

private:
    bool is_wide() const noexcept { return rules_.encoding != event::text_encoding::utf8; }
    std::string_view rest() const noexcept { return text_.substr(used_); }

    std::uint64_t raw_used() const { return is_wide() ? in_file(used_) - begin_ : used_; }

    /// The place in the file of a place in `text_`.
    std::uint64_t in_file(std::size_t at) const {
        if (!is_wide()) return begin_ + at;
        if (at < known_) known_ = known_raw_ = 0;
        known_raw_ += event::raw_length(text_.substr(known_, at - known_), rules_.encoding);
        known_ = at;
        // Half a character at the file's end counts as one.
        return begin_ + std::min(known_raw_, raw_size_);
    }

    /// No further than a row may be, so that what is found does not depend on the window.
    scanned_row look(bool& is_cut) {
        constexpr std::size_t line_end_and_one = 3;
        auto const text = rest().substr(0, most_ + line_end_and_one);
        is_cut = text.size() < rest().size();
        return scan_.look(text, at_end_ && !is_cut);
    }

    bool give(row const& r) { return to_(sink_, r); }

    std::uint32_t column_of(std::uint32_t index) const noexcept {
        return index >= rules_.ours ? index - rules_.ours + 1 : 0;
    }

    /// False: no more rows in this window, or the sink stops.
    bool next() {
        while (rest().starts_with(bom))
            used_ += bom.size();
        if (rest().empty()) {
            finished_ = at_end_;
            return false;
        }
        if (!at_end_ && rest().size() < bom.size() && bom.starts_with(rest())) return false;
        bool is_cut = false;
        auto const seen = look(is_cut);
        if (!seen.is_whole && !is_cut) return false;
        bool const is_open = seen.fault == row_fault::unclosed_quote;
        if (!seen.is_whole)
            return begin_broken(is_open ? row_fault::unclosed_quote : row_fault::too_long,
                                is_open ? column_of(seen.column) : 0);
        if (is_open || seen.fault == row_fault::after_quote)
            return begin_broken(seen.fault, column_of(seen.column));
        if (seen.body > most_) return begin_broken(row_fault::too_long, 0);
        return give_row(seen);
    }

    bool give_row(scanned_row const& seen) {
        row r;
        r.line = line_;
        r.raw = rest().substr(0, seen.body);
        r.offset = in_file(used_);
        r.length = is_wide() ? in_file(used_ + seen.body) - r.offset : seen.body;
        auto cells = scan_.cells();
        auto const ours = std::min<std::size_t>(rules_.ours, cells.size());
        auto const own = cells.size() > ours ? scan_.begins()[ours] : r.raw.size();
        r.own = r.raw.substr(own);
        r.own_offset = ours == 0 ? r.offset : in_file(used_ + own);
        r.met = static_cast<std::uint32_t>(cells.size() - ours);
        auto const own_cells = cells.subspan(ours);
        r.is_blank = std::all_of(own_cells.begin(), own_cells.end(), is_blank);
        if (seen.fault != row_fault::none) {
            r.fault = seen.fault;
            r.column = column_of(seen.column);
        } else if (!r.is_blank) {
            check(r, seen, cells);
        }
        r.cells = cells.subspan(ours);
        used_ += seen.end;
        line_ += seen.lines;
        return give(r);
    }

    void check(row& r, scanned_row const& seen, std::span<std::string_view const>& cells) const {
        if (seen.has_high && rules_.checks_text && !is_utf8(r.raw)) {
            auto const bad = std::find_if_not(cells.begin(), cells.end(), is_utf8);
            r.fault = row_fault::not_text;
            r.column = column_of(static_cast<std::uint32_t>(bad - cells.begin()));
            return;
        }
        if (rules_.columns == 0) return;
        if (cells.size() < rules_.columns) {
            r.fault = row_fault::too_few;
            r.column = r.met + 1;
            return;
        }
        auto const further = cells.subspan(rules_.columns);
        auto const met = std::find_if_not(further.begin(), further.end(), is_blank);
        if (met == further.end()) {
            cells = cells.first(rules_.columns);
            return;
        }
        r.fault = row_fault::too_many;
        r.column = column_of(rules_.columns + static_cast<std::uint32_t>(met - further.begin()));
    }

    bool begin_broken(row_fault why, std::uint32_t column) {
        state_ = {};
        state_.is_broken = state_.in_line = true;
        state_.fault = static_cast<std::uint8_t>(why);
        state_.column = column;
        state_.broken_offset = in_file(used_);
        state_.broken_line = line_;
        return true;
    }

    bool give_broken() {
        row r;
        r.line = state_.broken_line;
        r.offset = r.own_offset = state_.broken_offset;
        r.length = in_file(used_) - r.offset;
        r.fault = static_cast<row_fault>(std::min<unsigned>(state_.fault, row_fault_count - 1));
        r.column = state_.column;
        state_ = {};
        return give(r);
    }

    /// To the next line's start. False: it is not in the window.
    bool skip_line() {
        auto const text = rest();
        auto const end = text.find_first_of("\r\n");
        bool const waits = end != std::string_view::npos && text[end] == '\r' &&
                           end + 1 == text.size() && !at_end_;
        if (end == std::string_view::npos || waits) {
            used_ += waits ? end : text.size();
            state_.in_line = true;
            return false;
        }
        bool const is_two = text[end] == '\r' && end + 1 < text.size() && text[end + 1] == '\n';
        used_ += end + (is_two ? 2 : 1);
        ++line_;
        state_.in_line = false;
        return true;
    }

    bool skip() {
        if (state_.in_line && !skip_line()) return at_end_ && rest().empty() && give_broken();
        if (rest().empty()) return at_end_ && give_broken();
        bool is_cut = false;
        auto const seen = look(is_cut);
        if (!seen.is_whole && !is_cut) return false;
        bool const is_row = seen.is_whole && seen.body <= most_ &&
                            seen.fault != row_fault::unclosed_quote &&
                            seen.fault != row_fault::after_quote &&
                            (rules_.columns == 0 || scan_.cells().size() == rules_.columns);
        if (is_row) return give_broken();
        state_.in_line = true;
        return true;
    }

    row_rules rules_;
    row_scan scan_;
    std::size_t most_;
    std::uint64_t offset_;
    std::uint64_t line_;
    event::table_place state_;
    bool finished_ = false;

    // One call of feed.
    std::string_view text_;
    bool at_end_ = false;
    void* sink_ = nullptr;
    call to_ = nullptr;
    std::size_t used_ = 0;  ///< of text_
    std::uint64_t begin_ = 0;
    std::uint64_t raw_size_ = 0;
    std::string wide_;  ///< the window as UTF-8, of a file that is none
    mutable std::size_t known_ = 0;
    mutable std::uint64_t known_raw_ = 0;
};

row_reader::row_reader(row_rules const& rules, event::position const& from)
    : impl_(std::make_unique<impl>(rules, from)) {}
row_reader::~row_reader() = default;
row_reader::row_reader(row_reader&&) noexcept = default;
row_reader& row_reader::operator=(row_reader&&) noexcept = default;

std::size_t row_reader::feed(std::string_view window, bool at_end, void* sink, call to) {
    auto const used = impl_->feed(window, at_end, sink, to);
    impl_->ended();
    return used;
}

bool row_reader::finished() const noexcept {
    return impl_->finished();
}

event::position row_reader::where() const {
    return impl_->where();
}

}  // namespace setclick::csv
