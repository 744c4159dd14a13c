// The .json format: a state machine over bytes that finds where top-level elements begin and end.
// What is inside them is the reader's business.
#include <algorithm>

#include "setclickd/event/splitter.hpp"
#include "splitter_feeding.hpp"

namespace setclick::event {
namespace {

bool is_space(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::uint64_t newlines_in(std::string_view text) noexcept {
    return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

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
    skip_space(f);
    if (f.rest().empty()) return f.at_end && at_file_end(f);
    bool element_begins = false;
    if (!between(f, f.rest().front(), element_begins)) return false;
    return !element_begins || take_element(f);
}

void splitter::skip_space(feeding& f) noexcept {
    auto const rest = f.rest();
    std::size_t n = 0;
    std::uint64_t lines = 0;
    for (; n < rest.size() && is_space(rest[n]); ++n) {
        if (rest[n] == '\n') {
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
    return now != phase::single || tell(f, trouble::several);
}

/// A trouble between elements, as a piece of no length at this place; once a file.
bool splitter::tell(feeding& f, trouble why) {
    auto const bit = std::uint32_t{1} << static_cast<unsigned>(why);
    if ((state_.told & bit) != 0) return true;
    state_.told |= bit;
    return give_trouble(f, why, at_.offset, at_.line, 0);
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
    piece const p{text, at_.line, at_.offset, text.size(), {}};
    bool const in_array = state_.now != phase::start && state_.now != phase::single;
    state_.now = in_array ? phase::next : phase::single;
    state_.indent = -1;
    advance(f, text.size(), newlines_in(text));
    return give(f, p);
}

/// How far the element at the front of `rest` reaches. A word that is no JSON reaches to the next
/// white space or punctuation, and the reader says what is wrong with it.
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

/// The element here cannot be had. Where it began its line the next one is found by its line, else
/// by counting brackets (too long, but sound so far), else not at all.
bool splitter::begin_skip(feeding& f, trouble why) {
    bool const in_array = state_.now != phase::start && state_.now != phase::single;
    state_.why = why;
    state_.skip_offset = at_.offset;
    state_.skip_line = at_.line;
    state_.skip_indent = state_.indent;
    state_.after = in_array ? phase::value : phase::single;
    state_.depth = 0;
    state_.in_string = state_.escaped = false;
    if (why == trouble::behind_array) {
        state_.now = phase::skip_rest;
        state_.after = phase::closed;
    } else if (state_.indent >= 0 && f.rest().front() == '{') {
        state_.now = phase::skip_lines;
        state_.indent = -1;
    } else if (why == trouble::too_long) {
        state_.now = phase::skip_nested;
        state_.after = in_array ? phase::next : phase::single;
    } else {
        state_.now = phase::skip_rest;
    }
    return true;
}

/// The skipped stretch ends here.
bool splitter::end_skip(feeding& f) {
    state_.now = state_.after;
    return give_trouble(f, state_.why, state_.skip_offset, state_.skip_line,
                        at_.offset - state_.skip_offset);
}

bool splitter::skip_nested(feeding& f) {
    auto const rest = f.rest();
    auto const done = [&](std::size_t count) {
        advance(f, count, newlines_in(rest.substr(0, count)));
    };
    for (std::size_t i = 0; i < rest.size(); ++i) {
        char const c = rest[i];
        bool const is_outside = state_.depth == 0 && !state_.in_string;
        bool const word_ends = is_space(c) || c == ',' || c == ']' || c == '}';
        if (is_outside && word_ends) {
            done(i);
            state_.indent = -1;
            return end_skip(f);
        }
        if (state_.in_string && c == '\n') {
            done(i);
            state_.why = trouble::open_string;
            state_.now = phase::skip_rest;
            return true;
        }
        if (step_nested(c)) {
            done(i + 1);
            state_.indent = -1;
            return end_skip(f);
        }
    }
    done(rest.size());
    return f.at_end && end_at_file_end(f);
}

/// True when `c` closes the element.
bool splitter::step_nested(char c) noexcept {
    if (state_.escaped) {
        state_.escaped = false;
        return false;
    }
    if (state_.in_string) {
        if (c == '\\') state_.escaped = true;
        if (c == '"') state_.in_string = false;
        return c == '"' && state_.depth == 0;
    }
    if (c == '"') state_.in_string = true;
    if (c == '{' || c == '[') ++state_.depth;
    if (c == '}' || c == ']') return --state_.depth == 0;
    return false;
}

bool splitter::skip_lines(feeding& f) {
    auto const rest = f.rest();
    std::size_t i = 0;
    std::uint64_t lines = 0;
    for (; i < rest.size(); ++i) {
        char const c = rest[i];
        if (c == '\n') {
            ++lines;
            state_.indent = 0;
        } else if (state_.indent >= 0 && is_space(c)) {
            ++state_.indent;
        } else if (state_.indent >= 0) {
            bool const next_begins = c == '{' && state_.indent == state_.skip_indent;
            bool const array_ends =
                c == ']' && state_.indent <= state_.skip_indent && state_.after == phase::value;
            if (next_begins || array_ends) {
                if (array_ends) state_.after = phase::next;
                advance(f, i, lines);
                return end_skip(f);
            }
            state_.indent = -1;
        }
    }
    advance(f, rest.size(), lines);
    return f.at_end && end_at_file_end(f);
}

bool splitter::skip_rest(feeding& f) {
    auto const rest = f.rest();
    advance(f, rest.size(), newlines_in(rest));
    return f.at_end && end_at_file_end(f);
}

/// What is skipped reaches to the file's end: that the array is not closed either needs no saying.
bool splitter::end_at_file_end(feeding& f) {
    state_.told |= std::uint32_t{1} << static_cast<unsigned>(trouble::not_closed);
    return end_skip(f);
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
