#include "read_progress.hpp"

#include "setclickd/base/text.hpp"

namespace setclick::cli {
namespace {

/// Shorter waits are not worth a line of their own.
constexpr milliseconds worth_saying{1000};

std::string pages_and_rows(readback::page_progress const& at) {
    return counted(at.pages, "page") + ", " + counted(at.rows, "row");
}

}  // namespace

void read_progress::clear() {
    if (has_line_) io_.err << "\r\x1b[K" << std::flush;
    has_line_ = false;
}

void read_progress::say_forecast(readback::page_progress const& at) {
    if (has_forecast_ || at.wait < worth_saying || at.pages == 0) return;
    has_forecast_ = true;
    io_.err << "setclickd: the account's rate allows a page in about " << duration_text(at.wait)
            << (at.events_wait ? " while events wait (report.share)" : "");
    if (wanted_pages_ > at.pages)
        io_.err << "; the " << grouped(wanted_pages_ - at.pages) << " pages left take about "
                << duration_text(at.wait * static_cast<std::int64_t>(wanted_pages_ - at.pages));
    else
        io_.err << "; how many pages there are is not known before the last";
    io_.err << std::endl;
}

void read_progress::show(readback::page_progress const& at) {
    if (!at.trouble.empty() && at.trouble != said_trouble_) {
        clear();
        io_.err << "setclickd: " << printable(at.trouble, 500) << "; it is tried again"
                << std::endl;
    }
    said_trouble_ = at.trouble;
    if (at.trouble.empty() && !has_forecast_) {
        clear();
        say_forecast(at);
    }
    if (!io_.err_is_terminal) return;
    io_.err << "\r\x1b[K" << pages_and_rows(at);
    if (at.wait > 0ms) io_.err << "; the next in " << duration_text(at.wait);
    io_.err << std::flush;
    has_line_ = true;
}

}  // namespace setclick::cli
