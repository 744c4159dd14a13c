// Commands that look at the queue, operate on it, and steer the daemon.
#include "commands.hpp"

namespace setclick::cli {

void command_line::add_filters(CLI::App& sub, filter_options& to) {
    add_choice(sub, "--state", to.state, state_words())->type_name("STATE");
    sub.add_option("--account", to.account, "Events of this account")->type_name("ID");
    sub.add_option("--file", to.file, "Events of the files that were dropped under this name")
        ->type_name("NAME");
    sub.add_option("--older", to.older, "Taken in longer ago than this, such as 7d")
        ->type_name("AGE");
    sub.add_option("--newer", to.newer, "Taken in at most this long ago, such as 2h")
        ->type_name("AGE");
    sub.add_option("--reason", to.reason,
                   "With this reason, as list prints it, such as http-400 or expired")
        ->type_name("REASON");
    sub.add_flag("--in-doubt", to.in_doubt, "That may have been received at an earlier attempt");
}

void command_line::add_looking() {
    auto* list_command = add(
        "list", "Events by state, account, file, age and reason",
        "  setclickd list --state held\n"
        "  setclickd list --file crm.ndjson --counts\n"
        "  setclickd list --file deals.csv --results csv > results.csv\n"
        "  setclickd list --file crm.ndjson --state refused       lines that could not be taken\n"
        "  setclickd list --file crm.ndjson --state duplicate     and the events that were first\n"
        "  setclickd list --state rejected --newer 1d --json | jq -r .reason | sort | uniq -c\n",
        [this] {
            list_.config = config_;
            return list(list_, io_);
        });
    add_filters(*list_command, list_.filter);
    list_command->add_flag("--counts", list_.counts,
                           "What became of the files of this name, instead of their events");
    auto* const results = list_command->add_option(
        "--results", list_.results,
        "With --file: what became of each row, as a table (csv), whatever the limit");
    results->type_name("FORM");
    words_[results] = {"csv"};
    auto* const state = list_command->get_option("--state");
    state->description(state->get_description() + "; with --file also refused or duplicate");
    words_[state].insert(words_[state].end(), {"refused", "duplicate"});
    list_command->add_option("--limit", list_.limit, "Print at most N lines (0: all)")
        ->type_name("N")
        ->capture_default_str();
    list_command->add_flag("--json", list_.json, "One object a line, for scripts");

    auto* show_command = add("show", "One event, with all its attempts",
                             "  setclickd show 1099511627777      by its number, from list\n"
                             "  setclickd show crm-8841           by its event_id\n"
                             "  setclickd show crm-8841 --reveal  with personal data, for root\n",
                             [this] {
                                 show_.config = config_;
                                 return show(show_, io_);
                             });
    show_command->add_option("id", show_.id, "An event's number, or its event_id")
        ->type_name("ID")
        ->required();
    show_command->add_flag("--reveal", show_.reveal,
                           "Print the values of settings and lead, too (root only)");
    show_command->add_flag("--json", show_.json, "Print JSON, for scripts");
}

CLI::App* command_line::add_operation(ledger::operator_verb verb, std::string const& text,
                                      std::string const& examples) {
    auto* sub = add(std::string(ledger::name_of(verb)), text, examples, [this, verb] {
        operate_.config = config_;
        operate_.verb = verb;
        return operate(operate_, io_);
    });
    sub->add_option("id", operate_.filter.ids, "Events, by number or event_id")->type_name("ID");
    add_filters(*sub, operate_.filter);
    sub->add_flag("--all", operate_.all, "Every event; needed where there is no filter");
    sub->add_flag("--dry-run", operate_.dry_run, "Only count");
    sub->add_flag("--json", operate_.json, "Print JSON, for scripts");
    return sub;
}

void command_line::add_files() {
    auto* sub =
        add("files", "The files that were taken last: what became of each, and why",
            "  setclickd files\n"
            "  setclickd files --limit 100 --json | jq -r 'select(.events.rejected > 0).name'\n",
            [this] {
                files_.config = config_;
                return files(files_, io_);
            });
    sub->add_option("--limit", files_.limit, "The newest N files")
        ->type_name("N")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    sub->add_flag("--json", files_.json, "One object a line, for scripts");
}

void command_line::add_rejected() {
    auto* sub =
        add("rejected", "List the files of refused lines that you may fetch, mend and drop again",
            "  setclickd rejected\n"
            "  setclickd rejected --json | jq -r '.files[].path'\n",
            [this] {
                rejected_.config = config_;
                return rejected(rejected_, io_);
            });
    sub->add_flag("--json", rejected_.json, "Print JSON, for scripts");
}

void command_line::add_operations() {
    using ledger::operator_verb;
    auto* retry = add_operation(
        operator_verb::retry, "Send rejected, discarded, deferred or held events again",
        "  setclickd retry --state rejected --reason http-400 --dry-run\n"
        "  setclickd retry crm-8841\n"
        "  setclickd retry crm-8841 --force     although it was delivered, or may have been\n");
    retry->add_flag("--force", operate_.force,
                    "Also what was delivered, may have been received, or was dropped again since: "
                    "it may be booked twice");
    add_operation(operator_verb::hold, "Hold back events that are waiting or deferred",
                  "  setclickd hold --file wrong-export.ndjson\n"
                  "  setclickd hold --account 60a52f6ac660b269d13c3f53 --older 30d --dry-run\n");
    add_operation(
        operator_verb::release, "Let held events wait for delivery again",
        "  setclickd release --file wrong-export.ndjson\n"
        "  setclickd release --state held --in-doubt --dry-run     how many may be booked twice\n");
    auto* discard = add_operation(
        operator_verb::discard, "Discard events for good: waiting, deferred, held or rejected ones",
        "  setclickd discard --file wrong-export.ndjson --dry-run\n"
        "  setclickd discard --file wrong-export.ndjson --yes\n");
    discard->add_flag("--yes", operate_.yes, "Do not ask for the count");
}

void command_line::add_pause_and_reload() {
    for (bool const is_resume : {false, true}) {
        auto* sub = add(
            is_resume ? "resume" : "pause",
            is_resume ? "Go on after a pause, or after the daemon stopped an account (401, 403, …)"
                      : "Stop all calls: for one account, for the endpoint, or for everything",
            is_resume ? "  setclickd resume 60a52f6ac660b269d13c3f53\n"
                        "  setclickd resume --all\n"
                        "  setclickd resume 60a52f6ac660b269d13c3f53 "
                        "--accept-rejections     of a suspect account\n"
                        "  setclickd resume 60a52f6ac660b269d13c3f53 "
                        "--forget-rate           after a spell of 429\n"
                      : "  setclickd pause --all\n"
                        "  setclickd pause 60a52f6ac660b269d13c3f53\n",
            [this, is_resume] {
                pause_.config = config_;
                pause_.what.resume = is_resume;
                return pause_or_resume(pause_, io_);
            });
        sub->add_option("account", pause_.what.account, "The account's id")->type_name("ACCOUNT");
        sub->add_flag("--endpoint", pause_.what.endpoint, "The endpoint as a whole");
        sub->add_flag("--all", pause_.what.all, "Every account, and the endpoint");
        if (is_resume) {
            sub->add_flag("--accept-rejections", pause_.what.accept_rejections,
                          "Let the last rejections of a suspect account stand");
            sub->add_flag("--forget-rate", pause_.what.forget_rate,
                          "Forget what the server's 429 answers taught: the configured rate again");
        }
        sub->add_flag("--json", pause_.json, "Print JSON, for scripts");
    }
    add("reload", "Have the daemon read its configuration, tokens and certificates again",
        "  setclickd check && setclickd reload      78: the new configuration is not usable, the "
        "old one stays\n",
        [this] { return reload(config_, io_); });
}

void command_line::add_ledger() {
    auto* sub =
        app_.add_subcommand("ledger",
                            "Look after the ledger: check, backup, adopt; one in PostgreSQL: "
                            "import, migrate, roles");
    sub->fallthrough();
    sub->require_subcommand(1);
    auto const add_one = [&](std::string const& name, std::string const& text,
                             std::string const& examples,
                             int (*action)(ledger_options const&, console const&)) {
        auto* one = sub->add_subcommand(name, text);
        one->fallthrough();
        one->footer("Examples:\n" + examples);
        one->callback([this, action] {
            chosen_ = [this, action] {
                ledger_.config = config_;
                return action(ledger_, io_);
            };
        });
        return one;
    };
    add_one("check",
            "Read the whole ledger and say whether it is sound; works while the daemon runs",
            "  setclickd ledger check || echo \"bring the backup back\"\n", ledger_check)
        ->add_flag("--json", ledger_.json, "Print JSON, for scripts");
    add_one("backup", "A consistent copy, while the daemon runs",
            "  setclickd ledger backup /backup/setclickd-$(date +%F).db\n", ledger_backup)
        ->add_option("file", ledger_.backup_to, "The copy; never over an existing file")
        ->type_name("FILE")
        ->required();
    auto* adopt = add_one("adopt",
                          "Go on with a restored or foreign ledger: what is not final in it is in "
                          "doubt, and resent or held by the account's policy",
                          "  systemctl stop setclickd\n"
                          "  cp /backup/setclickd-2026-11-21.db /var/lib/setclickd/ledger.db\n"
                          "  setclickd ledger adopt\n",
                          ledger_adopt);
    adopt->add_flag("--yes", ledger_.yes, "Do not ask for the count");
    adopt->add_flag("--json", ledger_.json, "Print JSON, for scripts");

    auto* import =
        add_one("import",
                "Take a ledger in a file over into the PostgreSQL of the configuration, whole; the "
                "daemon must not run",
                "  systemctl stop setclickd\n"
                "  setclickd ledger import /var/lib/setclickd/ledger.db\n"
                "  systemctl start setclickd\n",
                ledger_import);
    import
        ->add_option("file", ledger_.import_from,
                     "The ledger; it is left, and marked as taken over")
        ->type_name("FILE")
        ->required();
    import->add_flag("--json", ledger_.json, "Print JSON, for scripts");
    auto* migrate = add_one(
        "migrate",
        "Make the tables of a ledger in PostgreSQL, or bring them to this version, and grant "
        "the roles what they need",
        "  setclickd ledger migrate --as service=setclick-owner\n", ledger_migrate);
    migrate
        ->add_option(
            "--as", ledger_.migrate_as,
            "Connect so, instead of as the daemon does: with the role that owns the tables")
        ->type_name("CONNINFO");
    migrate->add_flag("--contract", ledger_.contracts,
                      "Also take away what only older versions need, once no node of one works "
                      "any more; they are refused from then on");
    migrate->add_flag("--json", ledger_.json, "Print JSON, for scripts");
    add_one("roles", "Print the SQL that makes the roles of a ledger in PostgreSQL",
            "  setclickd ledger roles | sudo -u postgres psql -v ON_ERROR_STOP=1 -d setclick\n",
            ledger_roles);
}

void command_line::add_cluster() {
    auto* sub =
        app_.add_subcommand("cluster",
                            "Where several daemons share a ledger in PostgreSQL: which nodes live, "
                            "who sends for which account, what moved when and why, what is stuck");
    sub->fallthrough();
    sub->footer(
        "Examples:\n"
        "  setclickd cluster\n"
        "  setclickd cluster --exit-code >/dev/null || mail -s stuck admin < /dev/null\n"
        "  setclickd cluster --json | jq '.nodes[] | {name, state}'\n");
    // What it may do besides looking are commands of their own below it: their choice stands.
    sub->callback([this, sub] {
        if (!sub->get_subcommands().empty()) return;
        chosen_ = [this] {
            cluster_.config = config_;
            return cluster(cluster_, io_);
        };
    });
    sub->add_flag("--json", cluster_.json, "Print JSON, for scripts");
    sub->add_flag("--all", cluster_.all, "Each account, and the last 50 moves");
    sub->add_flag(
        "--exit-code", cluster_.exit_code,
        "Exit 1 where something is stuck: a silent node, files that nobody reads, events of "
        "an account without an owner");
}

void command_line::add_cluster_orders() {
    auto* sub = app_.get_subcommand("cluster");
    auto const add_one = [&](std::string const& name, std::string const& text,
                             std::string const& examples,
                             int (*action)(cluster_order_options const&, console const&)) {
        auto* one = sub->add_subcommand(name, text);
        one->fallthrough();
        one->footer("Examples:\n" + examples);
        one->add_option("node", cluster_order_.node, "Its name or its number")
            ->type_name("NODE")
            ->required();
        one->add_flag("--json", cluster_order_.json, "Print JSON, for scripts");
        one->callback([this, action] {
            chosen_ = [this, action] {
                cluster_order_.config = config_;
                return action(cluster_order_, io_);
            };
        });
        return one;
    };
    add_one(
        "drain",
        "Have a node give its accounts up to the others, and wait until it has none; it takes none "
        "until it is started anew",
        "  setclickd cluster drain host1\n"
        "  setclickd cluster drain --undo host1\n",
        cluster_drain)
        ->add_flag("--undo", cluster_order_.undo, "It may have accounts again");
    add_one(
        "forget",
        "Give a node up that is gone for good: its unfinished files are named, and nobody waits "
        "for them any more",
        "  setclickd cluster forget host2\n", cluster_forget)
        ->add_flag("--yes", cluster_order_.yes, "Do not ask for the count");
}

}  // namespace setclick::cli
