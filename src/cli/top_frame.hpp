// What `setclickd top` shows: the status model, what was seen over the last minutes and a size, made
// into lines.
//
// Promises: as many lines as the terminal has rows, none wider than its columns; nothing in them that
// a terminal could obey, whatever a name or a log line holds; on a small terminal the answer to "is
// it delivering?" comes first, and the rest as far as there is room. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "setclickd/status_model/status.hpp"
#include "setclickd/telemetry/recent_lines.hpp"
#include "text_columns.hpp"
#include "top_history.hpp"

namespace setclick::cli {

struct screen_size {
    std::size_t columns = 80, rows = 24;

    friend bool operator==(screen_size const&, screen_size const&) = default;
};

enum class paint : std::uint8_t { plain, good, warning, bad, faint, strong };

struct painted_text {
    paint as = paint::plain;
    std::string text;
};
using frame_line = std::vector<painted_text>;

struct top_view {
    status_model::status_report const& report;
    top_history const& history;
    std::span<telemetry::recent_line const> log;  ///< oldest first
    std::string trouble{};  ///< why the last look failed: the report is an older one then
    milliseconds interval{1000};
    std::string chosen{};  ///< the account that is shown in full; empty: the first
    bool shows_help = false;
    glyphs shown = glyphs::blocks;
};

std::vector<frame_line> frame_of(top_view const& view, screen_size size);

/// Where nothing can be drawn: the same in one line.
std::string line_of(top_view const& view);

/// The accounts as they are listed: those in trouble first, the worst before.
std::vector<status_model::account_report const*> by_trouble(
    status_model::status_report const& report);

/// Of a frame, for a terminal, or without colours (bold stays).
std::string with_codes(frame_line const& line, bool in_colour);
std::string without_codes(frame_line const& line);

}  // namespace setclick::cli
