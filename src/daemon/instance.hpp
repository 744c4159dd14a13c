// The daemon's parts, made in order, joined by callbacks, ended in order.
//
//     main thread     io_context: deliver, control socket, timers, signals; the pool's lane where
//     there is one only lane threads    the pool's lanes, where delivery.threads asks for several
//     (net::lanes) ledger thread   every transaction (ledger::writer) intake thread   spool and
//     files (intake::service) reconciler      the comparison with the report (reconcile.every)
//     token thread    token files and the configuration (token_watch, reload)
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <future>
#include <map>
#include <memory>
#include <optional>
#include <thread>

#include "broom.hpp"
#include "login.hpp"
#include "read_service.hpp"
#include "reconciler.hpp"
#include "setclickd/control/server.hpp"
#include "setclickd/daemon/run.hpp"
#include "setclickd/ledger/reader.hpp"
#include "setclickd/ledger/store.hpp"
#include "setclickd/net/pool.hpp"
#include "setclickd/pipeline/deliver.hpp"
#include "setclickd/intake/service.hpp"
#include "setclickd/settings/load.hpp"
#include "setclickd/setup/network.hpp"
#include "setclickd/spool/directory.hpp"
#include "token_watch.hpp"

namespace setclick::daemon {

struct running_operation;

class instance {
public:
    instance(boost::asio::io_context& context, settings::settings settings,
             run_options options);
    ~instance();
    instance(instance const&) = delete;
    instance& operator=(instance const&) = delete;

    /// Opens everything and begins to work. An error names what could not be opened, and the cure.
    result<void> start();
    /// After the io_context has stopped.
    exit_code outcome() const noexcept { return outcome_; }

private:
    using executor = boost::asio::io_context::executor_type;
    using timer = boost::asio::basic_waitable_timer<
        std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, executor>;

    // start
    static std::uint32_t cache_kib_of(std::size_t accounts);
    result<ledger::recovery> open_ledger();
    result<void> open_spool();
    void use_network(setup::network_setup const& network);
    void set_login_target();
    void open_network(setup::network_setup network);
    result<void> open_accounts(ledger::recovery const& found);
    result<void> open_control();
    void start_intake(std::vector<ledger::file_info> unfinished);
    void start_timers();
    /// Asks the ledger's thread and waits: only before the io_context runs.
    template <class Ask>
    auto ask_ledger(Ask ask) {
        std::promise<std::invoke_result_t<Ask, ledger::store&>> answer;
        writer_->post(ledger::writer::priority::delivery,
                      [&](ledger::store& s) { answer.set_value(ask(s)); });
        return answer.get_future().get();
    }

    // accounts
    pipeline::account_setup setup_of(settings::account_settings const& a, account_no no);
    void token_found(account_no no, result<secret<std::string>> token, bool asked);
    void secret_found(token_watch::source const& from, result<secret<std::string>> found,
                      bool asked);
    void watch_tokens();
    settings::account_settings const* configured(account_no no) const;

    // commands
    void on_request(boost::json::object request, control::peer from, control::reply to);
    void on_operate(boost::json::object const& request, control::peer from, control::reply to);
    void on_pause(boost::json::object const& request, control::reply const& to);
    bool on_read(std::string_view cmd, boost::json::object const& request, control::peer from,
                 control::reply const& to);
    void on_token(std::string const& id, boost::json::value const& request, control::peer from,
                  control::reply const& to);
    void operate_slice(std::shared_ptr<running_operation> job);

    // reload
    void reload(std::optional<control::reply> to);
    struct reloaded;
    void apply(settings::loaded loaded);
    result<setup::network_setup> check(settings::loaded const& loaded) const;
    void take_over(reloaded fresh, std::vector<ledger::account_info> const& known);
    void accounts_reloaded(settings::settings const& before,
                           std::vector<ledger::account_info> const& known);
    void reload_failed(error const& why);
    void reload_ended();
    void restart_intake(std::function<void()> done);

    // signals, timers, the end
    void wait_for_signal();
    void every_minute();
    void every_watchdog();
    void look_for_the_end();
    void fatal(error why);
    void shut_down(exit_code outcome);
    void maybe_stop();

    boost::asio::io_context& context_;
    settings::settings settings_;
    run_options options_;
    std::string credentials_directory_;
    exit_code outcome_ = exit_code::done;
    steady_time started_;

    std::optional<spool::directory> spool_;
    std::uint64_t run_ = 0;
    std::vector<ledger::reading_place> crash_lines_;  // of files that an earlier run left
    std::unique_ptr<ledger::store> store_;            // until the writer has it
    std::unique_ptr<ledger::writer> writer_;
    std::unique_ptr<pipeline::deliver> deliver_;
    std::unique_ptr<net::pool> pool_;
    std::unique_ptr<intake::service> intake_;
    std::unique_ptr<control::server> control_;
    std::unique_ptr<token_watch> tokens_;
    std::unique_ptr<login> login_;
    std::unique_ptr<read_service> reads_;
    std::unique_ptr<broom> broom_;
    std::shared_ptr<net::tls_client> tls_;
    net::open_settings open_;
    // Of every account that the ledger knows, so of each in settings_: both change together.
    std::map<std::string, account_no> numbers_;
    net::endpoint endpoint_;

    boost::asio::signal_set signals_;
    timer minute_timer_;
    timer watchdog_timer_;
    timer once_timer_;
    timer drain_timer_;
    std::thread stopper_;   // stops the intake: that may wait for the disk
    std::thread reloader_;  // reads the configuration, waits for the intake
    std::unique_ptr<reconciler> reconciler_;
    bool reconciler_ended_ = false;
    bool reloading_ = false;
    bool reload_again_ = false;               // somebody asked while one was under way
    std::vector<control::reply> reload_now_;  // who waits for this one, and for the next
    std::vector<control::reply> reload_next_;
    bool stopping_ = false;
    bool intake_stopped_ = false;
    bool drained_ = false;
    bool leaving_ = false;
    bool ended_ = false;

    std::uint64_t last_intake_progress_ = 0;
    bool ledger_answered_ = true;
    int idle_looks_ = 0;
    std::uint64_t refused_at_start_ = 0;  // for the exit code of --once
};

/// Rejected, refused and held events, as far as the ledger knows.
/// What was not delivered, for the exit code of --once.
struct not_delivered {
    std::uint64_t refused = 0;  ///< lines and events, for good
    std::uint64_t held = 0;     ///< wait for a person
};
not_delivered not_delivered_in(std::string const& ledger_path);

}  // namespace setclick::daemon
