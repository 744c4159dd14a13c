// What the pages are made from, gathered once a second at most: the daemon's answer from its main thread, the ledger on a
// thread that may wait for the disk.
//
// Promises: whoever asks is answered within eight seconds, all who ask at a time by one gathering; one question to the main
// thread and one to the disk are under way at most, however long they take. Never: blocks its caller.
//
// Threads: the web thread (that of the given io_context).
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "background.hpp"
#include "setclickd/settings/settings.hpp"
#include "setclickd/status_model/live_status.hpp"
#include "setclickd/status_model/page.hpp"
#include "setclickd/status_model/status.hpp"
#include "setclickd/web/service.hpp"

namespace setclick::web {

class model_source {
public:
    using live_view = std::shared_ptr<status_model::live_status const>;
    /// What was gathered, and from which answer of the daemon.
    template <class Model>
    struct view {
        live_view live;
        std::shared_ptr<result<Model> const> model;
        std::size_t most_accounts = 0;  ///< metrics.accounts
    };
    using report_view = view<status_model::status_report>;
    using page_view = view<status_model::page_report>;

    model_source(std::shared_ptr<boost::asio::io_context> context, service_wiring const& with);
    ~model_source();
    model_source(model_source const&) = delete;
    model_source& operator=(model_source const&) = delete;

    void use(std::shared_ptr<settings::settings const> s);
    /// Without an answer in time, `daemon.pid` is 0 and `daemon.why_not` the reason.
    void want_live(std::function<void(live_view)> done);
    void want_report(std::function<void(report_view)> done);
    void want_page(std::function<void(page_view)> done);
    /// The thread of the disk ends, or is left behind.
    void stop(milliseconds patience);

    static constexpr milliseconds kept_for{1000};
    static constexpr milliseconds patience_with_daemon{2000};
    static constexpr milliseconds patience_with_disk{5000};

private:
    struct state;
    std::shared_ptr<state> state_;
    std::shared_ptr<boost::asio::io_context> disk_;
    background disk_thread_;
};

}  // namespace setclick::web
