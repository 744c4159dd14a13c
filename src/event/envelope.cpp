#include "envelope.hpp"

#include "fields.hpp"
#include "setclickd/base/ascii.hpp"

namespace setclick::event {
namespace {

bool is_event_field(std::string_view name) noexcept {
    return field_named(name) != field::unknown;
}

/// A cursor that only goes forward; `is_short`: the text ended before what was looked for.
class scan {
public:
    explicit scan(std::string_view text, std::size_t at) noexcept : text_(text), at_(at) {}

    std::size_t at() const noexcept { return at_; }
    bool is_short() const noexcept { return is_short_; }

    /// The next character that is no white space; 0 at the end of the text.
    char peek() noexcept {
        auto const next = text_.find_first_not_of(white_space, at_);
        is_short_ = next == std::string_view::npos;
        if (is_short_) return '\0';
        at_ = next;
        return text_[at_];
    }
    bool take(char c) noexcept {
        if (peek() != c) return false;
        ++at_;
        return true;
    }
    /// The inside of a string, escapes and all; nothing where there is none.
    std::optional<std::string_view> string() noexcept {
        if (!take('"')) return std::nullopt;
        auto const begin = at_;
        for (; at_ < text_.size(); ++at_) {
            if (text_[at_] == '\n') return std::nullopt;
            if (text_[at_] == '\\') {
                ++at_;
            } else if (text_[at_] == '"') {
                ++at_;
                return text_.substr(begin, at_ - 1 - begin);
            }
        }
        is_short_ = true;
        return std::nullopt;
    }
    /// To what follows a value. False where it is none, or is an array of objects.
    bool skip_value() noexcept {
        std::size_t depth = 0;
        do {
            char const c = peek();
            if (is_short_) return false;
            if (c == '"') {
                if (!string()) return false;
            } else if (c == '{' || c == '[') {
                ++depth;
                ++at_;
                if (c == '[' && peek() == '{') return false;
            } else if (c == '}' || c == ']') {
                if (depth == 0) return false;
                --depth;
                ++at_;
            } else if (c == ',' || c == ':') {
                if (depth == 0) return false;
                ++at_;
            } else {
                at_ = text_.find_first_of(" \t\r\n,:{}[]\"", at_);
                is_short_ = at_ == std::string_view::npos;
                if (is_short_) return false;
            }
        } while (depth > 0);
        return true;
    }

private:
    std::string_view text_;
    std::size_t at_;
    bool is_short_ = false;
};

constexpr unsigned most_nested = 4;

/// Whether the object here has a field of an event; nothing: the text is too short to tell.
std::optional<bool> has_event_field(scan in) noexcept {
    auto const no = [&]() -> std::optional<bool> {
        return in.is_short() ? std::nullopt : std::optional(false);
    };
    if (!in.take('{')) return no();
    for (;;) {
        auto const name = in.string();
        if (name && is_event_field(*name)) return true;
        if (!name || !in.take(':') || !in.skip_value() || !in.take(',')) return no();
    }
}

/// To behind the } of the object that `in` stands in, between two of its members; nothing: the text
/// is too short to tell.
std::optional<bool> close_object(scan& in) noexcept {
    while (!in.take('}')) {
        auto const no = [&] { return in.is_short() ? std::nullopt : std::optional(false); };
        if (in.is_short() || !in.take(',')) return no();
        auto const name = in.string();
        if (!name || is_event_field(*name) || !in.take(':') || !in.skip_value()) return no();
    }
    return true;
}

/// `in` stands before one of the object's members.
std::optional<std::size_t> array_in(scan in, unsigned depth) noexcept {
    auto const no = [&]() -> std::optional<std::size_t> {
        if (in.is_short()) return std::nullopt;
        return 0;
    };
    for (;;) {
        auto const name = in.string();
        if (!name || is_event_field(*name) || !in.take(':')) return no();
        char const value = in.peek();
        auto inside = in;
        if (value == '[' && inside.take('[')) {
            auto const begin = inside.at();
            char const first = inside.peek();
            if (first == '{') {
                auto const found = has_event_field(inside);
                if (!found) return std::nullopt;
                return *found ? begin : 0;
            }
            // An export of nothing: no other member is a field of an event.
            if (first == ']' && inside.take(']')) {
                auto const closed = close_object(inside);
                if (!closed || *closed) return closed ? std::optional(begin) : std::nullopt;
            }
            if (inside.is_short()) return std::nullopt;
        }
        if (value == '{' && depth < most_nested && inside.take('{')) {
            auto const found = array_in(inside, depth + 1);
            if (!found || *found > 0) return found;
        }
        if (!in.skip_value() || !in.take(',')) return no();
    }
}

}  // namespace

std::optional<bool> is_event(std::string_view text) noexcept {
    return has_event_field(scan(text, 0));
}

std::optional<std::size_t> envelope_of(std::string_view text) noexcept {
    return array_in(scan(text, 1), 1);
}

std::optional<std::size_t> further_array_of(std::string_view text) noexcept {
    scan in(text, 0);
    if (!in.take(',')) return in.is_short() ? std::nullopt : std::optional<std::size_t>(0);
    return array_in(in, 1);
}

std::optional<std::size_t> envelope_end(std::string_view text, bool is_whole) noexcept {
    std::size_t end = 0;
    for (scan in(text, 0);;) {
        auto const closed = close_object(in);
        if (!closed && !is_whole) return std::nullopt;
        if (!closed || !*closed) return end;
        end = in.at();
    }
}

}  // namespace setclick::event
