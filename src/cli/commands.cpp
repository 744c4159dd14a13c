#include "commands.hpp"

#include "version_text.hpp"

namespace setclick::cli {

command_line::command_line(CLI::App& app, run_fn const& run, console const& io)
    : app_(app), run_(run), io_(io) {
    app.description("Delivers offline conversions from a spool directory to SealMetrics.");
    app.set_version_flag("-V,--version", version_text(),
                         "Print the version, and those of the libraries");
    app.footer(
        "Every command has its own --help, with examples.\n"
        "Exit codes: 0 done, 1 failed, 2 usage, 3 partly, 69 unreachable, 74 I/O, 75 try later, 78 "
        "configuration.");
    app.require_subcommand(1);
    app.add_option("--config", config_, "The configuration file")
        ->type_name("FILE")
        ->capture_default_str();
    add_setup();
    add_daemon_commands();
    add_submit();
    add_preview();
    add_profiles();
    add_status();
    add_top();
    add_looking();
    add_files();
    add_rejected();
    add_operations();
    add_pause_and_reload();
    add_ledger();
    add_cluster();
    add_cluster_orders();
    add_report();
    add_reconcile();
    add_token();
    add_web_password();
    add_accounts();
    add_config();
    add_doctor();
    add_health();
    add_explain();
}

CLI::App* command_line::add(std::string const& name, std::string const& text,
                            std::string const& examples, std::function<int()> action) {
    auto* sub = app_.add_subcommand(name, text);
    sub->fallthrough();
    sub->footer("Examples:\n" + examples);
    sub->callback([this, action = std::move(action)] { chosen_ = action; });
    return sub;
}

CLI::Option* command_line::add_choice(CLI::App& sub, std::string const& flag, std::string& to,
                                      std::vector<std::string> words, std::string const& text) {
    auto* const option = sub.add_option(flag, to, text + alternatives(words));
    words_[option] = std::move(words);
    return option;
}

void command_line::add_daemon_commands() {
    auto* run = add("run", "The daemon: delivers what is dropped into the spool",
                    "  setclickd run\n"
                    "  setclickd run --once          deliver what is there, then end: 0 all "
                    "delivered, 3 some not, 75 some wait\n",
                    [this] {
                        auto read = usable_configuration(config_, io_);
                        if (!read) return static_cast<int>(exit_code::config);
                        return run_(std::move(*read), config_, once_);
                    });
    run->add_flag("--once", once_,
                  "Take every file that is there now, and end when nothing more can be done");

    auto* check_command =
        add("check",
            "Check the configuration: print every finding, and how long 10,000 events will take",
            "  setclickd check\n"
            "  setclickd --config ./setclickd.toml check && systemctl reload setclickd\n"
            "  setclickd check --online      also tries DNS, TLS, login and each account's token\n",
            [this] {
                check_.config = config_;
                return check(check_, io_);
            });
    check_command->add_flag("--online", check_.online,
                            "Try the endpoint and what each account may do there; sends no event "
                            "(0 all well, 3 some accounts, 69 unreachable, 75 paused, 78 "
                            "configuration, 1 not the API)");
    check_command->add_flag("--json", check_.json, "Print JSON, for scripts");
}

void command_line::add_submit() {
    auto* sub = add(
        "submit", "Check files of events and drop them into the spool, whole and durable",
        "  setclickd submit crm-2026-11.ndjson\n"
        "  export-tool | setclickd submit --name crm.ndjson -\n"
        "  setclickd submit --check *.json              look only\n"
        "  setclickd submit --wait --at-most 6h crm.ndjson && echo all delivered\n"
        "  setclickd submit deals.csv                   see docs/csv.md, and setclickd preview\n"
        "  setclickd submit --show-request one.json     what would be sent\n",
        [this] {
            submit_.config = config_;
            return submit(submit_, io_);
        });
    sub->add_option("file", submit_.files,
                    "Files ending in .csv, .tsv, .ndjson, .jsonl or .json; - for standard input")
        ->type_name("FILE");
    sub->add_option("--name", submit_.name, "The name in the spool; its ending says what it holds")
        ->type_name("NAME");
    sub->add_flag("--partial", submit_.partial,
                  "Drop a file with bad lines all the same; they come back in rejected/ (exit 3)");
    auto* const wait = sub->add_flag(
        "--wait", submit_.wait,
        "End when every dropped file is final: 0 all delivered, 3 some not, 75 some still wait");
    sub->add_option("--at-most", submit_.at_most, "With --wait: no longer than this")
        ->type_name("DURATION")
        ->needs(wait);
    sub->add_flag("--check", submit_.check, "Only look, drop nothing");
    sub->add_option("--profile", submit_.profile,
                    "With --check or --show-request: read tables with this profile")
        ->type_name("NAME");
    sub->add_flag("--show-request", submit_.show_request,
                  "Only look, and print what would be sent for each event (personal data!)");
    sub->add_flag("--json", submit_.json, "Print JSON, for scripts");
}

void command_line::add_preview() {
    auto* sub = add("preview",
                    "What files of events would become: columns, first events, what is refused and "
                    "why, how long delivery takes; changes nothing",
                    "  setclickd preview export.csv\n"
                    "  setclickd preview --profile our-crm export.csv\n"
                    "  setclickd preview --json *.csv | jq '.files[].refused'\n"
                    "Exit codes: 0 all events are good, 3 some are refused, 1 all are.\n",
                    [this] {
                        preview_.config = config_;
                        return preview(preview_, io_);
                    });
    sub->add_option("file", preview_.files, "Files ending in .csv, .tsv, .ndjson, .jsonl or .json")
        ->type_name("FILE")
        ->required();
    sub->add_option("--profile", preview_.profile,
                    "Read tables with this profile; \"setclickd profiles\" lists them")
        ->type_name("NAME");
    sub->add_flag("--reveal", preview_.reveal, "Print the values of settings and lead, too");
    sub->add_flag("--json", preview_.json, "Print JSON, for scripts");
}

void command_line::add_profiles() {
    auto* sub =
        add("profiles",
            "Which columns of a table become which fields: the profiles as TOML to copy from",
            "  setclickd profiles\n"
            "  setclickd profiles google-ads\n"
            "  setclickd profiles --from export.csv     one to begin with for these columns\n",
            [this] {
                profiles_.config = config_;
                return profiles(profiles_, io_);
            });
    auto* const name = sub->add_option("name", profiles_.name, "This one only")->type_name("NAME");
    sub->add_option("--from", profiles_.from,
                    "Print a profile to begin with for the columns of this file")
        ->type_name("FILE")
        ->excludes(name);
}

void command_line::add_status() {
    auto* sub = add("status",
                    "What waits, what was delivered, what is parked and how to cure it, and when "
                    "the queue is empty",
                    "  setclickd status\n"
                    "  setclickd status --json | jq .events.waiting\n"
                    "  setclickd status --watch 5s\n",
                    [this] {
                        status_.config = config_;
                        status_.watch = app_.get_subcommand("status")->count("--watch") > 0;
                        return status(status_, io_);
                    });
    sub->add_flag("--json", status_.json, "Print JSON, for scripts");
    sub->add_flag(
        "--exit-code", status_.exit_code,
        "Exit with 1, and say why, when the daemon is down or hangs, its disk is full, an "
        "account is parked or the endpoint cannot be reached");
    sub->add_option("--watch", status_.interval,
                    "Again and again until Ctrl-C, each INTERVAL (2s where none is given)")
        ->type_name("[INTERVAL]")
        ->expected(0, 1)
        ->excludes("--exit-code");
}

void command_line::add_top() {
    auto* sub = add("top",
                    "The daemon at work, live: whether it delivers, rates and latency as plots, "
                    "accounts in trouble first, the last lines of its log; changes nothing",
                    "  setclickd top\n"
                    "  setclickd top --interval 5s\n"
                    "  setclickd top --once > now.txt       one screen as text\n"
                    "Keys: q ends, h explains the rest. Without a terminal it prints a line each "
                    "time.\n",
                    [this] {
                        top_.config = config_;
                        return top(top_, io_);
                    });
    sub->add_option("--interval", top_.interval, "Look so often")
        ->type_name("DURATION")
        ->capture_default_str();
    sub->add_flag("--once", top_.once, "Print one screen, and end");
}

}  // namespace setclick::cli
