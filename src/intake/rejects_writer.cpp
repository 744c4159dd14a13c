#include "rejects_writer.hpp"

#include <algorithm>

#include "setclickd/base/text.hpp"
#include "setclickd/csv/table_rows.hpp"
#include "setclickd/event/wide_text.hpp"

namespace setclick::intake {
namespace {

constexpr std::uint32_t page_size = 512;
/// Of one character in any encoding.
constexpr std::size_t most_sign = 4;
constexpr std::size_t copy_size = std::size_t{64} << 10;

std::string one_line(std::string_view text) {
    std::string out(text);
    std::replace_if(
        out.begin(), out.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return out;
}

std::string reason_of(ledger::rejected_row const& row) {
    return row.excerpt.empty() ? row.reason : row.reason + ": " + printable(row.excerpt, 300);
}

}  // namespace

error of_input(error e) {
    if (!may_pass(e.code)) e.code = errc::unreadable;
    return e;
}

rejects_writer::rejects_writer(rejects_tools tools, rejects_job job)
    : tools_(tools),
      job_(std::move(job)),
      last_number_(job_.after),
      position_(reading_state::start()) {}

result<bool> rejects_writer::turn() {
    if (!job_.by_server) return refused_turn();
    if (!finding_) return collect_turn();
    if (auto r = find_turn(); !r) return r.error();
    return false;
}

result<void> rejects_writer::begin() {
    if (out_) return {};
    auto const key =
        std::to_string(static_cast<std::uint64_t>(job_.no)) + (job_.by_server ? ".s" : ".r");
    auto begun = spool::publication::begin(*tools_.spool, spool::place::rejected, key);
    if (!begun) return begun.error();
    if (tools_.sharing != nullptr) {
        auto const shared = tools_.sharing->share(*begun, job_.file.get(), job_.name);
        if (!shared) return shared.error();
        readers_ = *shared;
    }
    out_.emplace(std::move(*begun));
    if (table_) return out_->append(table_->head());
    return {};
}

result<bool> rejects_writer::finish() {
    if (!out_) return true;
    auto name = out_->publish(job_.name, job_.again);
    if (!name) return name.error();
    if (auto r = tools_.spool->sync(spool::place::rejected, "spool.publish.sync_dir"); !r)
        return r.error();
    published_ = std::move(*name);
    if (tools_.sharing != nullptr) tools_.sharing->published(readers_, published_);
    out_.reset();
    return true;
}

result<void> rejects_writer::write_reason(std::uint64_t number, std::string_view reason,
                                          std::string_view note) {
    return out_->append("#! line " + std::to_string(number) + ": " + one_line(reason) +
                        std::string(note) + "\n");
}

result<void> rejects_writer::write_line(std::string_view bytes, bool in_utf8) {
    std::string text;
    if (!in_utf8) {
        event::append_utf8(text, bytes, encoding_, true);
        bytes = text;
    }
    if (auto r = out_->append(bytes); !r) return r.error();
    return out_->append("\n");
}

/// What the file is, by its first bytes.
result<void> rejects_writer::look_at_head() {
    constexpr std::size_t enough = 8;
    form_ = form::text;
    if (job_.format == event::file_format::table) return look_at_table();
    if (!job_.file) return {};
    auto const seen = tools_.window->fill(job_.file.get(), 0, job_.name, enough);
    if (!seen) return of_input(seen.error());
    if (event::is_packed(seen->bytes)) form_ = form::packed;
    encoding_ = event::encoding_of(seen->bytes);
    return {};
}

result<void> rejects_writer::look_at_table() {
    if (job_.table == refused_table) {
        if (job_.file) form_ = form::packed;
        return {};
    }
    auto lines =
        table_lines::of(job_.table, job_.file.get(), job_.name, tools_.max_line, *tools_.window);
    if (!lines) return of_input(lines.error());
    table_ = std::move(*lines);
    return {};
}

/// One window of a file that is refused as a whole further.
result<bool> rejects_writer::copy_turn() {
    if (auto r = begin(); !r) return r.error();
    auto const seen = tools_.window->fill(job_.file.get(), copied_, job_.name);
    if (!seen) return of_input(seen.error());
    if (auto r = out_->append(seen->bytes); !r) return r.error();
    copied_ += seen->bytes.size();
    if (!seen->at_end) return false;
    return finish();
}

/// One window of a line further that no window holds.
result<void> rejects_writer::copy_line_turn() {
    auto const limit = static_cast<std::size_t>(std::min<std::uint64_t>(long_left_, copy_size));
    auto const seen = tools_.window->fill(job_.file.get(), long_at_, job_.name, limit);
    if (!seen) return of_input(seen.error());
    bool const is_last = seen->bytes.size() == long_left_ || seen->bytes.size() < limit;
    std::string text;
    if (table_) {
        table_->append_part(text, seen->bytes);
        long_at_ += seen->bytes.size();
        long_left_ = is_last ? 0 : long_left_ - seen->bytes.size();
        if (is_last) table_->end_broken(text);
        return out_->append(text);
    }
    auto const used = event::append_utf8(text, seen->bytes, encoding_, is_last);
    long_at_ += used;
    long_left_ = is_last ? 0 : long_left_ - used;
    if (is_last) text += '\n';
    return out_->append(text);
}

result<bool> rejects_writer::refused_turn() {
    if (form_ == form::unknown)
        if (auto r = look_at_head(); !r) return r.error();
    if (form_ == form::packed && last_number_ > job_.after) return copy_turn();
    if (long_left_ > 0) {
        if (auto r = copy_line_turn(); !r) return r.error();
        return false;
    }
    if (table_) return refused_table_turn();
    auto const page = tools_.ledger->refused_lines(job_.no, last_number_, page_size);
    if (!page) return page.error();
    if (page->empty()) return finish();
    if (form_ == form::packed) {
        last_number_ = page->back().line;
        return false;
    }
    if (auto r = begin(); !r) return r.error();
    for (auto const& line : *page) {
        last_number_ = line.line;
        bool const is_long = line.length > tools_.max_line;
        std::string note;
        if (is_long)
            note = " (" + grouped(line.length) + " bytes at offset " + std::to_string(line.offset) +
                   ")";
        if (auto r = write_reason(line.line, line.reason, note); !r) return r.error();
        if (line.length == 0 || !job_.file) continue;
        if (is_long) {
            long_at_ = line.offset;
            long_left_ = line.length;
            return false;
        }
        auto const seen = tools_.window->fill(job_.file.get(), line.offset, job_.name,
                                              static_cast<std::size_t>(line.length));
        if (!seen) return of_input(seen.error());
        bool const in_utf8 = encoding_ == event::text_encoding::utf8;
        if (auto r = write_line(seen->bytes, in_utf8); !r) return r.error();
    }
    return false;
}

/// Rows first, then those that may be more than one.
result<bool> rejects_writer::refused_table_turn() {
    auto const page = tools_.ledger->refused_lines(job_.no, last_number_, page_size);
    if (!page) return page.error();
    if (page->empty()) {
        if (writes_broken_ || !has_broken_) return finish();
        writes_broken_ = true;
        last_number_ = job_.after;
        return false;
    }
    if (auto r = begin(); !r) return r.error();
    for (auto const& line : *page) {
        last_number_ = line.line;
        if (auto r = write_refused_row(line); !r) return r.error();
        if (long_left_ > 0) return false;
    }
    return false;
}

result<void> rejects_writer::write_refused_row(ledger::refused_row const& line) {
    std::string out;
    bool const is_long = line.length > tools_.max_line;
    if (line.length == 0 || !job_.file) {
        if (!writes_broken_) table_->append_reason(out, line.line, line.reason);
    } else if (is_long) {
        has_broken_ = true;
        if (!writes_broken_) return {};
        auto const seen = tools_.window->fill(job_.file.get(), line.offset, job_.name, most_sign);
        if (!seen) return of_input(seen.error());
        table_->begin_broken(out, line.line, line.reason, seen->bytes);
        long_at_ = line.offset;
        long_left_ = line.length;
    } else {
        auto const seen = tools_.window->fill(job_.file.get(), line.offset, job_.name,
                                              static_cast<std::size_t>(line.length));
        if (!seen) return of_input(seen.error());
        std::string row;
        bool const is_row = table_->append_row(row, line.line, line.reason, seen->bytes);
        has_broken_ = has_broken_ || !is_row;
        if (is_row == writes_broken_) return {};
        if (is_row)
            out = std::move(row);
        else
            table_->append_broken(out, line.line, line.reason, seen->bytes);
    }
    return out_->append(out);
}

/// Events come by number, which for a file of several accounts is not the order of its lines.
result<bool> rejects_writer::collect_turn() {
    bool page_empty = all_collected_;
    if (!all_collected_ && wanted_.size() < most_wanted) {
        auto const page = tools_.ledger->rejected_events(job_.no, after_event_, page_size);
        if (!page) return page.error();
        for (auto const& row : *page) {
            after_event_ = row.no;
            wanted_.push_back({row.line, reason_of(row)});
        }
        page_empty = page->empty();
        all_collected_ = page_empty;
    }
    if (!page_empty && wanted_.size() < most_wanted) return false;
    if (wanted_.empty()) return finish();
    std::sort(wanted_.begin(), wanted_.end(),
              [](auto const& a, auto const& b) { return a.number < b.number; });
    position_ = reading_state::start();
    next_split_ = 0;
    next_wanted_ = 0;
    finding_ = true;
    if (form_ == form::unknown)
        if (auto r = look_at_head(); !r) return r.error();
    if (auto r = begin(); !r) return r.error();
    return false;
}

/// One window of the file further: the events' texts are found by their numbers.
result<void> rejects_writer::find_turn() {
    result<void> written;
    auto const write = [&](std::string_view bytes, bool is_text) {
        auto const& wanted = wanted_[next_wanted_++];
        if (table_) {
            std::string out;
            if (!is_text || !table_->append_row(out, wanted.number, wanted.reason, bytes))
                table_->append_reason(out, wanted.number, wanted.reason);
            written = out_->append(out);
            return;
        }
        written = write_reason(wanted.number, wanted.reason);
        if (written && is_text) written = write_line(bytes);
    };
    auto const give_up = [&] {
        while (written && next_wanted_ < wanted_.size())
            write({}, false);
    };
    if (job_.file) {
        auto const seen = tools_.window->fill(job_.file.get(), position_.at.offset, job_.name);
        if (!seen) return of_input(seen.error());
        // As it was read: up to where the file ended then, in the middle of a line.
        auto const next = std::find_if(
            job_.splits.begin() + static_cast<std::ptrdiff_t>(next_split_), job_.splits.end(),
            [&](file_split const& split) { return split.at > position_.at.offset; });
        bool const cut =
            next != job_.splits.end() && next->at - position_.at.offset <= seen->bytes.size();
        auto const bytes =
            cut ? seen->bytes.substr(0, next->at - position_.at.offset) : seen->bytes;
        bool const is_done =
            find_pieces(bytes, cut || seen->at_end, [&](std::uint64_t line, std::string_view text) {
                auto const number = next_number(line, position_.last_number);
                position_.last_number = number;
                if (wanted_[next_wanted_].number != number) return true;
                write(text, true);
                return written.has_value() && next_wanted_ < wanted_.size();
            });
        if (!written) return written;
        if (cut && is_done) {
            if (next->from) position_.at = *next->from;
            next_split_ = static_cast<std::size_t>(next - job_.splits.begin()) + 1;
        }
        // The file is shorter than it was: what was not found has no text any more.
        if (!cut && seen->at_end && is_done) give_up();
    } else {
        give_up();
    }
    if (next_wanted_ == wanted_.size()) {
        wanted_.clear();
        finding_ = false;
    }
    return written;
}

/// `found` gets the line and the bytes of each piece; `position_` is moved. True when the end is met.
template <class Found>
bool rejects_writer::find_pieces(std::string_view bytes, bool at_end, Found&& found) {
    if (!table_) {
        event::splitter split(job_.format, tools_.max_line, position_.at);
        split.consume(bytes, at_end,
                      [&](event::piece const& p) { return p.is_remark || found(p.line, p.raw); });
        position_.at = split.where();
        return split.finished();
    }
    auto const begin = position_.at.offset;
    auto const from = csv::rows_from(table_->layout(), position_.at);
    auto const skipped = std::min(static_cast<std::size_t>(from.offset - begin), bytes.size());
    csv::table_rows rows(table_->layout(), table_->names(), tools_.max_line, from);
    rows.consume(bytes.substr(skipped), at_end, [&](csv::row const& r, csv::row_kind kind) {
        if (kind != csv::row_kind::event) return true;
        return found(r.line, bytes.substr(static_cast<std::size_t>(r.offset - begin),
                                          static_cast<std::size_t>(r.length)));
    });
    position_.at = rows.where();
    return rows.finished();
}

}  // namespace setclick::intake
