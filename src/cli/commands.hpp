// Which commands there are, with their options and their help: everything that CLI11 has to know.
#pragma once

#include <CLI/App.hpp>
#include <functional>
#include <string>
#include <vector>

#include "accounts.hpp"
#include "check.hpp"
#include "cluster.hpp"
#include "cluster_orders.hpp"
#include "config_command.hpp"
#include "configuration.hpp"
#include "console.hpp"
#include "doctor.hpp"
#include "explain.hpp"
#include "files.hpp"
#include "first_setup.hpp"
#include "health.hpp"
#include "ledger_care.hpp"
#include "ledger_postgres.hpp"
#include "list.hpp"
#include "operate.hpp"
#include "option_words.hpp"
#include "pause_resume.hpp"
#include "preview.hpp"
#include "profiles.hpp"
#include "reconcile.hpp"
#include "rejected.hpp"
#include "report.hpp"
#include "setclickd/cli/main.hpp"
#include "show.hpp"
#include "status.hpp"
#include "submit.hpp"
#include "token.hpp"
#include "top.hpp"
#include "web_password.hpp"

namespace setclick::cli {

/// Holds what the parser fills in, so it lives as long as the parser.
class command_line {
public:
    command_line(CLI::App& app, run_fn const& run, console const& io);

    int run_chosen() const { return chosen_(); }

    option_words const& words() const { return words_; }

private:
    /// A command with its action; --config works before and after its name.
    CLI::App* add(std::string const& name, std::string const& text, std::string const& examples,
                  std::function<int()> action);
    /// What is one of a few words: they end its help.
    CLI::Option* add_choice(CLI::App& sub, std::string const& flag, std::string& to,
                            std::vector<std::string> words, std::string const& text = {});
    void add_filters(CLI::App& sub, filter_options& to);
    CLI::App* add_operation(ledger::operator_verb verb, std::string const& text,
                            std::string const& examples);

    void add_daemon_commands();
    void add_submit();
    void add_preview();
    void add_profiles();
    void add_status();
    void add_top();
    // commands_queue.cpp
    void add_looking();
    void add_files();
    void add_rejected();
    void add_operations();
    void add_pause_and_reload();
    void add_ledger();
    void add_cluster();
    void add_cluster_orders();
    // commands_read.cpp
    void add_report();
    void add_reconcile();
    // commands_setup.cpp
    void add_setup();
    void add_token();
    void add_web_password();
    void add_accounts();
    void add_config();
    void add_health();
    void add_doctor();
    void add_explain();

    CLI::App& app_;
    run_fn const& run_;
    console const& io_;
    std::function<int()> chosen_;
    option_words words_;

    std::string config_ = default_config;
    bool once_ = false;
    check_options check_;
    submit_options submit_;
    preview_options preview_;
    profiles_options profiles_;
    status_options status_;
    top_options top_;
    list_options list_;
    files_options files_;
    rejected_options rejected_;
    show_options show_;
    operate_options operate_;
    pause_options pause_;
    ledger_options ledger_;
    cluster_options cluster_;
    cluster_order_options cluster_order_;
    report_options report_;
    reconcile_options reconcile_;
    setup_options setup_;
    bool no_start_ = false;
    std::string token_file_;
    std::vector<std::string> explained_;
    token_options token_;
    web_password_options web_password_;
    accounts_options accounts_;
    config_show_options config_show_;
    health_options health_;
    doctor_options doctor_;
};

}  // namespace setclick::cli
