#include "pages.hpp"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>

#include "answer.hpp"
#include "page/assets.hpp"
#include "page_data.hpp"
#include "setclickd/status_model/health.hpp"
#include "setclickd/status_model/status_json.hpp"

namespace setclick::web {
namespace {

/// The loop that delivers answers; nothing else.
page_text livez(page_input const& in) {
    if (in.live->daemon.pid != 0) return {"alive\n"};
    return {"not alive: the daemon's main loop does not answer\n", 503};
}

page_text readyz(page_input const& in) {
    if (auto const why = status_model::unready(in.live->daemon))
        return {"not ready: " + *why + "\n", 503};
    return {"ready\n"};
}

page_text status_json(page_input const& in) {
    return {boost::json::serialize(status_model::to_json(*in.report)) + "\n"};
}

/// Without the daemon's answer its counters would be zero: they would seem to have begun anew.
page_text exported(page_input const& in) {
    if (in.live->daemon.pid == 0) return {"the daemon's main loop does not answer\n", 503};
    return {metrics::exported({*in.report, *in.own, in.requests})};
}

page_text index(page_input const&) {
    return {std::string(index_html())};
}

page_text style(page_input const&) {
    return {std::string(page_css())};
}

page_text script(page_input const&) {
    return {std::string(page_js())};
}

page_text page_json(page_input const& in) {
    return {page_data(*in.page)};
}

// clang-format off
constexpr std::array table{
    page{"/metrics",     metrics::content_type, page_needs::report, page_readers::everybody, exported},
    page{"/livez",       content::text, page_needs::live,   page_readers::everybody, livez},
    page{"/readyz",      content::text, page_needs::live,   page_readers::everybody, readyz},
    page{"/status.json", content::json, page_needs::report, page_readers::owner,     status_json},
    page{"/",            content::html, page_needs::nothing, page_readers::owner,    index},
    page{"/page.css",    content::css,  page_needs::nothing, page_readers::owner,    style},
    page{"/page.js",     content::script, page_needs::nothing, page_readers::owner,  script},
    page{"/page.json",   content::json, page_needs::page,   page_readers::owner,     page_json},
};
// clang-format on

}  // namespace

std::span<page const> pages() {
    return table;
}

page const* page_of(std::string_view target) {
    auto const path = target.substr(0, target.find('?'));
    auto const* const found = std::ranges::find(table, path, &page::path);
    return found == table.end() ? nullptr : found;
}

}  // namespace setclick::web
