// Reads the vendor's report page by page: each page a call through the account's gate, with the
// account's credential, tried again where that helps.
//
// Promises: one page in memory at a time; every wait ends soon after `stop`; no endless tries, no
// endless stream. Errors name the page, the reason, and what to do; never a token or an e-mail.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "setclickd/api/report.hpp"
#include "setclickd/net/blocking_client.hpp"
#include "setclickd/readback/report_access.hpp"
#include "setclickd/reconcile/page_walk.hpp"
#include "setclickd/settings/settings.hpp"

namespace setclick::readback {

struct page_plan {
    std::string account;
    std::string date_range;  ///< as api::date_range returned it
    std::string country;
    std::uint64_t skip = 0;
    std::uint32_t page_rows = 100;
    secret<std::string> token{};  ///< empty: from its file, or from the daemon
};

struct page_progress {
    std::uint64_t pages = 0;  ///< read so far
    std::uint64_t rows = 0;
    milliseconds wait{};       ///< before the next one
    bool events_wait = false;  ///< they have the larger share of the rate
    std::string trouble;       ///< the last try failed, and why; empty: the rate makes us wait
};

class page_reader {
public:
    using progress_fn = std::function<void(page_progress const&)>;

    /// The configuration and `access` must outlive it. `progress` is called before each wait.
    static result<page_reader> open(settings::settings const& s, report_access& access,
                                    page_plan plan, std::atomic<bool> const& stop,
                                    progress_fn progress);

    /// The next page's new rows (perhaps none); false after the last page. `busy`: stopped.
    /// `refused`: the vendor refuses the query (400 and the like). `config`: 401, 403, 404.
    result<bool> next(std::vector<api::report_row>& fresh);

    reconcile::page_walk const& walk() const noexcept { return walk_; }

private:
    page_reader(settings::settings const& s, report_access& access, page_plan plan,
                std::atomic<bool> const& stop, progress_fn progress);

    result<void> read_token(bool refused);  ///< the present one was
    result<net::http_answer> fetch(api::report_query const& query);
    /// Nothing: try again. An error: that was it.
    std::optional<error> refused(net::http_answer const& answer);
    result<void> pass_gate();
    bool gives_up();
    result<void> wait(milliseconds how_long);
    result<void> wait_before_next_try(std::string why);
    page_progress where() const;
    std::string page_name() const;

    settings::settings const* settings_;
    report_access* access_;
    page_plan plan_;
    std::atomic<bool> const* stop_;
    progress_fn progress_;
    std::unique_ptr<net::blocking_client> fetcher_;
    api::target target_;
    secret<std::string> token_;
    std::uint64_t issue_ = 0;  ///< of the token, by the daemon
    reconcile::page_walk walk_;
    std::string trouble_;
    int tries_ = 0;  ///< of this page, that failed
    bool token_read_again_ = false;
    bool at_end_ = false;
};

}  // namespace setclick::readback
