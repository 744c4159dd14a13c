#include "instance.hpp"

#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "crash_marker.hpp"
#include "local_report_access.hpp"
#include "notify.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/settings/token.hpp"
#include "setclickd/setup/accounts.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::daemon {
namespace asio = boost::asio;
using telemetry::level;
using telemetry::log_line;

namespace {

/// As many descriptors as we may have: connections, files, the ledger.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
}

}  // namespace

not_delivered not_delivered_in(std::string const& ledger_path) {
    auto opened = ledger::reader::open(ledger_path);
    if (opened.has_error()) return {};
    auto* const reader = opened->get();
    auto const totals = reader->totals();
    if (totals.has_error()) return {};
    auto const count = [&](ledger::event_state s) {
        return totals->counts[static_cast<std::size_t>(s)];
    };
    return {totals->refused + count(ledger::event_state::rejected),
            count(ledger::event_state::held)};
}

instance::instance(asio::io_context& context, settings::settings settings, run_options options)
    : context_(context),
      settings_(std::move(settings)),
      options_(std::move(options)),
      credentials_directory_(settings::credentials_directory()),
      started_(std::chrono::steady_clock::now()),
      signals_(context),
      minute_timer_(context),
      watchdog_timer_(context),
      once_timer_(context),
      drain_timer_(context) {}

instance::~instance() {
    if (stopper_.joinable()) stopper_.join();
    if (reloader_.joinable()) reloader_.join();
    // What ends late finds everything still there.
    if (pool_) {
        pool_->close_all();
        context_.restart();
        while (!pool_->is_quiet() && context_.run_one() > 0) {
        }
    }
    reconciler_.reset();
    reads_.reset();
    tokens_.reset();
    login_.reset();
    control_.reset();
    intake_.reset();  // before the ledger's thread
    pool_.reset();
    writer_.reset();
    deliver_.reset();
}

result<void> instance::start() {
    std::signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();
    // First what only reads: a start that a wrong path in the configuration ends leaves no ledger
    // that this spool then belongs to.
    auto network = setup::network_setup_of(settings_, credentials_directory_);
    if (network.has_error()) return network.error();
    if (auto r = open_spool(); r.has_error()) return r;
    auto found = open_ledger();
    if (found.has_error()) return found.error();
    if (auto r = spool_->check_identity(store_->id(), run_); r.has_error()) return r;
    writer_ = std::make_unique<ledger::writer>(std::move(store_));
    open_network(std::move(*network));
    if (auto r = open_accounts(*found); r.has_error()) return r;
    if (auto r = open_control(); r.has_error()) return r;
    auto const unfinished = found->files.size();
    start_intake(std::move(found->files));
    auto const access = [this](std::atomic<bool> const& stop) {
        return std::make_unique<local_report_access>(context_, *reads_, stop);
    };
    reconciler_ = std::make_unique<reconciler>(settings_, access, [this] {
        asio::post(context_, [this] {
            reconciler_ended_ = true;
            maybe_stop();
        });
    });
    start_timers();
    notify_ready();
    log_line(level::info, "setclickd is ready",
             {{"accounts", settings_.accounts.size()},
              {"incoming", settings_.spool.dir + "/incoming"},
              {"ledger", settings_.ledger.path},
              {"endpoint", settings_.endpoint.base_url},
              {"unfinished_files", unfinished},
              {"run", run_}});
    return {};
}

/// Each account writes at a few pages of its own: where they do not stay in memory, they are read
/// again for each transaction.
std::uint32_t instance::cache_kib_of(std::size_t accounts) {
    constexpr std::size_t kib_an_account = 16;
    return static_cast<std::uint32_t>(kib_an_account * std::min<std::size_t>(accounts, 1024));
}

result<ledger::recovery> instance::open_ledger() {
    auto const path = std::filesystem::path(settings_.ledger.path);
    std::error_code ec;
    if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), ec);
    if (ec)
        return errno_error(ec.value(), "make the ledger's directory", path.parent_path().string());
    ledger::options o;
    o.where = settings_.ledger.path;
    o.identity_window = settings_.dedupe.window;
    o.sqlite.cache_kib += cache_kib_of(settings_.accounts.size());
    if (!std::filesystem::exists(path, ec) && !ec)
        if (auto r = spool_->may_begin_ledger(settings_.ledger.path); r.has_error()) return r.error();
    auto opened = ledger::store::open(o);
    if (opened.has_error()) return opened.error();
    store_ = std::move(*opened);
    // Before the recovery: a ledger that is refused stays what it was, however often the start is
    // tried.
    if (auto r = spool_->verify_identity(store_->id(), store_->run() + 1); r.has_error())
        return r.error();

    auto const marker = settings_.ledger.path + ".crashed";
    auto const end = read_crash_marker(marker, store_->run());
    auto found = store_->recover(wall_now(), end);
    if (found.has_error()) return found.error();
    remove_crash_marker(marker);
    run_ = store_->run();
    arm_crash_marker(marker, run_);
    crash_lines_ = std::move(found->crash_lines);
    if (end.aborted)
        log_line(level::warn,
                 "the last run ended by a fault of its own (SIGSEGV, SIGABRT, the watchdog); "
                 "please report it",
                 {{"reading", end.reading ? end.reading->work_name + " at " +
                                                std::to_string(end.reading->offset)
                                          : "no file"}});
    for (auto const& a : found->accounts)
        numbers_[a.id] = a.no;
    if (found->in_doubt > 0)
        log_line(level::warn,
                 "the last run ended with attempts under way; their events are in doubt",
                 {{"in_doubt", found->in_doubt},
                  {"sent_again", found->resent},
                  {"held", found->held},
                  {"see", "setclickd list --in-doubt"}});
    return found;
}

