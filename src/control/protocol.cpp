#include "protocol.hpp"

#include <array>
#include <utility>

namespace setclick::control {
namespace {

constexpr std::array<std::pair<errc, std::string_view>, 12> names{
    {{errc::usage, "usage"},
     {errc::config, "config"},
     {errc::io, "io"},
     {errc::disk_full, "disk-full"},
     {errc::shortage, "shortage"},
     {errc::unreadable, "unreadable"},
     {errc::not_found, "not-found"},
     {errc::busy, "busy"},
     {errc::unreachable, "unreachable"},
     {errc::refused, "refused"},
     {errc::invalid_data, "invalid-data"},
     {errc::lost, "lost"}}};

}  // namespace

std::string_view name_of(errc code) noexcept {
    for (auto const& [value, name] : names)
        if (value == code) return name;
    return "io";
}

errc errc_named(std::string_view text) noexcept {
    for (auto const& [value, name] : names)
        if (name == text) return value;
    return errc::io;
}

boost::json::object error_line(error const& e) {
    return {{"error", {{"code", name_of(e.code)}, {"message", e.message}}}};
}

}  // namespace setclick::control
