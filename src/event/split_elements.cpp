// The .json format: a state machine over bytes that finds where top-level elements begin and end.
// What is inside them is the reader's business.
#include <algorithm>

#include "envelope.hpp"
#include "noise.hpp"
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
    if (!f.at_end && may_become_odd_line_end(f.rest())) return false;
    bool waits = false;
    if (skip_envelope_end(f, waits) || skip_remark(f, waits) || begin_next_member(f, waits) ||
        begin_further_array(f, waits))
        return true;
    if (waits) return false;
    if (state_.indent >= 0) {
        if (!f.at_end && may_become_comment(f.rest())) return false;
        if (f.rest().starts_with(comment_mark)) {
            // A file from rejected/: it may hold nothing but reasons, and elements side by side.
            state_.told |= bit_of(trouble::several) | bit_of(trouble::empty_file);
            state_.comment = true;
            return true;
        }
    }
    if (skip_words(f, waits)) return true;
    if (waits) return false;
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
        } else if (auto const odd = odd_line_end(rest.substr(n)); odd > 0) {
            n += odd - 1;
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
        if (c == ']' && is_from_rejected()) return take(phase::closed), true;
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
    if (c == ']' && is_from_rejected()) {
        // Of the array whose rest was refused with its last element.
        take(phase::closed);
        return true;
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
    auto const rest = f.rest().substr(0, f.most);
    bool const whole = f.at_end || f.rest().size() >= f.most;
    if (rest.size() < begin.size() && begin.starts_with(rest)) return waits = !f.at_end, false;
    if (!rest.starts_with(begin)) return false;
    auto const at = rest.find(end, begin.size());
    if (at == std::string_view::npos) return waits = !whole, false;
    auto const remark = rest.substr(0, at + end.size());
    advance(f, remark.size(), newlines_in(remark));
    state_.indent = -1;
    return true;
}

/// Comment lines came before: what was refused once, and is dropped again.
bool splitter::is_from_rejected() const noexcept {
    return (state_.told & bit_of(trouble::empty_file)) != 0;
}

/// An object is around the array, and its } has not come.
bool splitter::is_in_envelope() const noexcept {
    return (state_.told & (bit_of(trouble::envelope) | envelope_closed)) ==
           bit_of(trouble::envelope);
}

/// What follows the array inside the object around it, and the object's }. `waits`: the window ends
/// inside it.
bool splitter::skip_envelope_end(feeding& f, bool& waits) {
    if (state_.now != phase::closed || !(is_in_envelope() || is_from_rejected())) return false;
    auto const rest = f.rest().substr(0, f.most);
    auto const end = envelope_end(rest, f.at_end || f.rest().size() >= f.most);
    if (!end || *end == 0) return waits = !end, false;
    advance(f, *end, newlines_in(rest.substr(0, *end)));
    state_.told |= envelope_closed;
    state_.indent = -1;
    return true;
}

/// A further array of events in the same object. `waits`: the window ends before it.
bool splitter::begin_next_member(feeding& f, bool& waits) {
    if (state_.now != phase::closed || !is_in_envelope()) return false;
    auto const rest = f.rest().substr(0, f.most);
    auto const inside = further_array_of(rest);
    if (!inside) return waits = !f.at_end && f.rest().size() < f.most, false;
    if (*inside == 0) return false;
    advance(f, *inside, newlines_in(rest.substr(0, *inside)));
    state_.now = phase::first;
    state_.indent = -1;
    return true;
}

/// Words between elements or after the last one, to the line's end or the next bracket that opens: no
/// event and no part of one. Told once a file. `waits`: the window ends inside them.
bool splitter::skip_words(feeding& f, bool& waits) {
    auto const rest = f.rest().substr(0, f.most);
    bool const is_whole = f.at_end || f.rest().size() >= f.most;
    if (!begins_words(rest, state_.now == phase::closed)) return false;
    auto const end = rest.find_first_of("\n{}[]\"");
    if (end == std::string_view::npos && !is_whole) return waits = true, false;
    auto const words = rest.substr(0, end);
    bool const goes_on = end != std::string_view::npos &&
                         std::string_view("}]\"").find(rest[end]) != std::string_view::npos;
    if (goes_on || is_json_word(words)) return false;
    if (!tell(f, trouble::noise)) return waits = true, false;
    advance(f, words.size(), 0);
    state_.indent = -1;
    return true;
}

/// A further array after the one that was closed, in an object of its own or not, or an event:
/// exports that were put one behind the other. `waits`: the window ends inside what is around it.
bool splitter::begin_further_array(feeding& f, bool& waits) {
    if (state_.now != phase::closed || is_in_envelope()) return false;
    auto const rest = f.rest().substr(0, f.most);
    std::size_t length = rest.front() == '[' ? 1 : 0;
    if (rest.front() == '{') {
        bool const is_whole = f.at_end || f.rest().size() >= f.most;
        auto const is_object = is_event(rest);
        auto const inside = envelope_of(rest);
        if (!is_whole && (!is_object || !inside)) return waits = true, false;
        if (is_object.value_or(false)) {
            state_.now = phase::single;
            return true;
        }
        length = inside.value_or(0);
        if (length > 0) state_.told = (state_.told & ~envelope_closed) | bit_of(trouble::envelope);
    }
    if (length == 0) return false;
    advance(f, length, newlines_in(rest.substr(0, length)));
    state_.now = phase::first;
    state_.indent = -1;
    return true;
}

/// A trouble between elements, as a piece of no length at this place; once a file.
bool splitter::tell(feeding& f, trouble why) {
    auto const bit = bit_of(why);
    if ((state_.told & bit) != 0) return true;
    state_.told |= bit;
    return give_trouble(f, why, offset_, line_, 0);
}

bool splitter::take_element(feeding& f) {
    // Never beyond the limit: what is found must not depend on how much of the file the window
    // happens to hold.
    auto const rest = f.rest().substr(0, f.most + 1);
    auto const found = look(rest, f.at_end);
    if (found.result == scan::outcome::broken) return begin_skip(f, found.why);
    if (found.result == scan::outcome::unfinished) {
        if (rest.size() > f.most) return begin_skip(f, trouble::too_long);
        return f.at_end && begin_skip(f, trouble::cut_off);
    }
    if (found.length > f.most) return begin_skip(f, trouble::too_long);
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
               state_.now == phase::next || is_in_envelope()) {
        tell(f, trouble::not_closed);
    }
    return false;
}

}  // namespace setclick::event
