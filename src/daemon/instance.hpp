// The daemon's parts: made in order, joined, ended in order. It decides nothing.
//
//     thread        does
//     main          one io_context: deliver, control socket, timers, signals; the connections too,
//                   where delivery.threads is 1
//     lanes         connections, where delivery.threads is more (net::lanes)
//     ledger        every transaction (ledger::writer)
//     intake        spool and files (intake::service)
//     reconciler    the comparison with the report (reconcile.every)
//     token         looks at token files, and reads them (token_watch)
//     of the face   whatever it does; it asks the main thread (daemon/face.hpp)
//     blocking      reads the configuration for a reload, waits for the intake's end
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>

#include <memory>
#include <string>

#include "cluster_member.hpp"
#include "command_desk.hpp"
#include "configuration.hpp"
#include "control_commands.hpp"
#include "credentials.hpp"
#include "current_intake.hpp"
#include "disk_watch.hpp"
#include "ledger_watch.hpp"
#include "network.hpp"
#include "once_run.hpp"
#include "read_commands.hpp"
#include "read_service.hpp"
#include "reconciler.hpp"
#include "reloader.hpp"
#include "report_probe.hpp"
#include "retention_timer.hpp"
#include "server_watch.hpp"
#include "setclickd/control/server.hpp"
#include "setclickd/daemon/run.hpp"
#include "setclickd/dispatch/dispatcher.hpp"
#include "setclickd/ledger/writer.hpp"
#include "setclickd/spool/directory.hpp"
#include "shutdown_sequence.hpp"
#include "storage.hpp"
#include "unit_status.hpp"
#include "watchdog.hpp"

namespace setclick::daemon {

class instance {
public:
    instance(boost::asio::io_context& context, settings::settings settings, run_options options);
    ~instance();
    instance(instance const&) = delete;
    instance& operator=(instance const&) = delete;

    /// Opens everything and begins to work. An error names what could not be opened, and the cure.
    result<void> start();
    /// After the io_context has stopped.
    exit_code outcome() const noexcept { return shutdown_.outcome(); }

private:
    // made in this order
    void make_delivery(setup::network_setup setup);
    /// Where several nodes may share the ledger.
    void join_cluster(storage const& found);
    void make_intake(storage const& found);
    void make_services();
    void make_desk();
    void set_accounts(ledger::recovery const& found);
    result<void> open_control_socket();
    void begin_work(std::vector<ledger::file_info> unfinished);

    void cannot_go_on(error const& why);
    shutdown_sequence::wiring shutdown_wiring();
    reloader::wiring reload_wiring();
    retention_timer::wiring retention_wiring();
    face_wiring face_wiring_of();
    watchdog_rule::facts watchdog_facts() const;
    void wait_for_signal();
    /// What the delivery and the intake know for a person.
    delivery::deliver_status status() const;
    /// No new work; every part that has to end is asked to.
    void begin_shutdown();

    boost::asio::io_context& context_;
    run_options options_;
    std::string credentials_directory_;
    steady_time started_;
    configuration config_;
    boost::asio::signal_set signals_;
    shutdown_sequence shutdown_;

    std::unique_ptr<spool::directory> spool_;
    ledger::commit_figures commits_;
    ledger::server_reach reach_;
    // These post to the ledger's thread, so they outlive it.
    std::unique_ptr<disk_watch> disks_;
    bool is_deposed_ = false;
    std::unique_ptr<command_desk> desk_;      // null where this is the only node
    std::unique_ptr<cluster_member> member_;  // null where this is the only node
    std::unique_ptr<watchdog> watchdog_;
    std::unique_ptr<retention_timer> retention_;
    std::unique_ptr<ledger_watch> ledger_watch_;
    std::unique_ptr<server_watch> server_watch_;
    std::unique_ptr<unit_status> unit_status_;
    std::unique_ptr<reloader> reloader_;
    std::unique_ptr<read_service> reads_;
    std::unique_ptr<read_commands> read_commands_;
    std::unique_ptr<control_commands> commands_;
    std::unique_ptr<once_run> once_;

    std::unique_ptr<ledger::lease> lease_;  // null where this is the only node
    std::unique_ptr<ledger::writer> writer_;
    std::unique_ptr<dispatch::dispatcher> deliver_;
    std::unique_ptr<network> network_;
    std::unique_ptr<credentials> credentials_;
    std::unique_ptr<report_probe> report_probe_;
    std::unique_ptr<current_intake> intake_;
    std::unique_ptr<control::server> control_;
    std::unique_ptr<reconciler> reconciler_;
    std::unique_ptr<face> face_;  // asks the parts above, on the main thread
    boost::asio::thread_pool blocking_{1};
};

}  // namespace setclick::daemon
