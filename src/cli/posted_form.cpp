#include "posted_form.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <string_view>

#include "setclickd/api/request.hpp"
#include "setclickd/base/text.hpp"

namespace setclick::cli {
namespace {

namespace json = boost::json;

int digit_of(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 0;
}

/// Of our own encoding: always whole.
std::string decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+') {
            out += ' ';
        } else if (text[i] == '%' && i + 2 < text.size()) {
            out += static_cast<char>(digit_of(text[i + 1]) * 16 + digit_of(text[i + 2]));
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

void mask(json::value& v) {
    if (auto* object = v.if_object()) {
        for (auto& member : *object)
            // Ours, not the producer's.
            if (member.key() != "microconversion") mask(member.value());
    } else if (auto* array = v.if_array()) {
        for (auto& item : *array)
            mask(item);
    } else {
        v = "***";
    }
}

}  // namespace

std::string masked_json(std::string_view text) {
    if (text.empty()) return {};
    boost::system::error_code ec;
    auto value = json::parse({text.data(), text.size()}, ec);
    if (ec) return "***";
    mask(value);
    return json::serialize(value);
}

std::vector<std::pair<std::string, std::string>> posted_form(api::dialect const& d,
                                                             event::view const& value,
                                                             bool reveal) {
    std::string body;
    api::append_body(body, d, value.account_id, value);
    std::vector<std::pair<std::string, std::string>> out;
    for (std::string_view rest = body; !rest.empty();) {
        auto const end = std::min(rest.find('&'), rest.size());
        auto const equals = rest.find('=');
        auto name = decoded(rest.substr(0, equals));
        auto text = decoded(rest.substr(equals + 1, end - equals - 1));
        if (!reveal && (name == "settings" || name == "lead")) text = masked_json(text);
        if (!reveal && may_hold_address(text)) text = "***";
        out.emplace_back(std::move(name), std::move(text));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return out;
}

}  // namespace setclick::cli