result<void> instance::open_spool() {
    auto opened = spool::directory::open(settings_.spool.dir);
    if (opened.has_error()) return opened.error();
    spool_.emplace(std::move(*opened));
    return {};
}

void instance::open_network(setup::network_setup network) {
    pipeline::deliver_hooks hooks;
    hooks.complete = [this](std::vector<file_no> files) {
        if (intake_) intake_->complete(std::move(files));
    };
    hooks.refresh_credential = [this](account_no no) {
        if (login_->knows(no))
            login_->want(no, true);
        else
            tokens_->read_now(no);
    };
    hooks.fatal = [this](error const& why) { fatal(why); };
    deliver_ = std::make_unique<pipeline::deliver>(context_, *writer_, std::move(hooks));
    deliver_->set_dialect(settings_.dialect);
    deliver_->set_endpoint(setup::endpoint_settings_of(settings_));

    use_network(network);
    pool_ = net::make_pool(context_, settings_.delivery.threads, tls_, std::move(network.pool),
                           *deliver_);
    deliver_->use(*pool_);

    login::wiring w;
    w.permit = [this](account_no no, steady_time now) { return deliver_->permit(no, now); };
    w.found = [this](account_no no, result<secret<std::string>> token, bool asked) {
        token_found(no, std::move(token), asked);
    };
    w.answered = [this](account_no no, api::answer_facts const& facts, steady_time begun) {
        deliver_->read_answered(no, facts, begun, std::chrono::steady_clock::now());
    };
    w.read_password = [this](account_no no) { tokens_->read_now(no); };
    login_ = std::make_unique<login>(context_, std::move(w));
    set_login_target();
    read_service::wiring r;
    r.number_of = [this](std::string const& id) -> std::optional<account_no> {
        auto const found = numbers_.find(id);
        return found == numbers_.end() ? std::nullopt : std::optional(found->second);
    };
    r.is_configured = [this](account_no no) { return configured(no) != nullptr; };
    reads_ = std::make_unique<read_service>(*deliver_, *writer_, *login_, std::move(r));
}

/// For what is rendered from now on, and for what does not go through the pool.
void instance::use_network(setup::network_setup const& network) {
    endpoint_ = network.pool.open.to;
    open_ = network.pool.open;
    tls_ = network.tls;
}

void instance::set_login_target() {
    login_->set_target({open_, tls_, setup::login_target(settings_, endpoint_),
                        settings_.delivery.response_timeout});
}

result<void> instance::open_accounts(ledger::recovery const& found) {
    tokens_ = std::make_unique<token_watch>(
        context_, credentials_directory_,
        [this](token_watch::source const& from, result<secret<std::string>> secret_read,
               bool asked) { secret_found(from, std::move(secret_read), asked); });
    deliver_->load_endpoint(found.endpoint_note);
    // Before the writer works for others: the answers are waited for.
    for (auto const& a : settings_.accounts) {
        ledger::account_info known;
        if (auto const it = std::ranges::find(found.accounts, a.id, &ledger::account_info::id);
            it != found.accounts.end()) {
            known = *it;
        } else {
            auto number = ask_ledger([&](ledger::store& s) { return s.account(a.id); });
            if (number.has_error()) return number.error();
            known.no = *number;
            known.id = a.id;
            numbers_[a.id] = *number;
        }
        std::uint64_t may_just_have_been_sent = 0;
        for (auto const& [no, count] : found.in_doubt_of)
            if (no == known.no) may_just_have_been_sent += count;
        deliver_->set_account(setup_of(a, known.no), known, may_just_have_been_sent);
    }
    for (auto const& a : found.accounts)
        if (std::ranges::find(settings_.accounts, a.id, &settings::account_settings::id) ==
                settings_.accounts.end() &&
            a.oldest_waiting != wall_time{})
            log_line(level::warn, "the configuration does not name an account whose events wait",
                     {{"account", a.id}});
    watch_tokens();
    return {};
}

result<void> instance::open_control() {
    auto opened = control::server::open(
        context_.get_executor(), settings_.control_socket,
        [this](boost::json::object request, control::peer from, control::reply to) {
            on_request(std::move(request), from, std::move(to));
        });
    if (opened.has_error()) return opened.error();
    control_ = std::move(*opened);
    return {};
}

void instance::start_intake(std::vector<ledger::file_info> unfinished) {
    if (options_.once && !intake_)
        refused_at_start_ = not_delivered_in(settings_.ledger.path).refused;
    intake::service_options o;
    o.spool = settings_.spool;
    o.key = settings_.dedupe.key;
    o.rules = setup::rules_of(settings_);
    for (auto const& a : settings_.accounts)
        o.accounts.push_back(numbers_.at(a.id));
    o.run = run_;
    if (intake_) o.after = intake_->last_sequence();
    o.ledger_path = settings_.ledger.path;
    o.once = options_.once;
    o.crash_lines = crash_lines_;
    intake::service_wiring w;
    w.spool = &*spool_;
    w.writer = writer_.get();
    w.reading = &reading_now();
    w.thread_begins = use_signal_stack;
    w.imported = [this](std::vector<account_no> accounts, std::uint64_t) {
        deliver_->imported(std::move(accounts));
    };
    w.fatal = [this](error why) {
        asio::post(context_, [this, why = std::move(why)] { fatal(why); });
    };
    intake_ = std::make_unique<intake::service>(std::move(o), std::move(w));
    intake_->start(std::move(unfinished));
}

}  // namespace setclick::daemon
