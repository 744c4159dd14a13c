#include "json_walk.hpp"

#include <boost/json/serialize.hpp>

#include <charconv>

namespace setclick::api {
namespace {

void append(std::string& out, boost::json::value const& value) {
    if (auto const* const object = value.if_object()) {
        char before = '{';
        for (auto const& m : *object) {
            out += before;
            out += boost::json::serialize(m.key());
            out += ':';
            append(out, m.value());
            before = ',';
        }
        out += object->empty() ? "{}" : "}";
    } else if (auto const* const array = value.if_array()) {
        char before = '[';
        for (auto const& element : *array) {
            out += before;
            append(out, element);
            before = ',';
        }
        out += array->empty() ? "[]" : "]";
    } else if (value.is_double()) {
        char buffer[32];
        out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, value.get_double()).ptr);
    } else {
        out += boost::json::serialize(value);
    }
}

}  // namespace

std::string compact_text(boost::json::value const& value) {
    std::string out;
    append(out, value);
    return out;
}

}  // namespace setclick::api
