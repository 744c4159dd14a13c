// The commands that set the program up and look after it.
#include "commands.hpp"

namespace setclick::cli {

void command_line::add_setup() {
    auto* sub =
        add("setup", "Write a first configuration and its token, check them, and start the service",
            "  sudo setclickd setup\n"
            "  sudo setclickd setup                                 again: adds an account\n"
            "  setclickd setup --account ID --no-start < token      without questions\n",
            [this] {
                setup_.config = config_;
                setup_.start = !no_start_;
                return first_setup(setup_, io_);
            });
    sub->add_option("--account", setup_.account,
                    "The account's id; otherwise those of the token are offered")
        ->type_name("ID");
    sub->add_flag("--no-start", no_start_, "Do not enable and start the service");
}

void command_line::add_token() {
    auto* sub =
        add("token", "Give an account a new access token: typed, pasted or on standard input",
            "  sudo setclickd token\n"
            "  sudo setclickd token 60a52f6ac660b269d13c3f53 < new-token\n",
            [this] {
                token_.config = config_;
                return token(token_, io_);
            });
    sub->add_option("account", token_.account, "The account; not needed where there is one")
        ->type_name("ID");
}

void command_line::add_web_password() {
    add("web-password", "Make a new password for the web page and show it",
        "  sudo setclickd web-password && sudo systemctl reload setclickd\n", [this] {
            web_password_.config = config_;
            return web_password(web_password_, io_);
        });
}

void command_line::add_accounts() {
    auto* sub =
        add("accounts", "List the accounts that a token may use, with their ids; sends no event",
            "  sudo setclickd accounts\n"
            "  sudo setclickd accounts 60a52f6ac660b269d13c3f53      with this account's token\n"
            "  setclickd accounts --new-token < token                before anything is "
            "configured\n",
            [this] {
                accounts_.config = config_;
                return accounts(accounts_, io_);
            });
    auto* const named = sub->add_option("account", accounts_.account,
                                        "Ask with the token of this one; default: with each")
                            ->type_name("ID");
    sub->add_flag("--new-token", accounts_.new_token,
                  "Ask with a token that no account has yet: typed, or on standard input")
        ->excludes(named);
    sub->add_flag("--json", accounts_.json, "Print JSON, for scripts");
}

void command_line::add_config() {
    auto* config =
        app_.add_subcommand("config", "Write a first configuration, or show what is in effect");
    config->fallthrough();
    config->require_subcommand(1);
    auto* init = config->add_subcommand(
        "init", "Write a first configuration, without a token; never over one that is there");
    init->fallthrough();
    init->footer("Examples:\n  setclickd config init --account 60a52f6ac660b269d13c3f53\n");
    init->add_option("--account", setup_.account, "The account's id")->type_name("ID")->required();
    init->add_option("--token-file", token_file_,
                     "Where its token will lie; default: beside the configuration")
        ->type_name("FILE");
    init->callback([this] {
        chosen_ = [this] {
            setup_.config = config_;
            return config_init(setup_, token_file_, io_);
        };
    });
    auto* show = config->add_subcommand("show", "Print the values in effect, as TOML");
    show->fallthrough();
    show->footer(
        "Examples:\n  setclickd config show --origin\n  setclickd config show --all         with "
        "the defaults\n");
    show->add_flag("--origin", config_show_.origin,
                   "After each value: the file and line, or the variable, that set it");
    show->add_flag("--all", config_show_.all,
                   "With the keys that are not set and have their defaults");
    show->callback([this] {
        chosen_ = [this] {
            config_show_.config = config_;
            return cli::config_show(config_show_, io_);
        };
    });
}

void command_line::add_health() {
    auto* sub = add("health",
                    "Exit with 0 when the daemon runs, answers and has room on its disk, else with "
                    "1 and what is the matter, each with its cure",
                    "  setclickd health\n"
                    "  setclickd health --strict --oldest 30m      also parked accounts, and "
                    "events that wait too long\n"
                    "  setclickd health --strict --remember /var/lib/setclickd/reported --for 3m\n"
                    "                                              under a timer: 1 once for "
                    "each trouble\n",
                    [this] {
                        health_.config = config_;
                        return health(health_, io_);
                    });
    sub->add_flag(
        "--strict", health_.strict,
        "A parked account (a paused one after a day), an unreachable endpoint, an old or a "
        "held event, a report that differs, a token that ends within a week, a disk with less "
        "than a tenth free is unwell, too");
    sub->add_option("--oldest", health_.oldest, "With --strict: how long an event may wait")
        ->type_name("DURATION")
        ->capture_default_str();
    sub->add_option("--no-file", health_.no_file,
                    "Unwell when no file came for this long, such as 26h")
        ->type_name("DURATION");
    auto* const remember =
        sub->add_option("--remember", health_.remember,
                        "Keep in this file what was reported: exit with 1 for news only")
            ->type_name("FILE");
    sub->add_option("--for", health_.patience,
                    "With --remember: report what has lasted for this long")
        ->type_name("DURATION")
        ->capture_default_str()
        ->needs(remember);
    sub->add_option("--again", health_.again,
                    "With --remember: report what lasts again after this; 0s for never")
        ->type_name("DURATION")
        ->capture_default_str()
        ->needs(remember);
}

void command_line::add_doctor() {
    auto* sub =
        add("doctor",
            "Look for what is in the way of delivery, from this machine's rights and disk to the "
            "account at SealMetrics, each with its cure",
            "  sudo setclickd doctor\n"
            "  sudo setclickd doctor --offline       this machine alone\n"
            "  sudo setclickd doctor --json | jq '.findings[] | select(.level != \"ok\")'\n",
            [this] {
                doctor_.config = config_;
                return doctor(doctor_, io_);
            });
    sub->add_flag("--offline", doctor_.offline, "This machine alone: no name, no connection");
    sub->add_flag("--json", doctor_.json, "Print JSON, for scripts");
}

void command_line::add_explain() {
    auto* sub = add("explain", "What a message of the log means, and what to do about it",
                    "  setclickd explain account_parked\n"
                    "  setclickd explain                           lists every message\n",
                    [this] { return explain(explained_, io_); });
    sub->add_option("key", explained_, "What stands after event= on the line")->type_name("KEY");
}

}  // namespace setclick::cli
