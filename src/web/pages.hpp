// What is served: one table of pages, each made by a pure function.
//
// A new page is one row of the table in pages.cpp. Whoever asks gets one that is at most a second old; however many ask,
// it is made once. Never: asks the daemon, reads a file.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "setclickd/metrics/exporter.hpp"
#include "setclickd/metrics/own_accounts.hpp"
#include "setclickd/status_model/live_status.hpp"
#include "setclickd/status_model/page.hpp"
#include "setclickd/status_model/status.hpp"

namespace setclick::web {

/// Requests that were answered so; of a page's path, or "other".
using request_count = metrics::http_count;

/// What a page is made from.
struct page_input {
    status_model::live_status const* live = nullptr;      ///< from `page_needs::live` on
    status_model::status_report const* report = nullptr;  ///< with `page_needs::report`
    metrics::own_accounts const* own = nullptr;           ///< the same; knows the report
    status_model::page_report const* page = nullptr;      ///< with `page_needs::page`
    std::span<request_count const> requests{};
};

struct page_text {
    std::string body{};
    unsigned status = 200;
};

enum class page_needs : std::uint8_t {
    nothing,  ///< it is the same for ever: the browser may keep it
    live,     ///< what the daemon answers, or that it does not
    report,   ///< that, and what the ledger holds
    page,     ///< that, and history, files and what is held
};

enum class page_readers : std::uint8_t {
    everybody,  ///< nothing in it is anybody's business
    owner,      ///< who has the password, or may use the Unix socket
};

struct page {
    std::string_view path;  ///< exactly as it is asked for, without the query
    std::string_view type;  ///< web::content
    page_needs needs = page_needs::nothing;
    page_readers readers = page_readers::owner;
    page_text (*make)(page_input const&) = nullptr;
};

std::span<page const> pages();
/// nullptr where nothing is. `target`: of the request, with its query.
page const* page_of(std::string_view target);

}  // namespace setclick::web
