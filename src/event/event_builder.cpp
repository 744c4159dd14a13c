#include "event_builder.hpp"

#include <algorithm>
#include <array>

#include "field_kinds.hpp"
#include "setclickd/base/ascii.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/event/invisible.hpp"

namespace setclick::event {
namespace {

/// What CRMs call it.
bool is_mail(std::string_view name) {
    constexpr std::array<std::string_view, 4> names{"email", "e-mail", "mail", "e_mail"};
    return std::ranges::find(names, lowered(name)) != names.end();
}

std::string all_fields() {
    std::string out = "the fields are";
    for (auto const name : field_names)
        out += (name == field_names.front() ? " " : ", ") + std::string(name);
    return out;
}

bool has_wide_end(std::string_view text) noexcept {
    return !text.empty() && (static_cast<unsigned char>(text.front()) >= 0x80 ||
                             static_cast<unsigned char>(text.back()) >= 0x80);
}

}  // namespace

event_builder::event_builder(std::uint32_t max_depth, finding_list& findings,
                             finding_list& warnings)
    : findings_(findings), warnings_(warnings), frames_(std::max<std::size_t>(max_depth, 1)) {}

void event_builder::begin(std::string_view source) {
    text_.begin(source);
    depth_ = 0;
    root_ = json_kind::none;
    fields_ = {};
    has_utm_ = has_utm_value_ = has_listed_fields_ = false;
    names_.clear();
    settings_names_.clear();
    lead_names_.clear();
}

bool event_builder::open(json_kind kind, char bracket) {
    before_value(kind);
    auto& f = frames_[depth_++];
    f = {};
    f.is_object = kind == json_kind::object;
    f.first_name = names_.size();
    f.begin = text_.here();
    text_.put(bracket);
    return true;
}

bool event_builder::close(char bracket) {
    auto& f = frames_[depth_ - 1];
    text_.put(bracket);
    auto hash = f.sum;
    if (f.is_object) {
        if (names_.is_large(f.first_name)) find_doubles(f);
        if (depth_ == 2) keep_names(f);
        names_.drop(f.first_name);
        std::uint64_t const parts[] = {hash.low, hash.high, f.count};
        hash = content_hash::of(content_hash::seed::object, parts, sizeof parts);
    } else {
        hash = content_hash::of_pair(content_hash::seed::array, hash, {f.count, 0});
    }
    --depth_;
    value_done(f.is_object ? json_kind::object : json_kind::array, f.begin, {}, hash, false);
    if (depth_ == 1 && !f.is_object && wants_map(field_)) {
        if (f.count == 0)
            take_empty_map();
        else
            findings_.add(path(), wrong_kind(field_, json_kind::array));
    }
    return true;
}

bool event_builder::key(std::string_view last, std::size_t total) {
    auto& f = frames_[depth_ - 1];
    if (f.count++ > 0) text_.put(',');
    text_.put('"');
    auto const* const begin = text_.here();
    auto const decoded = text_.put_string(last, total);
    f.name = text_.since(begin);
    text_.put('"');
    text_.put(':');
    auto const hash = content_hash::of_text(decoded);
    f.name_hash.low = hash.low;
    f.name_hash.high = hash.high;
    if (depth_ == 1) {
        field_ = field_named(decoded);
        if (field_ == field::unknown) unknown_field(decoded, f.count);
    }
    note_name(f);
    check_nul("the member's name holds");
    if (depth_ > 1 && !is_ascii(decoded)) check_name(decoded);
    return true;
}

bool event_builder::string(std::string_view last, std::size_t total) {
    before_value(json_kind::string);
    auto const* const begin = text_.here();
    text_.put('"');
    auto const decoded = text_.put_string(last, total);
    text_.put('"');
    check_nul("holds");
    check_text(decoded);
    value_done(json_kind::string, begin, decoded, content_hash::of_text(decoded), false);
    return true;
}

bool event_builder::number(std::string_view source) {
    before_value(json_kind::number);
    auto const* const begin = text_.here();
    text_.put(source);
    auto const value = decimal_of(source, text_.scratch());
    if (!fits_double(value, source)) findings_.add(path(), "is a number out of range");
    value_done(json_kind::number, begin, {}, content_hash::of_number(value), false);
    return true;
}

bool event_builder::literal(json_kind kind, std::string_view text, bool truth) {
    before_value(kind);
    auto const* const begin = text_.here();
    text_.put(text);
    value_done(kind, begin, {}, content_hash::of_word(text), truth);
    return true;
}

void event_builder::before_value(json_kind kind) {
    if (depth_ == 0) {
        root_ = kind;
        return;
    }
    auto& f = frames_[depth_ - 1];
    if (!f.is_object && f.count++ > 0) text_.put(',');
    if (depth_ == 1 && root_ == json_kind::object) check_kind(kind);
}

void event_builder::value_done(json_kind kind, char const* begin, std::string_view decoded,
                               hash128 const& hash, bool truth) {
    if (depth_ == 0) return;
    auto& f = frames_[depth_ - 1];
    if (!f.is_object) {
        f.sum = content_hash::of_pair(content_hash::seed::array, f.sum, hash);
        return;
    }
    content_hash::add(f.sum, content_hash::of_pair(content_hash::seed::member, f.name_hash, hash));
    if (depth_ == 1 && field_ != field::unknown) {
        auto const text = text_.since(begin);
        // Member by member: a temporary of this size would be stored in small pieces and loaded in
        // large ones, which stalls.
        auto& m = fields_[static_cast<std::size_t>(field_)];
        m.kind = kind;
        m.text = text;
        m.decoded = decoded;
        m.hash.low = hash.low;
        m.hash.high = hash.high;
        m.truth = truth;
    } else if (depth_ == 2 && field_ == field::url_parameters) {
        check_parameter(kind, decoded);
    }
}

void event_builder::check_kind(json_kind kind) {
    if (field_ == field::unknown || fits(field_, kind)) return;
    // What a text says is known later, and so is whether an array is PHP's empty map.
    if (wants_map(field_) && (kind == json_kind::string || kind == json_kind::array)) return;
    findings_.add(path(), wrong_kind(field_, kind));
}

// PHP has one kind of array for both, and writes [] for one that is empty: nothing is lost by it.
void event_builder::take_empty_map() {
    std::uint64_t const parts[] = {0, 0, 0};
    auto& m = fields_[static_cast<std::size_t>(field_)];
    m.kind = json_kind::object;
    m.text = "{}";
    m.hash = content_hash::of(content_hash::seed::object, parts, sizeof parts);
}

void event_builder::check_name(std::string_view decoded) {
    auto const c = first_invisible(decoded);
    if (c == 0) return;
    // A parameter that is not the one it looks like would be lost; settings are free.
    auto& list = field_ == field::url_parameters ? findings_ : warnings_;
    list.add(path(),
             "has a name with a character that nobody sees (" + code_text(c) + "); take it out");
}

void event_builder::check_text(std::string_view decoded) {
    if (field_ == field::unknown || root_ != json_kind::object || !wants_map(field_)) return;
    bool const cut_off = is_cut_off_by_powershell(decoded);
    if (depth_ == 1) {
        findings_.add(path(), cut_off
                                  ? "PowerShell wrote a type's name instead of what lies in it; "
                                    "use ConvertTo-Json -Depth 10"
                                  : wrong_kind(field_, json_kind::string));
    } else if (cut_off) {
        warnings_.add(path(),
                      "is what PowerShell writes instead of what lies deeper; use "
                      "ConvertTo-Json -Depth 10");
    } else if (has_wide_end(decoded) && without_invisible_ends(decoded).size() != decoded.size()) {
        warnings_.add(path(),
                      "begins or ends with a character that nobody sees, such as a "
                      "non-breaking space");
    }
}

void event_builder::check_parameter(json_kind kind, std::string_view decoded) {
    if (kind != json_kind::string) {
        findings_.add(path(), "must be a string, is " + std::string(found_kind(kind)));
        return;
    }
    if (!frames_[1].name.starts_with("utm_")) return;
    has_utm_ = true;
    if (!decoded.empty()) has_utm_value_ = true;
}

void event_builder::note_name(frame const& f) {
    if (!names_.add(f.first_name, f.name_hash.low, f.name)) findings_.add(path(), "appears twice");
}

void event_builder::find_doubles(frame& f) {
    // The finding names the place of the repeated name, not of the last one.
    for (auto const& name : names_.late_doubles(f.first_name)) {
        f.name = name.text;
        findings_.add(path(), "appears twice");
    }
}

void event_builder::keep_names(frame const& f) {
    if (!f.is_object || (field_ != field::settings && field_ != field::lead)) return;
    auto const names = names_.of(f.first_name);
    (field_ == field::settings ? settings_names_ : lead_names_).assign(names.begin(), names.end());
}

void event_builder::unknown_field(std::string_view name, std::size_t position) {
    std::string message = "is not a field of an event";
    if (is_mail(name))
        message += "; it stands in settings: \"settings\":{\"email\":…}";
    else if (auto const known = nearest(name, field_names); !known.empty())
        message += "; did you mean \"" + std::string(known) + "\"?";
    else if (!has_listed_fields_) {
        // Once a line is enough.
        has_listed_fields_ = true;
        message += " (" + all_fields() + ")";
    }
    findings_.add(shown_name(name, position), std::move(message));
}

void event_builder::check_nul(std::string_view what) {
    if (text_.take_nul()) findings_.add(path(), std::string(what) + " a NUL character (\\u0000)");
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
