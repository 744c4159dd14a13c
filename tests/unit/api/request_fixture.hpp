#pragma once

#include <map>
#include <string>
#include <string_view>

#include "form_decoded.hpp"
#include "setclickd/api/request.hpp"

namespace setclick::api {

/// The vendor's example (set-click page), as our event.
inline event::view vendors_example() {
    event::view v;
    v.account_id = "60a52f6ac660b269d13c3f53";
    v.click_time = 1634707888000;
    v.url_parameters = R"({"utm_medium":"my-medium-01","utm_source":"my-source-01"})";
    v.settings = R"({"email":"[email protected]"})";
    v.referrer = R"("https://facebook.com/")";
    v.current_url = R"("https://sealmetrics.com/")";
    return v;
}

inline std::string body_of(event::view const& v, dialect const& d = {}) {
    std::string out;
    append_body(out, d, v.account_id, v);
    return out;
}

/// Name → decoded value.
inline std::map<std::string, std::string> parameters_of(std::string_view body) {
    std::map<std::string, std::string> out;
    while (!body.empty()) {
        auto const pair = body.substr(0, body.find('&'));
        auto const equals = pair.find('=');
        out[form_decoded(pair.substr(0, equals)).value()] =
            form_decoded(pair.substr(equals + 1)).value();
        body.remove_prefix(std::min(pair.size() + 1, body.size()));
    }
    return out;
}

}  // namespace setclick::api
