#include "top_keys.hpp"

#include <optional>

namespace setclick::cli {
namespace {

constexpr char escape = '\x1b';
constexpr std::size_t longest_sequence = 32;

top_key of_letter(char c) noexcept {
    switch (c) {
        case 'q':
        case 'Q':
        case '\x03':  // where the terminal makes no signal of it
            return top_key::quit;
        case 'h':
        case 'H':
        case '?':
            return top_key::help;
        case 'j':
        case '\x0e':  // Ctrl-N
            return top_key::down;
        case 'k':
        case '\x10':  // Ctrl-P
            return top_key::up;
        case ' ':
            return top_key::page_down;
        case 'b':
            return top_key::page_up;
        case 'g':
            return top_key::first;
        case 'G':
            return top_key::last;
        default:
            return top_key::other;
    }
}

/// ECMA-48: ESC [ parameters final, and ESC O final of a keypad in application mode.
bool is_whole(std::string_view sequence) noexcept {
    if (sequence.size() < 2) return false;
    if (sequence[1] != '[' && sequence[1] != 'O') return true;
    if (sequence.size() < 3) return false;
    return sequence.back() >= '@' && sequence.back() <= '~';
}

top_key of_sequence(std::string_view sequence) noexcept {
    if (sequence.size() < 3) return top_key::other;
    auto const parameters = sequence.substr(2, sequence.size() - 3);
    switch (sequence.back()) {
        case 'A':
            return top_key::up;
        case 'B':
            return top_key::down;
        case 'H':
            return top_key::first;
        case 'F':
            return top_key::last;
        case '~':
            if (parameters == "5") return top_key::page_up;
            if (parameters == "6") return top_key::page_down;
            if (parameters == "1" || parameters == "7") return top_key::first;
            if (parameters == "4" || parameters == "8") return top_key::last;
            return top_key::other;
        default:
            return top_key::other;
    }
}

}  // namespace

std::vector<top_key> top_keys::read(std::string_view bytes) {
    std::vector<top_key> out;
    for (char const c : bytes) {
        if (c == escape) {
            sequence_ = c;
            continue;
        }
        if (sequence_.empty()) {
            out.push_back(of_letter(c));
            continue;
        }
        sequence_ += c;
        if (is_whole(sequence_)) {
            out.push_back(of_sequence(sequence_));
            sequence_.clear();
        } else if (sequence_.size() > longest_sequence) {
            sequence_.clear();
        }
    }
    return out;
}

}  // namespace setclick::cli
