// An event → what the report will call it.
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "setclickd/api/label.hpp"
#include "setclickd/reconcile/compare.hpp"

namespace setclick::reconcile {
namespace {

namespace json = boost::json;

json::value parsed(std::string_view text) {
    boost::system::error_code ec;
    json::parse_options options;
    options.max_depth = 64;
    auto value = json::parse({text.data(), text.size()}, ec, {}, options);
    return ec ? json::value{} : value;
}

bool is_one(json::value const& v) {
    if (auto const* text = v.if_string()) return *text == "1";
    if (auto const* number = v.if_int64()) return *number == 1;
    return v.is_bool() && v.get_bool();
}

bool says_so(std::string_view object) {
    // Most have no such member: look before parsing.
    if (object.find("microconversion") == std::string_view::npos) return false;
    auto const value = parsed(object);
    auto const* const members = value.if_object();
    auto const* const flag = members == nullptr ? nullptr : members->if_contains("microconversion");
    return flag != nullptr && is_one(*flag);
}

}  // namespace

bool is_microconversion(event::view const& value) {
    return value.microconversion || says_so(value.lead) || says_so(value.settings);
}

series_key series_of(event::view const& value, std::string_view label_path) {
    series_key key;
    key.label = api::label_of(label_path, value);
    auto const parameters = parsed(value.url_parameters);
    auto const* const members = parameters.if_object();
    if (members == nullptr) return key;
    auto const take = [&](std::string& to, std::string_view name) {
        auto const* const v = members->if_contains({name.data(), name.size()});
        if (v != nullptr && v->is_string())
            to.assign(v->get_string().data(), v->get_string().size());
    };
    take(key.source, "utm_source");
    take(key.medium, "utm_medium");
    take(key.campaign, "utm_campaign");
    take(key.term, "utm_term");
    take(key.matchtype, "utm_matchtype");
    return key;
}

}  // namespace setclick::reconcile
