// Small steps through Boost.JSON trees, for the places where speed does not matter.
#pragma once

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace setclick::api {

inline std::string_view view_of(boost::json::string const& s) noexcept {
    return {s.data(), s.size()};
}

/// Nothing where `text` is no JSON or nests deeper than `max_depth`.
inline std::optional<boost::json::value> parse_json(std::string_view text,
                                                    std::size_t max_depth = 16) {
    boost::json::parse_options options;
    options.max_depth = max_depth;
    boost::system::error_code ec;
    auto value = boost::json::parse({text.data(), text.size()}, ec, {}, options);
    if (ec) return {};
    return value;
}

/// The member of an object; null where `value` is no object or has none of that name.
inline boost::json::value const* member(boost::json::value const* value, std::string_view name) {
    auto const* const object = value == nullptr ? nullptr : value->if_object();
    return object == nullptr ? nullptr : object->if_contains({name.data(), name.size()});
}

/// Compact JSON of a tree. Not json::serialize: that prints 198.09 as 1.9809E2.
std::string compact_text(boost::json::value const& value);

}  // namespace setclick::api
