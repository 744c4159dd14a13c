#include "setclickd/api/label.hpp"

#include "json_walk.hpp"

namespace setclick::api {
namespace {

std::string_view take_step(std::string_view& path) noexcept {
    auto const dot = path.find('.');
    auto const step = path.substr(0, dot);
    path = dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
    return step;
}

}  // namespace

std::string label_of(std::string_view path, event::view const& value) {
    auto const field = take_step(path);
    std::string_view text;
    if (field == "lead") text = value.lead;
    if (field == "settings") text = value.settings;
    if (field == "url_parameters") text = value.url_parameters;
    if (text.empty()) return {};
    auto const tree = parse_json(text, 64);
    auto const* at = tree ? &*tree : nullptr;
    while (at != nullptr && !path.empty())
        at = member(at, take_step(path));
    if (at == nullptr) return {};
    if (at->is_string()) return std::string(view_of(at->get_string()));
    if (at->is_int64()) return std::to_string(at->get_int64());
    if (at->is_uint64()) return std::to_string(at->get_uint64());
    return {};
}

}  // namespace setclick::api
