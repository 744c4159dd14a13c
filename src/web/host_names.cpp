#include "host_names.hpp"

#include <algorithm>
#include <boost/url/ipv4_address.hpp>
#include <boost/url/ipv6_address.hpp>
#include <optional>

#include "setclickd/base/ascii.hpp"

namespace setclick::web {
namespace {

bool is_port(std::string_view text) {
    return text.size() <= 5 && std::all_of(text.begin(), text.end(), is_digit);
}

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= 253 && std::all_of(text.begin(), text.end(), [](char c) {
        return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_';
    });
}

struct host {
    std::string name;
    bool is_address = false;
};

/// Of "NAME:PORT", "[ADDRESS]:PORT", each with or without the port.
std::optional<host> host_of(std::string_view value) {
    if (value.starts_with('[')) {
        auto const end = value.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        auto const rest = value.substr(end + 1);
        auto const address = value.substr(1, end - 1);
        if ((!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1)))) ||
            !boost::urls::parse_ipv6_address(address))
            return std::nullopt;
        return host{lowered(address), true};
    }
    auto const colon = value.find(':');
    if (colon != std::string_view::npos && !is_port(value.substr(colon + 1))) return std::nullopt;
    auto name = lowered(value.substr(0, colon));
    if (name.ends_with('.')) name.pop_back();  // the root of all names
    if (!is_name(name)) return std::nullopt;
    bool const is_address = boost::urls::parse_ipv4_address(name).has_value();
    return host{std::move(name), is_address};
}

}  // namespace

host_names::host_names(settings::listen_address const& at, std::vector<std::string> const& further)
    : is_any_right_(at.what == settings::listen_address::kind::unix_socket) {
    names_.insert("localhost");
    if (auto const own = host_of(at.host)) names_.insert(own->name);
    for (auto const& text : further)
        if (auto const known = host_of(text)) names_.insert(known->name);
}

host_verdict host_names::verdict(std::span<std::string_view const> given) const {
    if (given.empty()) return host_verdict::missing;
    if (given.size() > 1) return host_verdict::doubled;
    auto const asked = host_of(given.front());
    if (!asked) return host_verdict::malformed;
    bool const is_right = is_any_right_ || asked->is_address || names_.contains(asked->name) ||
                          asked->name.ends_with(".localhost");
    return is_right ? host_verdict::right : host_verdict::foreign;
}

}  // namespace setclick::web
