// Reading members of a JSON object that another process wrote: missing or of another type is "not
// there"; and numbers as people write them.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace setclick::control {

inline boost::json::value const* member(boost::json::value const& of, std::string_view name) {
    auto const* object = of.if_object();
    return object == nullptr ? nullptr : object->if_contains(name);
}

inline std::optional<std::int64_t> integer(boost::json::value const& of, std::string_view name) {
    auto const* v = member(of, name);
    if (v == nullptr) return std::nullopt;
    if (v->is_int64()) return v->get_int64();
    if (v->is_uint64() && v->get_uint64() <= INT64_MAX)
        return static_cast<std::int64_t>(v->get_uint64());
    return std::nullopt;
}

inline std::uint64_t count_of(boost::json::value const& of, std::string_view name) {
    auto const v = integer(of, name);
    return v && *v > 0 ? static_cast<std::uint64_t>(*v) : 0;
}

inline std::optional<double> number(boost::json::value const& of, std::string_view name) {
    auto const* v = member(of, name);
    if (v == nullptr || !v->is_number()) return std::nullopt;
    return v->to_number<double>();
}

inline std::string text(boost::json::value const& of, std::string_view name) {
    auto const* v = member(of, name);
    return v != nullptr && v->is_string() ? std::string(v->get_string()) : std::string();
}

/// 60 instead of Boost's 6E1; null for infinity, which no JSON can hold.
inline boost::json::value plain_number(double v) {
    if (!std::isfinite(v)) return nullptr;
    if (v == std::floor(v) && std::abs(v) < 1e15) return static_cast<std::int64_t>(v);
    return v;
}

inline bool flag(boost::json::value const& of, std::string_view name) {
    auto const* v = member(of, name);
    return v != nullptr && v->is_bool() && v->get_bool();
}

}  // namespace setclick::control
