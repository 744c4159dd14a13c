#include "setclickd/event/splitter.hpp"

#include <algorithm>
#include <cctype>

#include "file_shape.hpp"
#include "setclickd/base/text.hpp"
#include "splitter_feeding.hpp"

namespace setclick::event {
namespace {

bool ends_in(std::string_view name, std::string_view end) noexcept {
    return name.size() >= end.size() &&
           std::equal(end.rbegin(), end.rend(), name.rbegin(), [](char a, char b) {
               return a == static_cast<char>(std::tolower(static_cast<unsigned char>(b)));
           });
}

bool is_blank(std::string_view line) noexcept {
    return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

std::string_view without_cr(std::string_view line) noexcept {
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

/// Without what stands before a text in some files: RFC 7464's record separator, and the byte order
/// marks of files that were put together.
std::string_view without_marks(std::string_view line) noexcept {
    for (;;) {
        if (line.starts_with(bom))
            line.remove_prefix(bom.size());
        else if (line.starts_with(record_separator))
            line.remove_prefix(1);
        else
            return line;
    }
}

bool is_whole(split_trouble why) noexcept {
    return why == split_trouble::gzip || why == split_trouble::packed ||
           why == split_trouble::utf16 || why == split_trouble::utf32;
}

}  // namespace

std::optional<file_format> format_of(std::string_view file_name) noexcept {
    if (ends_in(file_name, ".json")) return file_format::elements;
    if (ends_in(file_name, ".ndjson") || ends_in(file_name, ".jsonl")) return file_format::lines;
    return {};
}

splitter::splitter(file_format format, std::size_t max_text, position const& from)
    : format_(format), max_text_(max_text), offset_(from.offset), line_(from.line) {
    if (auto const* const at = std::get_if<element_place>(&from.at)) {
        // The layout may be another one than the name promises.
        format_ = file_format::elements;
        state_ = *at;
        return;
    }
    auto const& at = std::get<line_place>(from.at);
    if (format_ != file_format::lines || !at.in_long_line) return;
    state_.now = phase::skip_line;
    state_.skip_offset = at.long_offset;
    state_.skip_line = at.long_line;
    state_.comment = at.comment;
}

position splitter::where() const {
    position out{offset_, line_, state_};
    if (format_ == file_format::elements) return out;
    line_place at;
    if (state_.now == phase::skip_line)
        at = {true, state_.comment, state_.skip_offset, state_.skip_line};
    out.at = at;
    return out;
}

std::size_t splitter::feed(std::string_view window, bool at_end, void* sink, call to) {
    feeding f{window, at_end, sink, to};
    finished_ = false;
    if (offset_ == 0 && !begin_file(f)) return f.used;
    if (state_.now == phase::skip_rest && is_whole(state_.why)) return skip_whole(f), f.used;
    while (format_ == file_format::lines ? next_line(f) : next_element(f)) {
    }
    return f.used;
}

void splitter::advance(feeding& f, std::size_t count, std::uint64_t newlines) noexcept {
    f.used += count;
    offset_ += count;
    line_ += newlines;
}

/// What the file is, whatever its name says. False when the window is too short to tell, or the sink
/// stopped.
bool splitter::begin_file(feeding& f) {
    // Never by more than a text may have: what is found must not depend on the window.
    auto const shape =
        shape_of(format_, f.window.substr(0, max_text_), f.at_end || f.window.size() >= max_text_);
    if (!shape || !skip_bom(f)) return false;
    auto const give_up = [&](trouble why) {
        format_ = file_format::elements;
        state_.now = phase::skip_rest;
        state_.why = why;
    };
    switch (shape->kind) {
        case file_kind::lines:
            break;
        case file_kind::elements:
            format_ = file_format::elements;
            break;
        case file_kind::gzip:
            give_up(trouble::gzip);
            break;
        case file_kind::packed:
            give_up(trouble::packed);
            break;
        case file_kind::utf16:
            give_up(trouble::utf16);
            break;
        case file_kind::utf32:
            give_up(trouble::utf32);
            break;
    }
    if (shape->noise <= f.used) return true;
    auto const words = f.window.substr(f.used, shape->noise - f.used);
    auto const offset = offset_;
    auto const line = line_;
    advance(f, words.size(), newlines_in(words));
    return give_trouble(f, trouble::noise, offset, line, words.size());
}

/// A file that cannot be split: one refusal for all of it, and none of its bytes.
bool splitter::skip_whole(feeding& f) {
    advance(f, f.rest().size(), 0);
    if (!f.at_end) return false;
    finished_ = true;
    auto const bit = std::uint32_t{1} << static_cast<unsigned>(state_.why);
    if ((state_.told & bit) != 0) return false;
    state_.told |= bit;
    return give_trouble(f, state_.why, 0, 1, 0);
}

/// False when the window is too short to tell.
bool splitter::skip_bom(feeding& f) {
    if (f.window.starts_with(bom))
        advance(f, bom.size(), 0);
    else if (!f.at_end && f.window.size() < bom.size() && bom.starts_with(f.window))
        return false;
    return true;
}

bool splitter::give(feeding& f, piece const& p) {
    return f.to(f.sink, p);
}

bool splitter::give_trouble(feeding& f, trouble why, std::uint64_t offset, std::uint64_t line,
                            std::uint64_t length) {
    problem_ = problem_text(why);
    return give(f, {{}, {}, line, offset, length, problem_});
}

std::string splitter::problem_text(trouble why) const {
    switch (why) {
        case trouble::too_long:
            return "is longer than the " + grouped(max_text_) + " bytes allowed (spool.max_line)";
        case trouble::open_string:
            return "a string is not closed on its line; what follows up to here cannot be told "
                   "apart";
        case trouble::mismatch:
            return "its brackets do not match; what follows up to here cannot be told apart";
        case trouble::cut_off:
            return "the file ends inside this element; is it cut off?";
        case trouble::behind_array:
            return "something follows the array's closing ]";
        case trouble::no_comma:
            return "a comma is missing before this element (told once a file)";
        case trouble::extra_comma:
            return "a comma without an element (told once a file)";
        case trouble::several:
            return "several objects side by side: put [ ] around them and commas between, or name "
                   "the "
                   "file .ndjson with one on each line (told once a file)";
        case trouble::not_closed:
            return "the array is not closed by ]; is the file cut off?";
        case trouble::empty_file:
            return "the file holds no JSON";
        case trouble::noise:
            return "words before the JSON (a warning of the program that wrote it?) are no event";
        case trouble::gzip:
            return "the file is compressed with gzip: unpack it and drop what was in it (the file "
                   "itself is in done/)";
        case trouble::packed:
            return "the file is compressed, or of an office program: unpack it or save it as text, "
                   "and drop that (the file itself is in done/)";
        case trouble::utf16:
            return "the file is UTF-16; save it as UTF-8 (PowerShell: Out-File -Encoding utf8) and "
                   "drop it again (the file itself is in done/)";
        case trouble::utf32:
            return "the file is UTF-32; save it as UTF-8 and drop it again (the file itself is in "
                   "done/)";
    }
    return {};
}

bool splitter::next_line(feeding& f) {
    if (state_.now == phase::skip_line) return skip_long_line(f);
    auto const rest = f.rest();
    auto const newline = rest.find('\n');
    bool const complete = newline != std::string_view::npos;
    if (!complete && !f.at_end) {
        // One more than allowed may still be the CR of the line's end.
        if (rest.size() <= max_text_ + 1) return false;
        state_.now = phase::skip_line;
        state_.skip_offset = offset_;
        state_.skip_line = line_;
        state_.comment = rest.starts_with(comment_mark);
        return true;
    }
    if (rest.empty()) {
        finished_ = true;
        return false;
    }
    auto const offset = offset_;
    auto const line_number = line_;
    auto const line = without_cr(rest.substr(0, newline));
    advance(f, complete ? newline + 1 : rest.size(), complete ? 1 : 0);
    auto const text = without_marks(line);
    if (is_blank(text) || line.starts_with(comment_mark)) return true;
    if (line.size() > max_text_)
        return give_trouble(f, trouble::too_long, offset, line_number, line.size());
    return give(f, {text, line, line_number, offset, line.size(), {}});
}

bool splitter::skip_long_line(feeding& f) {
    auto const rest = f.rest();
    auto const newline = rest.find('\n');
    bool const complete = newline != std::string_view::npos;
    auto const part = rest.substr(0, newline);
    auto const kept = without_cr(part);
    if (!complete && !f.at_end) {
        // A CR at the window's end waits: it belongs to the line only if no newline follows.
        advance(f, kept.size(), 0);
        return false;
    }
    auto const length = offset_ + kept.size() - state_.skip_offset;
    advance(f, part.size() + (complete ? 1 : 0), complete ? 1 : 0);
    state_.now = phase::start;
    if (state_.comment) return true;
    return give_trouble(f, trouble::too_long, state_.skip_offset, state_.skip_line, length);
}

}  // namespace setclick::event
