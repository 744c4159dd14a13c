#include "setclickd/event/splitter.hpp"

#include <algorithm>

#include "file_shape.hpp"
#include "noise.hpp"
#include "setclickd/base/ascii.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/event/wide_text.hpp"
#include "splitter_feeding.hpp"

namespace setclick::event {
namespace {

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

/// Without the line ends of other programs around a text.
std::string_view without_odd_ends(std::string_view line) noexcept {
    while (auto const odd = odd_line_end(line))
        line.remove_prefix(odd);
    for (std::size_t const size : {1, 2, 3})
        if (line.size() > size && line[line.size() - size - 1] == '}' &&
            odd_line_end(line.substr(line.size() - size)) == size)
            line.remove_suffix(size);
    return line;
}

/// Of the lines of an array whose brackets are missing.
std::string_view without_commas(std::string_view line) noexcept {
    constexpr std::string_view around = " \t\r,";
    constexpr std::string_view blank = " \t\r";
    if (line[line.find_first_not_of(blank)] != ',' && line[line.find_last_not_of(blank)] != ',')
        return line;
    auto const first = line.find_first_not_of(around);
    auto const last = line.find_last_not_of(around);
    if (first == std::string_view::npos || line[first] != '{' || line[last] != '}') return line;
    return line.substr(first, last - first + 1);
}

bool is_whole(split_trouble why) noexcept {
    using enum split_trouble;
    return why == gzip || why == packed || why == words || why == table || why == markup;
}

}  // namespace

std::optional<file_format> format_of(std::string_view file_name) noexcept {
    if (ends_with_ignoring_case(file_name, ".json")) return file_format::elements;
    if (ends_with_ignoring_case(file_name, ".ndjson") ||
        ends_with_ignoring_case(file_name, ".jsonl"))
        return file_format::lines;
    if (ends_with_ignoring_case(file_name, ".csv") || ends_with_ignoring_case(file_name, ".tsv"))
        return file_format::table;
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
    auto const* const at = std::get_if<line_place>(&from.at);
    if (at == nullptr) return;
    state_.encoding = at->encoding;
    if (format_ != file_format::lines || !at->in_long_line) return;
    state_.now = phase::skip_line;
    state_.skip_offset = at->long_offset;
    state_.skip_line = at->long_line;
    state_.comment = at->comment;
}

position splitter::where() const {
    auto state = state_;
    state.skip_offset = in_file(state.skip_offset);
    position out{in_file(offset_), line_, state};
    if (format_ == file_format::elements) return out;
    line_place at;
    at.encoding = state_.encoding;
    if (state_.now == phase::skip_line)
        at = {true, state_.comment, state.skip_offset, state_.skip_line, state_.encoding};
    out.at = at;
    return out;
}

std::size_t splitter::feed(std::string_view window, bool at_end, void* sink, call to) {
    finished_ = false;
    if (offset_ == 0 && !know_encoding(window, at_end)) return 0;
    if (state_.encoding != text_encoding::utf8) return split_wide(window, at_end, sink, to);
    feeding f{window, at_end, sink, to, max_text_};
    split(f);
    return f.used;
}

/// False when the window is too short to tell.
bool splitter::know_encoding(std::string_view head, bool at_end) noexcept {
    constexpr std::size_t enough = 4;
    if (head.size() < enough && !at_end) return false;
    state_.encoding = encoding_of(head);
    return true;
}

void splitter::split(feeding& f) {
    if (offset_ == 0 && !begin_file(f)) return;
    if (state_.now == phase::skip_rest && is_whole(state_.why)) return skip_whole(f);
    while (format_ == file_format::lines ? next_line(f) : next_element(f)) {
    }
}

/// As UTF-8 of which each offset is that of the window's begin and so many bytes of UTF-8 behind it;
/// `in_file` says which of the file that is. A text may be as long in the file as any other.
std::size_t splitter::split_wide(std::string_view window, bool at_end, void* sink, call to) {
    wide_.utf8.clear();
    append_utf8(wide_.utf8, window, state_.encoding, at_end);
    wide_.begin = offset_;
    wide_.known = wide_.known_raw = 0;
    wide_.is_open = true;
    feeding f{wide_.utf8, at_end, sink, to, max_text_ / unit_of(state_.encoding)};
    split(f);
    auto const used = std::min<std::uint64_t>(in_file(offset_) - wide_.begin, window.size());
    state_.skip_offset = in_file(state_.skip_offset);
    offset_ = wide_.begin + used;
    wide_.is_open = false;
    return static_cast<std::size_t>(used);
}

std::uint64_t splitter::in_file(std::uint64_t offset) const noexcept {
    if (!wide_.is_open || offset <= wide_.begin) return offset;
    auto const at = std::min<std::size_t>(offset - wide_.begin, wide_.utf8.size());
    if (at < wide_.known) wide_.known = wide_.known_raw = 0;
    auto const further = std::string_view(wide_.utf8).substr(wide_.known, at - wide_.known);
    wide_.known_raw += raw_length(further, state_.encoding);
    wide_.known = at;
    return wide_.begin + wide_.known_raw;
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
        shape_of(format_, f.window.substr(0, f.most), f.at_end || f.window.size() >= f.most,
                 f.at_end && f.window.size() <= f.most);
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
        case file_kind::words:
            give_up(trouble::words);
            break;
        case file_kind::table:
            give_up(trouble::table);
            break;
        case file_kind::markup:
            give_up(trouble::markup);
            break;
    }
    // Both are taken before the sink may stop.
    auto const take = [&](std::size_t end) {
        piece out;
        if (end <= f.used) return out;
        auto const text = f.window.substr(f.used, end - f.used);
        out = {text, text, line_, offset_, text.size(), {}, true};
        advance(f, text.size(), newlines_in(text));
        return out;
    };
    auto const words = take(shape->noise);
    auto const envelope = take(shape->envelope);
    if (envelope.length > 0) {
        state_.now = phase::first;
        state_.indent = -1;
    }
    if (words.length > 0) {
        // The rest of an event may be among them.
        bool const is_remark = words.text.find("\":") == std::string_view::npos;
        problem_ = problem_text(trouble::noise);
        if (!give(f, {{}, {}, words.line, words.offset, words.length, problem_, is_remark}))
            return false;
    }
    return envelope.length == 0 ||
           (state_.told |= bit_of(trouble::envelope),
            give_trouble(f, trouble::envelope, envelope.offset, envelope.line, envelope.length));
}

