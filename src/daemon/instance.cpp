#include "instance.hpp"

#include <boost/asio/post.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <utility>

#include "crash_marker.hpp"
#include "local_report_access.hpp"
#include "notify.hpp"
#include "process_look.hpp"
#include "setclickd/settings/token.hpp"
#include "setclickd/setup/accounts.hpp"
#include "setclickd/setup/ledger.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::daemon {
namespace asio = boost::asio;
using telemetry::level;
using telemetry::log_line;
using part = shutdown_stages::part;

namespace {

/// As many descriptors as we may have: connections, files, the ledger.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/// What a lease's end relies on (ledger/lease.hpp): no byte leaves much later.
constexpr milliseconds longest_delivery{5'000};

}  // namespace

instance::instance(asio::io_context& context, settings::settings settings, run_options options)
    : context_(context),
      options_(std::move(options)),
      credentials_directory_(settings::credentials_directory()),
      started_(std::chrono::steady_clock::now()),
      config_(std::move(settings)),
      signals_(context),
      shutdown_(context, shutdown_wiring()) {}

instance::~instance() {
    blocking_.join();
    if (face_) face_->stop();
    // Keep all members alive until the last handler of a connection has run.
    if (network_) network_->close();
    if (deliver_) {
        deliver_->stop();
        while (!deliver_->has_ended() && context_.run_one() > 0) {
        }
    }
    reconciler_.reset();
    control_.reset();
    report_probe_.reset();
    credentials_.reset();
    intake_.reset();  // before the ledger's thread
    network_.reset();
    writer_.reset();
    // Nothing of this process can reach the endpoint or the ledger any more.
    if (lease_) lease_->end();
    lease_.reset();
    deliver_.reset();
}

result<void> instance::start() {
    std::signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();
    // First what only reads: a start that a wrong path in the configuration ends leaves no ledger
    // that this spool then belongs to.
    auto network = setup::network_setup_of(config_.now(), credentials_directory_);
    if (network.has_error()) return network.error();
    auto opened = open_storage(config_.now(), {commits_, reach_});
    if (opened.has_error()) return opened.error();
    config_.add_numbers(opened->found.accounts);
    spool_ = std::move(opened->spool);
    writer_ = std::make_unique<ledger::writer>(std::move(opened->ledger));
    lease_ = std::move(opened->lease);
    make_delivery(std::move(*network));
    if (lease_) join_cluster(*opened);
    make_intake(*opened);
    make_services();
    set_accounts(opened->found);
    if (member_) {
        desk_->offered({}, {}, opened->news.pause);
        member_->start(static_cast<std::int64_t>(opened->run));
    }
    if (auto r = open_control_socket(); r.has_error()) return r;
    auto const unfinished = opened->found.files.size();
    begin_work(std::move(opened->found.files));
    notify_ready();
    auto const& s = config_.now();
    log_line(level::info, "setclickd is ready",
             {{"accounts", s.accounts.size()},
              {"incoming", s.spool.dir + "/incoming"},
              {"ledger", setup::ledger_place_of(s).shown()},
              {"endpoint", s.endpoint.base_url},
              {"unfinished_files", unfinished},
              {"run", opened->run}});
    return {};
}

void instance::make_delivery(setup::network_setup setup) {
    auto const& s = config_.now();
    dispatch::dispatch_hooks hooks;
    hooks.complete = [this](std::vector<ledger::file_info> files) {
        intake_->complete(std::move(files));
    };
    hooks.refresh_credential = [this](account_no no) { credentials_->refresh(no); };
    hooks.ask_report = [this](account_no no) { report_probe_->ask(no); };
    hooks.fatal = [this](error const& why) { cannot_go_on(why); };
    deliver_ = std::make_unique<dispatch::dispatcher>(context_, *writer_, std::move(hooks));
    deliver_->set_dialect(s.dialect);
    deliver_->set_endpoint(setup::endpoint_settings_of(s));
    if (lease_) {
        setup.pool.may_send = [&lease = *lease_] { return lease.may_send(); };
        setup.pool.open.longest_delivery = longest_delivery;
    }
    network_ = std::make_unique<network>(context_, std::move(setup), s.delivery.threads,
                                         deliver_->source());
    deliver_->use(network_->pool());
    credentials_ = std::make_unique<credentials>(context_, config_, *network_, *deliver_,
                                                 credentials_directory_);
    report_probe_ =
        std::make_unique<report_probe>(context_, config_, *network_, *deliver_, *writer_);
}

void instance::join_cluster(storage const& found) {
    deliver_->share(found.clock, [&lease = *lease_] { return lease.may_send(); });
    cluster_member::wiring w;
    w.complete = [this](std::vector<ledger::file_info> files) {
        intake_->complete(std::move(files));
    };
    w.commands = [this](std::vector<ledger::node_command> own,
                        std::vector<ledger::node_command> strays,
                        ledger::endpoint_pause const& pause) {
        desk_->offered(std::move(own), std::move(strays), pause);
    };
    w.accounts_came = [this] { reloader_->renew_intake(); };
    w.fatal = [this](error const& why) { cannot_go_on(why); };
    cluster_member::parts const parts{context_, *lease_, *writer_, *deliver_, config_, *network_};
    member_ = std::make_unique<cluster_member>(parts, std::move(w), found.news);
}

/// One that another node took for dead begins anew: what it had is the other's.
void instance::cannot_go_on(error const& why) {
    if (!member_ || why.code != errc::refused) return shutdown_.on_fatal(why);
    // Lease and ledger notice it, one after the other.
    if (std::exchange(is_deposed_, true)) return;
    network_->pool().reset_all();
    shutdown_.on_fatal(why);
}

void instance::make_intake(storage const& found) {
    auto const& s = config_.now();
    disks_ = std::make_unique<disk_watch>(context_, *writer_, setup::ledger_place_of(s).shown(),
                                          s.spool.dir);
    current_intake::parts const parts{context_, config_, *spool_, *writer_, *deliver_};
    current_intake::run_facts facts;
    facts.run = found.run;
    facts.once = options_.once;
    facts.crash_lines = found.found.crash_lines;
    facts.thread_begins = [this] { disks_->intake_thread_begins(); };
    if (member_)
        facts.imported = [this](std::vector<account_no> accounts) {
            member_->imported(std::move(accounts));
        };
    intake_ = std::make_unique<current_intake>(parts, std::move(facts),
                                               [this](error const& why) { cannot_go_on(why); });
}

void instance::make_services() {
    watchdog_ = std::make_unique<watchdog>(context_, *writer_, [this] { return watchdog_facts(); });
    retention_ = std::make_unique<retention_timer>(context_, *writer_, retention_wiring());
    retention_->keep(config_.now().retention);
    ledger_watch_ = std::make_unique<ledger_watch>(context_, *writer_,
                                                   [this](error const& why) { cannot_go_on(why); });
    server_watch_ = std::make_unique<server_watch>(context_, reach_);
    unit_status_ = std::make_unique<unit_status>(
        context_,
        unit_status::wiring{[this] { return status(); }, [this] { return disks_->stalled(); },
                            [this] { return deliver_->minute(); }});
    reloader::parts const reload_parts{context_,  blocking_,     *writer_,  config_,
                                       *network_, *credentials_, *deliver_, *intake_};
    reloader_ = std::make_unique<reloader>(reload_parts, reload_wiring(), options_.config,
                                           credentials_directory_);
    reads_ = std::make_unique<read_service>(*deliver_, *writer_, credentials_->logins(), config_);
    read_commands_ = std::make_unique<read_commands>(*reads_);
    if (member_) make_desk();
    control_commands::parts const command_parts{
        context_,          *writer_,   config_,         *deliver_,
        *intake_,          *reloader_, *read_commands_, [this] { return disks_->stalled(); },
        member_ != nullptr};
    commands_ = std::make_unique<control_commands>(
        command_parts, [this] { return status(); }, started_);
    if (options_.once)
        once_ = std::make_unique<once_run>(context_, blocking_, *intake_, *deliver_,
                                           setup::ledger_place_of(config_.now()),
                                           [this](exit_code code) { shutdown_.on_finished(code); });
}

void instance::make_desk() {
    command_desk::parts const parts{context_, *writer_, *deliver_, config_, *reads_};
    command_desk::wiring w;
    w.complete = [this](std::vector<ledger::file_info> files) {
        intake_->complete(std::move(files));
    };
    w.look = [this] { member_->look(); };
    desk_ = std::make_unique<command_desk>(parts, std::move(w));
}

void instance::set_accounts(ledger::recovery const& found) {
    deliver_->load_endpoint(found.endpoint_note);
    for (auto const& a : config_.now().accounts) {
        auto const no = config_.number_of(a);
        auto const known = std::ranges::find(found.accounts, no, &ledger::account_info::no);
        std::uint64_t may_just_have_been_sent = 0;
        for (auto const& [of, count] : found.in_doubt_of)
            if (of == no) may_just_have_been_sent += count;
        auto setup = credentials_->setup_of(a, no);
        if (!member_ || member_->owns(no))
            deliver_->set_account(std::move(setup), *known, may_just_have_been_sent);
        else
            deliver_->set_account_elsewhere(std::move(setup));
    }
    credentials_->watch();
}

result<void> instance::open_control_socket() {
    auto opened = control::server::open(
        context_.get_executor(), config_.now().control_socket,
        [this](boost::json::object request, control::peer from, control::reply to) {
            commands_->on_request(std::move(request), from, std::move(to));
        });
    if (opened.has_error()) return opened.error();
    control_ = std::move(*opened);
    return {};
}

void instance::begin_work(std::vector<ledger::file_info> unfinished) {
    if (once_) once_->start();
    intake_->start(std::move(unfinished));
    auto const report_access = [this](std::atomic<bool> const& stop) {
        return std::make_unique<local_report_access>(context_, *reads_, stop);
    };
    reconciler_ = std::make_unique<reconciler>(config_.now(), report_access,
                                               [this] { shutdown_.part_ended(part::reconciler); });
    for (int const number : {SIGTERM, SIGINT, SIGHUP})
        signals_.add(number);
    wait_for_signal();
    unit_status_->start();
    disks_->start();
    watchdog_->start();
    retention_->start();
    ledger_watch_->start();
    server_watch_->start();
    if (options_.face) face_ = options_.face(config_.now(), face_wiring_of());
}

face_wiring instance::face_wiring_of() {
    face_wiring w;
    w.ask = [this](std::function<void(boost::json::object)> answer) {
        asio::post(context_, [this, answer = std::move(answer)] { answer(commands_->status()); });
    };
    w.thread_begins = [] {
        use_signal_stack();
        touch_no_event();
    };
    return w;
}

reloader::wiring instance::reload_wiring() {
    reloader::wiring w;
    w.applied = [this](settings::settings const& now) {
        reconciler_->configure(now);
        retention_->keep(now.retention);
        if (face_) face_->configure(now);
        if (member_) member_->configured();
    };
    if (member_) w.owns = [this](account_no no) { return member_->owns(no); };
    w.fatal = [this](error const& why) { cannot_go_on(why); };
    return w;
}

retention_timer::wiring instance::retention_wiring() {
    retention_timer::wiring w;
    w.expire = [this](ledger::prune_slice& s) {
        intake_->expire(std::move(s.expired), s.oldest_kept);
    };
    w.expiring = [this] { return intake_->expiring(); };
    w.fatal = [this](error const& why) { cannot_go_on(why); };
    return w;
}

watchdog_rule::facts instance::watchdog_facts() const {
    watchdog_rule::facts facts;
    if (!shutdown_.has_ended(part::intake)) facts.intake_steps = intake_->progress();
    facts.delivery_is_stuck = deliver_->is_stuck();
    facts.ledger_in_disk_call = disks_->ledger_in_call();
    facts.intake_in_disk_call = disks_->intake_in_call();
    facts.ledger_tries = reach_.tried();
    facts.is_server_away = !reach_.why_away().empty();
    return facts;
}

void instance::wait_for_signal() {
    signals_.async_wait([this](boost::system::error_code ec, int number) {
        if (ec) return;
        if (number == SIGHUP)
            reloader_->ask(std::nullopt);
        else
            shutdown_.on_signal();
        wait_for_signal();
    });
}

delivery::deliver_status instance::status() const {
    auto out = deliver_->status();
    intake_->add_to(out);
    credentials_->add_to(out);
    out.figures.process = look_at_process();
    out.figures.commit_seconds = commits_.seconds.values();
    out.ledger_away = reach_.why_away();
    if (member_) out.member = member_->status();
    return out;
}

shutdown_sequence::wiring instance::shutdown_wiring() {
    shutdown_sequence::wiring w;
    w.begin = [this] { begin_shutdown(); };
    w.close_connections = [this] { network_->pool().close_all(); };
    w.in_flight = [this] { return network_->pool().counts().busy; };
    w.drain_time = [this] { return config_.now().delivery.drain_timeout; };
    return w;
}

void instance::begin_shutdown() {
    commands_->stop();
    if (member_) member_->stop();
    if (desk_) desk_->stop();
    reloader_->stop();
    network_->pool().stop_taking();
    credentials_->stop();
    report_probe_->stop();
    retention_->stop();
    ledger_watch_->stop();
    if (once_) once_->stop();
    reconciler_->stop();
    deliver_->drain([this] { shutdown_.part_ended(part::delivery); });
    // After a reload that may be stopping the same intake.
    asio::post(blocking_, [this] {
        intake_->stop();
        shutdown_.part_ended(part::intake);
    });
}

}  // namespace setclick::daemon
