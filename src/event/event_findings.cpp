// What the builder finds on its way: names that appear twice, wrong kinds, and the paths to say
// where.
#include "event_builder.hpp"

#include <algorithm>

#include "setclickd/base/text.hpp"

namespace setclick::event {
namespace {

/// Up to this many members are compared one by one as they come; more are sorted at the object's
/// end.
constexpr std::size_t few_names = 12;

bool same(member_name const& a, member_name const& b) noexcept {
    return a.hash == b.hash && a.text == b.text;
}

constexpr std::array<json_kind, field_count> wanted{
    json_kind::string, json_kind::object, json_kind::number,  json_kind::object, json_kind::string,
    json_kind::string, json_kind::string, json_kind::boolean, json_kind::object};

bool fits(field f, json_kind kind) noexcept {
    return kind == wanted[static_cast<std::size_t>(f)] ||
           (f == field::click_time && kind == json_kind::string);
}

std::string wrong_kind(field f, json_kind kind) {
    auto const want = wanted[static_cast<std::size_t>(f)];
    std::string out = "must be ";
    if (f == field::click_time)
        out += "a number (milliseconds or seconds since 1970) or an ISO 8601 string";
    else
        out += name_of(want);
    out += ", is ";
    out += kind == json_kind::boolean ? std::string_view{"a boolean"} : name_of(kind);
    if (kind == json_kind::null)
        out += "; leave the member out instead";
    else if (kind == json_kind::string && want == json_kind::object)
        out += "; write the object itself, not its JSON as text";
    return out;
}

}  // namespace

std::string shown_name(std::string_view name, std::size_t position) {
    if (name.empty() || may_hold_address(name))
        return position == 0 ? "(hidden)" : "(member " + std::to_string(position) + ")";
    return printable(name, 60);
}

void event_builder::check_kind(json_kind kind) {
    if (field_ == field::unknown || fits(field_, kind)) return;
    findings_.add(path(), wrong_kind(field_, kind));
}

void event_builder::check_parameter(json_kind kind, std::string_view decoded) {
    if (kind != json_kind::string) {
        auto const is = kind == json_kind::boolean ? std::string_view{"a boolean"} : name_of(kind);
        findings_.add(path(), "must be a string, is " + std::string(is));
        return;
    }
    if (!frames_[1].name.starts_with("utm_")) return;
    has_utm_ = true;
    if (!decoded.empty()) has_utm_value_ = true;
}

void event_builder::note_name(frame& f) {
    auto const hash = f.name_hash.low;
    auto const text = f.name;
    if (f.count <= few_names) {
        for (auto i = f.first_name; i < names_.size(); ++i) {
            if (names_[i].hash == hash && names_[i].text == text) {
                findings_.add(path(), "appears twice");
                break;
            }
        }
    }
    auto& name = names_.emplace_back();
    name.hash = hash;
    name.text = text;
}

void event_builder::find_doubles(frame const& f) {
    if (f.count <= few_names) return;
    // Those among the first few have been reported as they came.
    auto const begin = names_.begin() + static_cast<std::ptrdiff_t>(f.first_name);
    sorted_.assign(begin, names_.end());
    // By place where the hash is equal; not stable_sort, which allocates.
    std::sort(sorted_.begin(), sorted_.end(), [](member_name const& a, member_name const& b) {
        return a.hash != b.hash ? a.hash < b.hash : a.text.data() < b.text.data();
    });
    auto const* const early = names_[f.first_name + few_names - 1].text.data();
    for (std::size_t i = 1; i < sorted_.size(); ++i) {
        if (!same(sorted_[i - 1], sorted_[i]) || sorted_[i].text.data() <= early) continue;
        frames_[depth_ - 1].name = sorted_[i].text;
        findings_.add(path(), "appears twice");
    }
}

void event_builder::keep_names(frame const& f) {
    if (!f.is_object || (field_ != field::settings && field_ != field::lead)) return;
    auto& kept = field_ == field::settings ? settings_names_ : lead_names_;
    kept.assign(names_.begin() + static_cast<std::ptrdiff_t>(f.first_name), names_.end());
}

void event_builder::unknown_field(std::string_view name, std::size_t position) {
    std::string message = "is not a field of an event";
    if (auto const known = nearest(name, field_names); !known.empty())
        message += "; did you mean \"" + std::string(known) + "\"?";
    findings_.add(shown_name(name, position), std::move(message));
}

void event_builder::check_nul(std::string_view what) {
    if (!has_nul_) return;
    has_nul_ = false;
    findings_.add(path(), std::string(what) + " a NUL character (\\u0000)");
}

std::string event_builder::path() const {
    std::string out;
    for (std::size_t i = 0; i < depth_; ++i) {
        auto const& f = frames_[i];
        if (!f.is_object) {
            out += "[" + std::to_string(f.count == 0 ? 0 : f.count - 1) + "]";
            continue;
        }
        if (!out.empty()) out += '.';
        out += shown_name(f.name, f.count);
    }
    return out;
}

}  // namespace setclick::event
