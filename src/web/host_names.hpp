// Under which names the server answers: what keeps a web site from reading it through the browser of somebody who can
// (DNS rebinding: the site's own name suddenly leads to 127.0.0.1). Pure.
//
// Promises: an address is always right, since no name can be bent to it; so is localhost, and what the configuration names.
// Every other name is foreign, whatever the port: a tunnel has another one.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "setclickd/settings/listen_address.hpp"

namespace setclick::web {

enum class host_verdict : std::uint8_t { right, missing, doubled, malformed, foreign };

class host_names {
public:
    /// On a Unix socket every name is right: no browser gets there, and a proxy has looked at the name.
    host_names(settings::listen_address const& at, std::vector<std::string> const& further);

    /// `given`: the value of each Host field.
    host_verdict verdict(std::span<std::string_view const> given) const;

private:
    bool is_any_right_ = false;
    std::set<std::string, std::less<>> names_;
};

}  // namespace setclick::web
