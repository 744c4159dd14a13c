// The .json format: a state machine over bytes that finds where top-level elements begin and end.
// What is inside them is the reader's business.
#include <algorithm>

#include "setclickd/event/splitter.hpp"
#include "splitter_feeding.hpp"

namespace setclick::event {
namespace {

bool matters_in_string(char c) noexcept {
    return c == '"' || c == '\\' || c == '\n';
}

char opener_of(char closer) noexcept {
    return closer == '}' ? '{' : '[';
}

}  // namespace

struct splitter::scan {
    enum class outcome { complete, unfinished, broken } result = outcome::unfinished;
    std::size_t length = 0;
    trouble why = trouble::cut_off;
};

bool splitter::next_element(feeding& f) {
    switch (state_.now) {
        case phase::skip_nested:
            return skip_nested(f);
        case phase::skip_lines:
            return skip_lines(f);
        case phase::skip_rest:
            return skip_rest(f);
        default:
            break;
    }
    if (state_.comment) return skip_comment(f);
    skip_space(f);
    if (f.rest().empty()) return f.at_end && at_file_end(f);
    if (!f.at_end && f.rest().size() < bom.size() && bom.starts_with(f.rest())) return false;
    bool waits = false;
    if (skip_remark(f, waits)) return true;
    if (waits) return false;
    if (state_.indent >= 0) {
        if (!f.at_end && may_become_comment(f.rest())) return false;
        if (f.rest().starts_with(comment_mark)) {
            // A file from rejected/: it may hold nothing but reasons, and elements side by side.
            state_.told |= std::uint32_t{1} << static_cast<unsigned>(trouble::several) |
                           std::uint32_t{1} << static_cast<unsigned>(trouble::empty_file);
            state_.comment = true;
            return true;
        }
    }
    bool element_begins = false;
    if (!between(f, f.rest().front(), element_begins)) return false;
    return !element_begins || take_element(f);
}

/// To the end of its line, however long. False when the window ends first.
bool splitter::skip_comment(feeding& f) noexcept {
    auto const rest = f.rest();
    auto const newline = rest.find('\n');
    bool const complete = newline != std::string_view::npos;
    advance(f, complete ? newline + 1 : rest.size(), complete ? 1 : 0);
    if (!complete && !f.at_end) return false;
    state_.comment = false;
    state_.indent = 0;
    return true;
}

void splitter::skip_space(feeding& f) noexcept {
    auto const rest = f.rest();
    std::size_t n = 0;
    std::uint64_t lines = 0;
    for (; n < rest.size(); ++n) {
        if (rest.substr(n).starts_with(bom)) {
            n += bom.size() - 1;  // of a file that was put behind another
        } else if (rest[n] == record_separator) {
            continue;
        } else if (!is_space(rest[n])) {
            break;
        } else if (rest[n] == '\n') {
            ++lines;
            state_.indent = 0;
        } else if (state_.indent >= 0) {
            ++state_.indent;
        }
    }
    advance(f, n, lines);
}

/// Takes what lies between elements: brackets and commas of the array. False when the sink stopped.
bool splitter::between(feeding& f, char c, bool& element_begins) {
    auto const take = [&](phase next) {
        advance(f, 1, 0);
        state_.indent = -1;
        state_.now = next;
    };
    auto const now = state_.now;
    if (now == phase::closed) {
        state_.skip_indent = -1;
        state_.indent = -1;
        return begin_skip(f, trouble::behind_array);
    }
    if (now == phase::start && c == '[') {
        take(phase::first);
        return true;
    }
    bool const in_array = now == phase::first || now == phase::value || now == phase::next;
    if (in_array && c == ']') {
        bool const go_on = now != phase::value || tell(f, trouble::extra_comma);
        take(phase::closed);
        return go_on;
    }
    if (c == ',') {
        bool go_on = true;
        if (!in_array)
            go_on = tell(f, trouble::several);
        else if (now != phase::next)
            go_on = tell(f, trouble::extra_comma);
        take(in_array ? phase::value : phase::single);
        return go_on;
    }
    element_begins = true;
    if (now == phase::next && !tell(f, trouble::no_comma)) return false;
    return true;  // objects side by side are as clear as those of an array
}

/// An HTML comment behind the last element, as caches leave it: nothing is lost with it. `waits`:
/// the window ends inside it.
bool splitter::skip_remark(feeding& f, bool& waits) {
    constexpr std::string_view begin = "<!--";
    constexpr std::string_view end = "-->";
    if (state_.now != phase::closed && state_.now != phase::single) return false;
    auto const rest = f.rest().substr(0, max_text_);
    bool const whole = f.at_end || f.rest().size() >= max_text_;
    if (rest.size() < begin.size() && begin.starts_with(rest)) return waits = !f.at_end, false;
    if (!rest.starts_with(begin)) return false;
    auto const at = rest.find(end, begin.size());
    if (at == std::string_view::npos) return waits = !whole, false;
    auto const remark = rest.substr(0, at + end.size());
    advance(f, remark.size(), newlines_in(remark));
    state_.indent = -1;
    return true;
}

/// A trouble between elements, as a piece of no length at this place; once a file.
bool splitter::tell(feeding& f, trouble why) {
    auto const bit = std::uint32_t{1} << static_cast<unsigned>(why);
    if ((state_.told & bit) != 0) return true;
    state_.told |= bit;
    return give_trouble(f, why, offset_, line_, 0);
}

bool splitter::take_element(feeding& f) {
    // Never beyond the limit: what is found must not depend on how much of the file the window
    // happens to hold.
    auto const rest = f.rest().substr(0, max_text_ + 1);
    auto const found = look(rest, f.at_end);
    if (found.result == scan::outcome::broken) return begin_skip(f, found.why);
    if (found.result == scan::outcome::unfinished) {
        if (rest.size() > max_text_) return begin_skip(f, trouble::too_long);
        return f.at_end && begin_skip(f, trouble::cut_off);
    }
    if (found.length > max_text_) return begin_skip(f, trouble::too_long);
    auto const text = rest.substr(0, found.length);
    piece const p{text, text, line_, offset_, text.size(), {}};
    bool const in_array = state_.now != phase::start && state_.now != phase::single;
    state_.now = in_array ? phase::next : phase::single;
    state_.indent = -1;
    advance(f, text.size(), newlines_in(text));
    return give(f, p);
}

/// How far the element at the front of `rest` reaches. A word that is no JSON reaches to the next
/// white space or punctuation, and the reader reports what is wrong with it.
splitter::scan splitter::look(std::string_view rest, bool at_end) {
    using enum scan::outcome;
    open_.clear();
    bool in_string = false;
    for (std::size_t i = 0; i < rest.size(); ++i) {
        if (in_string) {
            while (i < rest.size() && !matters_in_string(rest[i]))
                ++i;
            if (i == rest.size()) break;
        }
        char const c = rest[i];
        if (in_string) {
            if (c == '\n') return {broken, i, trouble::open_string};
            if (c == '\\') {
                if (++i < rest.size() && rest[i] == '\n') return {broken, i, trouble::open_string};
            } else if (c == '"') {
                in_string = false;
                if (open_.empty()) return {complete, i + 1, {}};
            }
            continue;
        }
        switch (c) {
            case '"':
                if (i > 0 && open_.empty()) return {complete, i, {}};
                in_string = true;
                break;
            case '{':
            case '[':
                if (i > 0 && open_.empty()) return {complete, i, {}};
                open_ += c;
                break;
            case '}':
            case ']':
                if (open_.empty()) return {complete, std::max<std::size_t>(i, 1), {}};
                if (open_.back() != opener_of(c)) return {broken, i, trouble::mismatch};
                open_.pop_back();
                if (open_.empty()) return {complete, i + 1, {}};
                break;
            default:
                if (open_.empty() && i > 0 && (c == ',' || is_space(c))) return {complete, i, {}};
        }
    }
    bool const is_word = open_.empty() && !in_string;
    if (at_end && is_word) return {complete, rest.size(), {}};
    return {};
}

/// Nothing is left; false ends the feeding.
bool splitter::at_file_end(feeding& f) {
    finished_ = true;
    if (state_.now == phase::start) {
        tell(f, trouble::empty_file);
    } else if (state_.now == phase::first || state_.now == phase::value ||
               state_.now == phase::next) {
        tell(f, trouble::not_closed);
    }
    return false;
}

}  // namespace setclick::event
