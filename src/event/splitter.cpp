#include "setclickd/event/splitter.hpp"

#include <algorithm>
#include <cctype>

#include "setclickd/base/text.hpp"
#include "splitter_feeding.hpp"

namespace setclick::event {
namespace {

constexpr std::string_view bom = "\xEF\xBB\xBF";

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

}  // namespace

std::optional<file_format> format_of(std::string_view file_name) noexcept {
    if (ends_in(file_name, ".json")) return file_format::elements;
    if (ends_in(file_name, ".ndjson") || ends_in(file_name, ".jsonl")) return file_format::lines;
    return {};
}

splitter::splitter(file_format format, std::size_t max_text, position const& from)
    : format_(format), max_text_(max_text), offset_(from.offset), line_(from.line) {
    if (auto const* const at = std::get_if<element_place>(&from.at)) {
        // Of another format: the start of a file is as good as any.
        if (format_ == file_format::elements) state_ = *at;
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
    if (offset_ == 0 && !skip_bom(f)) return 0;
    while (format_ == file_format::lines ? next_line(f) : next_element(f)) {
    }
    return f.used;
}

void splitter::advance(feeding& f, std::size_t count, std::uint64_t newlines) noexcept {
    f.used += count;
    offset_ += count;
    line_ += newlines;
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
    if (is_blank(line) || line.starts_with(comment_mark)) return true;
    if (line.size() > max_text_)
        return give_trouble(f, trouble::too_long, offset, line_number, line.size());
    return give(f, {line, line, line_number, offset, line.size(), {}});
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
