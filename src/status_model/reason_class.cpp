#include "reason_class.hpp"

#include <array>

#include "setclickd/base/ascii.hpp"
#include "setclickd/base/text.hpp"

namespace setclick::status_model {
namespace {

constexpr std::size_t longest = 300;

bool is_of_number(char c) noexcept {
    return is_digit(c) || c == ',';
}

/// Where the number at `at` ends; `at` where there is none.
std::size_t number_end(std::string_view text, std::size_t at) {
    auto end = at;
    while (end < text.size() && is_of_number(text[end]))
        ++end;
    // A comma after it belongs to the sentence.
    while (end > at && text[end - 1] == ',')
        --end;
    return end;
}

/// What names a place or a size, around a number.
struct detail {
    std::string_view before, after, instead;
};
constexpr std::array details{
    detail{" at byte ", "", ""},
    detail{" (its line ", ")", ""},
    detail{", after byte ", "", ""},
    detail{": byte 0x", "", ""},
    detail{" is ", " bytes long", " is too long"},
};

bool is_hex(char c) noexcept {
    return is_digit(c) || (c >= 'a' && c <= 'f');
}

/// The first of each kind, taken out wherever it stands.
void take_out(std::string& text, detail const& what) {
    for (auto at = text.find(what.before); at != std::string::npos;
         at = text.find(what.before, at + 1)) {
        auto const number = at + what.before.size();
        auto end = number_end(text, number);
        if (what.before.ends_with("0x"))
            while (end < text.size() && is_hex(text[end]))
                ++end;
        if (end == number || !std::string_view(text).substr(end).starts_with(what.after)) continue;
        text.replace(at, end + what.after.size() - at, what.instead);
    }
}

/// `"crm-17"` → `"…"`.
std::string without_quoted(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        auto const open = text.find('"');
        auto const close = open == std::string_view::npos ? open : text.find('"', open + 1);
        if (close == std::string_view::npos) return out.append(text);
        out.append(text.substr(0, open)).append("\"…\"");
        text.remove_prefix(close + 1);
    }
    return out;
}

}  // namespace

std::string reason_class(std::string_view reason) {
    // A value in it may hold a quotation mark, and the name of a file anything.
    if (reason.starts_with("event_id \"") && reason.ends_with(" with other content"))
        return "event_id: already used with other content";
    auto out = without_quoted(reason);
    for (auto const& what : details)
        take_out(out, what);
    if (may_hold_address(out))
        return "a reason that may hold an e-mail address: see `setclickd list`";
    return printable(out, longest);
}

}  // namespace setclick::status_model
