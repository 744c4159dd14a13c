#include "event_builder.hpp"

#include <algorithm>
#include <cstring>

namespace setclick::event {
namespace {

char* put(char* out, std::string_view text) noexcept {
    if (!text.empty()) std::memcpy(out, text.data(), text.size());
    return out + text.size();
}

}  // namespace

event_builder::event_builder(std::uint32_t max_depth, finding_list& findings)
    : findings_(findings), frames_(std::max<std::size_t>(max_depth, 1)) {
    names_.reserve(64);
}

void event_builder::begin(std::string_view source) {
    source_ = reinterpret_cast<std::uintptr_t>(source.data());
    source_size_ = source.size();
    auto const size = source.size();
    if (size + 1 > capacity_) {
        capacity_ = std::max<std::size_t>(2 * size, 4096);
        text_ = std::make_unique_for_overwrite<char[]>(capacity_);
        decoded_ = std::make_unique_for_overwrite<char[]>(capacity_);
        scratch_ = std::make_unique_for_overwrite<char[]>(capacity_);
    }
    out_ = text_.get();
    decoded_out_ = decoded_begin_ = decoded_.get();
    depth_ = 0;
    root_ = json_kind::none;
    fields_ = {};
    has_utm_ = has_utm_value_ = has_nul_ = false;
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
    f.begin = out_;
    *out_++ = bracket;
    return true;
}

bool event_builder::close(char bracket) {
    auto& f = frames_[depth_ - 1];
    *out_++ = bracket;
    auto hash = f.sum;
    if (f.is_object) {
        find_doubles(f);
        if (depth_ == 2) keep_names(f);
        names_.resize(f.first_name);
        std::uint64_t const parts[] = {hash.low, hash.high, f.count};
        hash = content_hash::of(content_hash::seed::object, parts, sizeof parts);
    } else {
        hash = content_hash::of_pair(content_hash::seed::array, hash, {f.count, 0});
    }
    --depth_;
    value_done(f.is_object ? json_kind::object : json_kind::array, f.begin, {}, hash, false);
    return true;
}

bool event_builder::part(std::string_view decoded) {
    decoded_out_ = put(decoded_out_, decoded);
    return true;
}

std::string_view event_builder::put_string(std::string_view last, std::size_t total) {
    // The parser hands out a slice of the source exactly where no escape had to be undone.
    auto const from_source = reinterpret_cast<std::uintptr_t>(last.data()) - source_;
    if (last.size() == total && from_source <= source_size_) {
        auto const* const begin = out_;
        out_ = put(out_, last);
        return {begin, total};
    }
    part(last);
    std::string_view const decoded{decoded_begin_, total};
    decoded_begin_ = decoded_out_;
    put_escaped(decoded);
    if (decoded.find('\0') != std::string_view::npos) has_nul_ = true;
    return decoded;
}

void event_builder::put_escaped(std::string_view decoded) {
    static constexpr char hex[] = "0123456789abcdef";
    for (char const c : decoded) {
        auto const byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && c != '"' && c != '\\') {
            *out_++ = c;
            continue;
        }
        *out_++ = '\\';
        switch (c) {
            case '"':
            case '\\':
                *out_++ = c;
                break;
            case '\b':
                *out_++ = 'b';
                break;
            case '\f':
                *out_++ = 'f';
                break;
            case '\n':
                *out_++ = 'n';
                break;
            case '\r':
                *out_++ = 'r';
                break;
            case '\t':
                *out_++ = 't';
                break;
            default:
                out_ = put(out_, "u00");
                *out_++ = hex[byte >> 4U];
                *out_++ = hex[byte & 15U];
        }
    }
}

bool event_builder::key(std::string_view last, std::size_t total) {
    auto& f = frames_[depth_ - 1];
    if (f.count++ > 0) *out_++ = ',';
    *out_++ = '"';
    auto const* const begin = out_;
    auto const decoded = put_string(last, total);
    f.name = {begin, static_cast<std::size_t>(out_ - begin)};
    *out_++ = '"';
    *out_++ = ':';
    auto const hash = content_hash::of_text(decoded);
    f.name_hash.low = hash.low;
    f.name_hash.high = hash.high;
    if (depth_ == 1) {
        field_ = field_named(decoded);
        if (field_ == field::unknown) unknown_field(decoded, f.count);
    }
    note_name(f);
    check_nul("the member's name holds");
    return true;
}

bool event_builder::string(std::string_view last, std::size_t total) {
    before_value(json_kind::string);
    auto const* const begin = out_;
    *out_++ = '"';
    auto const decoded = put_string(last, total);
    *out_++ = '"';
    check_nul("holds");
    value_done(json_kind::string, begin, decoded, content_hash::of_text(decoded), false);
    return true;
}

bool event_builder::number(std::string_view source) {
    before_value(json_kind::number);
    auto const* const begin = out_;
    out_ = put(out_, source);
    auto const value = decimal_of(source, scratch_.get());
    if (!fits_double(value, source)) findings_.add(path(), "is a number out of range");
    value_done(json_kind::number, begin, {}, content_hash::of_number(value), false);
    return true;
}

bool event_builder::word(json_kind kind, std::string_view text, bool truth) {
    before_value(kind);
    auto const* const begin = out_;
    out_ = put(out_, text);
    value_done(kind, begin, {}, content_hash::of_word(text), truth);
    return true;
}

void event_builder::before_value(json_kind kind) {
    if (depth_ == 0) {
        root_ = kind;
        return;
    }
    auto& f = frames_[depth_ - 1];
    if (!f.is_object && f.count++ > 0) *out_++ = ',';
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
        std::string_view const text{begin, static_cast<std::size_t>(out_ - begin)};
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

}  // namespace setclick::event