/// A file that cannot be split: one refusal for all of it; where it is packed, of none of its bytes.
void splitter::skip_whole(feeding& f) {
    advance(f, f.rest().size(), 0);
    if (!f.at_end) return;
    finished_ = true;
    auto const bit = bit_of(state_.why);
    if ((state_.told & bit) != 0) return;
    state_.told |= bit;
    bool const is_packed = state_.why == trouble::gzip || state_.why == trouble::packed;
    give_trouble(f, state_.why, 0, 1, is_packed ? 0 : offset_);
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
    if (state_.encoding == text_encoding::utf8) [[likely]]
        return f.to(f.sink, p);
    auto out = p;
    // What no_character of the wide text stands for is a fault of the file's own encoding.
    if (p.problem.empty() && p.text.find(no_character) != std::string_view::npos) {
        problem_ = "is not whole in " + std::string(name_of(state_.encoding)) +
                   ": half a character, or none that there is; is the file cut off, or was it put "
                   "together from two encodings? Save it as UTF-8";
        out.text = {};
        out.problem = problem_;
    }
    auto const end = in_file(p.offset + p.length);
    out.offset = in_file(p.offset);
    out.length = end - out.offset;
    return f.to(f.sink, out);
}

bool splitter::give_trouble(feeding& f, trouble why, std::uint64_t offset, std::uint64_t line,
                            std::uint64_t length) {
    problem_ = problem_text(why);
    bool const is_remark = why == trouble::no_comma || why == trouble::extra_comma ||
                           why == trouble::several || why == trouble::envelope ||
                           why == trouble::noise;
    return give(f, {{}, {}, line, offset, length, problem_, is_remark});
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
            return "words around the JSON (a warning of the program that wrote it?) are no event";
        case trouble::gzip:
            return "the file is compressed with gzip: unpack it and drop what was in it";
        case trouble::packed:
            return "the file is compressed, or of an office program: unpack it or save it as text, "
                   "and drop that";
        case trouble::words:
            return "the file holds no JSON: an event is one object, and a file one of them on each "
                   "line, or an array";
        case trouble::table:
            return "the file is a table (CSV), not JSON: give it a name that ends in .csv, and "
                   "drop that";
        case trouble::markup:
            return "the file is HTML or XML, not JSON: perhaps the page of an error; export it "
                   "again "
                   "as JSON";
        case trouble::envelope:
            return "the array of the events is a member of an object: what is around it is left "
                   "out";
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
        if (rest.size() <= f.most + 1) return false;
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
    auto const text = without_odd_ends(without_marks(line));
    bool const is_comment =
        line.starts_with(comment_mark) || (text.starts_with("<!--") && text.ends_with("-->"));
    if (is_blank(text) || is_comment) return true;
    if (line.size() > f.most)
        return give_trouble(f, trouble::too_long, offset, line_number, line.size());
    if (text.front() != '{' || text.back() != '}') {
        if (is_noise_line(text))
            return give_trouble(f, trouble::noise, offset, line_number, line.size());
        auto const bare = without_commas(text);
        return give(f, {bare, line, line_number, offset, line.size(), {}});
    }
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
