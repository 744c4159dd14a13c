// The status model as Prometheus reads it: text format 0.0.4.
//
// One table (exporter.cpp) holds each metric with its type, labels and help; docs/metrics.md is made
// from it. Promises: a counter never falls within the daemon's life; no label holds an event, an
// e-mail, a file's name or a token: ids of accounts are the only values that do not come from a
// list of this program. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "setclickd/metrics/own_accounts.hpp"
#include "setclickd/status_model/status.hpp"

namespace setclick::metrics {

/// What the answer is to be called.
inline constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

/// Requests to the web server that were answered so.
struct http_count {
    std::string_view path;  ///< of a closed list
    unsigned status = 0;
    std::uint64_t count = 0;
};

struct export_input {
    status_model::status_report const& status;
    own_accounts const& own;
    std::span<http_count const> requests{};
};

std::string exported(export_input const& in);

/// For docs/metrics.md: each metric, in the order of the output.
std::string reference();

}  // namespace setclick::metrics
