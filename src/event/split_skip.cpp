// The .json format: what is passed over, because an element is broken, too long, or nothing can
// follow.
#include "setclickd/event/splitter.hpp"
#include "splitter_feeding.hpp"

namespace setclick::event {

/// The element here cannot be had. Where it began its line the next one is found by its line, else
/// by counting brackets (too long, but sound so far), else not at all.
bool splitter::begin_skip(feeding& f, trouble why) {
    bool const in_array = state_.now != phase::start && state_.now != phase::single;
    state_.why = why;
    state_.skip_offset = offset_;
    state_.skip_line = line_;
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
                        offset_ - state_.skip_offset);
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
            if (state_.after == phase::single && !f.at_end && may_become_comment(rest.substr(i))) {
                advance(f, i, lines);
                return false;
            }
            // In a rejected file the next line's reason comes first.
            bool const reason_begins =
                state_.after == phase::single && rest.substr(i).starts_with(comment_mark);
            if (next_begins || array_ends || reason_begins) {
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

/// What is skipped reaches to the file's end: that the array is not closed either is not reported.
bool splitter::end_at_file_end(feeding& f) {
    state_.told |= bit_of(trouble::not_closed);
    return end_skip(f);
}

}  // namespace setclick::event
