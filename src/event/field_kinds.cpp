#include "field_kinds.hpp"

#include "setclickd/base/text.hpp"

namespace setclick::event {

std::string_view found_kind(json_kind kind) noexcept {
    return kind == json_kind::boolean ? std::string_view{"a boolean"} : name_of(kind);
}

std::string wrong_kind(field f, json_kind kind) {
    auto const want = wanted_kinds[static_cast<std::size_t>(f)];
    std::string out = "must be ";
    if (f == field::click_time)
        out += "a number (milliseconds or seconds since 1970) or an ISO 8601 string";
    else
        out += name_of(want);
    out += ", is ";
    out += found_kind(kind);
    if (kind == json_kind::null)
        out += "; leave the member out instead";
    else if (kind == json_kind::string && want == json_kind::object)
        out += "; write the object itself, not its JSON as text";
    return out;
}

bool is_cut_off_by_powershell(std::string_view text) noexcept {
    if (text.starts_with("@{") && text.ends_with('}')) return true;
    return text.starts_with("System.") &&
           (text == "System.Object[]" || text.starts_with("System.Collections.") ||
            text.starts_with("System.Management.Automation.") || text == "System.Object");
}

std::string shown_name(std::string_view name, std::size_t position) {
    if (name.empty() || may_hold_address(name))
        return position == 0 ? "(hidden)" : "(member " + std::to_string(position) + ")";
    return printable(name, 60);
}

}  // namespace setclick::event
