// The SAX handler: parser events → compact text, content hashes, and the findings that can be made
// on the way.
//
// Keeps true: the hash of a value depends on what it means and not on how it is written (order of
// members, escapes, white space), and each finding names the path of the place.
#pragma once

#include <boost/json/string_view.hpp>
#include <boost/system/error_code.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compact_text.hpp"
#include "content_hash.hpp"
#include "fields.hpp"
#include "finding_list.hpp"
#include "member_names.hpp"
#include "setclickd/event/reader.hpp"

namespace setclick::event {

/// One top-level member as it was found.
struct member_value {
    json_kind kind = json_kind::none;  ///< none = absent
    std::string_view text;             ///< compact JSON
    std::string_view decoded;          ///< of a string
    hash128 hash;
    bool truth = false;  ///< of a boolean
};

class event_builder {
public:
    event_builder(std::uint32_t max_depth, finding_list& findings, finding_list& warnings);

    /// Forgets the last event and makes room for this one's.
    void begin(std::string_view source);

    member_value const& at(field f) const noexcept { return fields_[static_cast<std::size_t>(f)]; }
    json_kind root() const noexcept { return root_; }
    bool has_utm() const noexcept { return has_utm_; }
    bool has_utm_value() const noexcept { return has_utm_value_; }
    std::vector<member_name> const& names_in_settings() const noexcept { return settings_names_; }
    std::vector<member_name> const& names_in_lead() const noexcept { return lead_names_; }
    /// Room for decimal_of, as long as the source.
    char* scratch() noexcept { return text_.scratch(); }

    // What Boost.JSON's basic_parser asks of a handler.
    using json_text = boost::json::string_view;
    using json_error = boost::system::error_code;
    static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
    bool on_document_begin(json_error&) { return true; }
    bool on_document_end(json_error&) { return true; }
    bool on_object_begin(json_error&) { return open(json_kind::object, '{'); }
    bool on_object_end(std::size_t, json_error&) { return close('}'); }
    bool on_array_begin(json_error&) { return open(json_kind::array, '['); }
    bool on_array_end(std::size_t, json_error&) { return close(']'); }
    bool on_key_part(json_text s, std::size_t, json_error&) { return text_.part(view_of(s)), true; }
    bool on_key(json_text s, std::size_t n, json_error&) { return key(view_of(s), n); }
    bool on_string_part(json_text s, std::size_t, json_error&) {
        return text_.part(view_of(s)), true;
    }
    bool on_string(json_text s, std::size_t n, json_error&) { return string(view_of(s), n); }
    // One window holds the whole text, so a number never comes in parts that belong together:
    // on_number_part repeats what the final call does not hold only when the parser is suspended.
    bool on_number_part(json_text, json_error&) { return true; }
    bool on_int64(std::int64_t, json_text s, json_error&) { return number(view_of(s)); }
    bool on_uint64(std::uint64_t, json_text s, json_error&) { return number(view_of(s)); }
    bool on_double(double, json_text s, json_error&) { return number(view_of(s)); }
    bool on_bool(bool b, json_error&) {
        return literal(json_kind::boolean, b ? "true" : "false", b);
    }
    bool on_null(json_error&) { return literal(json_kind::null, "null", false); }
    bool on_comment_part(json_text, json_error&) { return true; }
    bool on_comment(json_text, json_error&) { return true; }

private:
    /// An open object or array.
    struct frame {
        bool is_object = false;
        std::size_t count = 0;       ///< members or elements so far
        std::size_t first_name = 0;  ///< where its names begin in names_
        std::string_view name;       ///< of the member being read, as JSON without quotes
        hash128 name_hash;
        hash128 sum;                  ///< of what is complete
        char const* begin = nullptr;  ///< its text
    };

    static std::string_view view_of(json_text s) noexcept { return {s.data(), s.size()}; }

    bool open(json_kind kind, char bracket);
    bool close(char bracket);
    bool key(std::string_view last, std::size_t total);
    bool string(std::string_view last, std::size_t total);
    bool number(std::string_view source);
    bool literal(json_kind kind, std::string_view text, bool truth);

    void unknown_field(std::string_view name, std::size_t position);
    void check_nul(std::string_view what);
    void before_value(json_kind kind);
    void value_done(json_kind kind, char const* begin, std::string_view decoded,
                    hash128 const& hash, bool truth);
    void check_kind(json_kind kind);
    void check_name(std::string_view decoded);
    void check_text(std::string_view decoded);
    void take_empty_map();
    void check_parameter(json_kind kind, std::string_view decoded);
    void note_name(frame const& f);
    void find_doubles(frame& f);
    void keep_names(frame const& f);

    /// "settings.items[3].name"
    std::string path() const;

    finding_list& findings_;
    finding_list& warnings_;
    std::vector<frame> frames_;
    std::size_t depth_ = 0;
    field field_ = field::unknown;  ///< the top-level member being read
    json_kind root_ = json_kind::none;
    std::array<member_value, field_count> fields_{};
    bool has_utm_ = false;
    bool has_utm_value_ = false;
    bool has_listed_fields_ = false;  ///< a finding of this event has
    compact_text text_;
    member_names names_;
    std::vector<member_name> settings_names_;
    std::vector<member_name> lead_names_;
};

}  // namespace setclick::event
