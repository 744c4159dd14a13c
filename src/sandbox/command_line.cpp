#include "command_line.hpp"

#include <sys/ioctl.h>
#include <unistd.h>
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <utility>
#include <vector>

#include "fault_names.hpp"
#include "setclickd/base/help_text.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/base/version.hpp"

namespace setclick::sandbox {
namespace {

/// Of the terminal on standard output, 80 columns where it is none.
std::size_t terminal_width() {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
    return std::clamp<std::size_t>(size.ws_col, 40, 120);
}

char const* const description =
    "A local SealMetrics over TLS: auth/login, set-click and report/microconversions with the "
    "vendor's documented answers, faults on demand, a record of every request and a book of every "
    "accepted event.\n"
    "One line on stdout says when it listens, and where the CA, the record and the book are.\n\n"
    "While it runs, on the same port: GET /_sandbox/stats gives exact counts (record and book are "
    "flushed first), GET /_sandbox/faults the fault set, POST /_sandbox/faults replaces it with a "
    "JSON object of the names below, '-' or '_' alike: "
    "{\"fail_share\":0.2,\"late_answer\":[\"3s\",0.1],\"status_for\":[\"ACC=403\"]}; "
    "{} ends all trouble. These calls are neither counted nor recorded.\n\n"
    "SHARE is a part of the set-click requests from 0 to 1; a request meets one fault at most. "
    "DURATION is \"250ms\", \"2s\", \"5m\". SIGUSR1 flushes, SIGHUP reads the token files again, "
    "SIGTERM and SIGINT flush and end.";

std::string with_dashes(std::string_view name) {
    std::string out(name);
    std::replace(out.begin(), out.end(), '_', '-');
    return out;
}

[[noreturn]] void refuse(std::string const& flag, std::string const& why) {
    throw CLI::ValidationError(flag, why);
}

void add_duration(CLI::App& app, std::string const& flag, milliseconds& target,
                  std::string const& help) {
    app.add_option_function<std::string>(
           flag,
           [&target, flag](std::string const& text) {
               auto const value = parse_duration(text);
               if (!value) refuse(flag, value.error().message);
               target = *value;
           },
           help)
        ->type_name("DURATION");
}

/// Its help ends in the words that it takes, and so does the finding about another one.
template <class Enum>
void add_choice(CLI::App& app, option_words& words, std::string const& flag, Enum& target,
                std::string const& help, std::vector<std::pair<std::string, Enum>> const& names) {
    std::vector<std::string> allowed;
    std::string all;
    for (auto const& [name, value] : names) {
        all += (all.empty() ? "" : ", ") + name;
        allowed.push_back(name);
    }
    auto const take = [&target, flag, names, all](std::string const& text) {
        auto const it = std::ranges::find(names, text, [](auto const& n) { return n.first; });
        if (it == names.end()) refuse(flag, "\"" + printable(text) + "\" is none of " + all);
        target = it->second;
    };
    auto* const option = app.add_option_function<std::string>(flag, take, help + ": " + all);
    option->type_name("WORD");
    words[option] = std::move(allowed);
}

/// Without what CLI11 would add to the type in --help.
CLI::Validator within(int low, int high) {
    return CLI::Range(low, high).description("");
}

void add_server_options(CLI::App& app, options& o) {
    app.add_option("--listen", o.listen, "address and port; port 0 is any free one")
        ->type_name("ADDRESS:PORT")
        ->capture_default_str();
    app.add_option("--dir", o.dir, "state directory: own CA and certificate, record and book")
        ->type_name("DIR")
        ->capture_default_str();
    app.add_option("--cert", o.certificate, "certificate chain to use instead of an own one (PEM)")
        ->type_name("FILE");
    app.add_option("--key", o.key, "its key (PEM)")->type_name("FILE");
    app.add_option("--name", o.names,
                   "further host name or address for the own certificate; repeatable")
        ->type_name("NAME")
        ->allow_extra_args(false);
    app.add_option("--record", o.record,
                   "one line of JSON for every request (DIR/record.ndjson; none: no record)")
        ->type_name("FILE");
    app.add_option("--book", o.book,
                   "one line of JSON for every booked event (DIR/book.ndjson; none: no book)")
        ->type_name("FILE");
    app.add_option("--record-raw", o.record_raw,
                   "the raw bytes of every request, tokens included, one after the other")
        ->type_name("FILE");
    app.add_option("--base-path", o.service.base_path, "what stands before every path")
        ->type_name("PATH")
        ->capture_default_str();
    app.add_option_function<int>(
           "--date-skew",
           [&o](int seconds) { o.service.date_skew = std::chrono::seconds{seconds}; },
           "the Date header is so many seconds ahead of the clock; negative for behind (0)")
        ->type_name("SECONDS");
    app.add_option("--threads", o.threads, "network threads, 1 to 64")
        ->type_name("N")
        ->check(within(1, 64))
        ->capture_default_str();
}

void add_caller_options(CLI::App& app, option_words& words, options& o) {
    app.add_option("--token", o.tokens,
                   "a token that may call, for ACCOUNT only (403 for another); repeatable. "
                   "With no token and no login every bearer token is good")
        ->type_name("TOKEN[:ACCOUNT]")
        ->allow_extra_args(false);
    app.add_option("--token-file", o.token_files, "a file of them, one a line; repeatable")
        ->type_name("FILE")
        ->allow_extra_args(false);
    app.add_option("--login", o.logins, "who may log in at auth/login; repeatable")
        ->type_name("EMAIL:PASSWORD")
        ->allow_extra_args(false);
    app.add_option_function<std::vector<std::string>>(
           "--account",
           [&o](std::vector<std::string> const& all) {
               for (auto const& text : all) {
                   auto const cut = text.find('=');
                   if (cut == 0 || text.empty()) refuse("--account", "ID=NAME");
                   o.service.accounts.emplace_back(
                       text.substr(0, cut), cut == std::string::npos ? "" : text.substr(cut + 1));
               }
           },
           "an account that auth/accounts lists, for a token of no account or of this one; "
           "repeatable")
        ->type_name("ID=NAME")
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    app.add_flag("--accounts-bare", o.service.bare_accounts,
                 "auth/accounts answers the map alone, as recorded, without the documented "
                 "envelope");
    add_duration(app, "--login-ttl", o.login.ttl, "life of an issued token (1h)");
    add_choice(app, words, "--login-expires", o.login.format,
               "form of expires_at, as 2025-07-09T18:14:44.000000Z (default), "
               "2024-12-31T23:59:59Z or 2025-07-15 15:14:38",
               {{"iso_us", expiry_format::iso_us},
                {"iso", expiry_format::iso},
                {"sql", expiry_format::sql}});
}

void add_report_rules(CLI::App& app, option_words& words, conversion_rules& rules) {
    add_choice(app, words, "--click-time-unit", rules.unit,
               "unit of click_time (auto, the default: below 10^11 is s)",
               {{"auto", click_unit::automatic}, {"ms", click_unit::ms}, {"s", click_unit::s}});
    add_choice(app, words, "--report-day", rules.day,
               "which day a row has, of the click (default) or of the delivery",
               {{"click", row_day::click}, {"delivery", row_day::delivery}});
    app.add_option_function<int>(
           "--report-utc-offset",
           [&rules](int minutes) { rules.utc_offset = std::chrono::minutes{minutes}; },
           "minutes that the vendor's day is ahead of UTC, -1440 to 1440 (0)")
        ->type_name("MINUTES")
        ->check(within(-1440, 1440));
    app.add_option_function<std::string>(
           "--label-field",
           [&rules](std::string const& text) {
               if (!set_label_field(rules, text))
                   refuse("--label-field", "lead.NAME or settings.NAME");
           },
           "where an event carries its label, lead.NAME or settings.NAME (lead.label)")
        ->type_name("PLACE");
}

void add_report_options(CLI::App& app, option_words& words, service_settings& s) {
    add_choice(app, words, "--compress", s.compress,
               "codings for clients that accept them (none is the default)",
               {{"none", coding_choice::none},
                {"auto", coding_choice::automatic},
                {"gzip", coding_choice::gzip},
                {"deflate", coding_choice::deflate},
                {"deflate-raw", coding_choice::raw_deflate},
                {"br", coding_choice::br}});
    auto& r = s.report;
    app.add_flag("--report-chunked", s.chunked_report, "send the report in chunks");
    app.add_option("--page-cap", r.page_cap, "rows of a page, whatever limit asks")->type_name("N");
    add_duration(app, "--report-delay", r.delay, "a row appears so long after its booking");
    app.add_option("--website-rows", r.website_rows,
                   "rows of the website's own, in every account's report")
        ->type_name("N");
    app.add_option("--website-days", r.website_days, "spread over the last so many days")
        ->type_name("N")
        ->capture_default_str();
    app.add_option("--website-label", r.website_labels, "their labels; repeatable")
        ->type_name("LABEL")
        ->allow_extra_args(false)
        ->capture_default_str();
    app.add_option("--swallow", r.swallow,
                   "the first N microconversions are booked and never reported")
        ->type_name("N");
    app.add_option("--swallow-every", r.swallow_every, "so is every N-th")->type_name("N");
    app.add_option("--double", r.doubled, "the N after the swallowed ones are reported twice")
        ->type_name("N");
    app.add_flag("--rows-between-pages", r.rows_between_pages,
                 "a new row of the website's own comes before every page but the first");
    app.add_flag("--vanish-between-pages", r.vanish_between_pages,
                 "a row of the website's own goes before every page but the first");
    app.add_flag_callback(
        "--no-pagination", [&r] { r.pagination = false; }, "leave out the pagination member");
}

void set_or_refuse(fault_set& faults, std::string_view name, std::string const& text) {
    auto const done = set_fault(faults, name, text);
    if (done) return;
    auto why = done.error().message;
    // The flag is named already.
    if (auto const named = std::string(name) + ": "; why.starts_with(named))
        why.erase(0, named.size());
    refuse("--" + with_dashes(name), why);
}

void read_body_file(fault_set& faults, std::string const& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) refuse("--body", "cannot read " + path);
    faults.body.assign(std::istreambuf_iterator<char>(in), {});
}

void add_fault_option(CLI::App& app, fault_set& faults, fault_field const& field) {
    auto const flag = "--" + with_dashes(field.name);
    std::string const help(field.help);
    auto const name = field.name;
    if (field.kind == value_kind::flag) {
        app.add_flag_function(
            flag, [&faults, name](std::int64_t) { set_or_refuse(faults, name, "true"); }, help);
        return;
    }
    auto const take = [&faults, name](std::vector<std::string> const& values) {
        if (name == "body") return read_body_file(faults, values.front());
        if (name == "late_answer") return set_or_refuse(faults, name, values[0] + " " + values[1]);
        for (auto const& value : values)
            set_or_refuse(faults, name, value);
    };
    auto* const option = app.add_option_function<std::vector<std::string>>(flag, take, help);
    option->type_name(std::string(field.value))->allow_extra_args(false);
    if (field.kind == value_kind::pair)
        option->option_text(std::string(field.value))->expected(2);
    else if (field.kind == value_kind::one)
        option->expected(1);
}

void add_fault_options(CLI::App& app, fault_set& faults) {
    for (auto const& field : fault_fields())
        add_fault_option(app, faults, field);
}

/// Options are added to the one app; their group is a heading of --help.
template <class Add>
void in_group(CLI::App& app, char const* name, Add add) {
    app.option_defaults()->group(name);
    add();
}

}  // namespace

option_words declare_options(CLI::App& app, options& o) {
    option_words words;
    app.description(description);
    app.set_version_flag("-V,--version", "setclick-sandbox " + std::string(version()),
                         "Print the version");
    in_group(app, "Server", [&] { add_server_options(app, o); });
    in_group(app, "Callers", [&] { add_caller_options(app, words, o); });
    in_group(app, "Report", [&] {
        add_report_options(app, words, o.service);
        add_report_rules(app, words, o.service.rules);
    });
    in_group(app, "Faults", [&] { add_fault_options(app, o.service.faults); });
    return words;
}

std::variant<options, int> parse_command_line(int argc, char const* const* argv) {
    options o;
    CLI::App app({}, "setclick-sandbox");
    declare_options(app, o);
    try {
        app.parse(argc, argv);
        if (o.certificate.empty() != o.key.empty())
            refuse("--cert", "--cert and --key go together");
        if (auto const checked = check_faults(o.service.faults); !checked)
            refuse("faults", checked.error().message);
    } catch (CLI::CallForHelp const&) {
        std::cout << wrapped(app.help(), terminal_width());
        return 0;
    } catch (CLI::Success const& e) {
        return app.exit(e);
    } catch (CLI::ParseError const& e) {
        std::cerr << "setclick-sandbox: " << printable(e.what(), 500)
                  << "\nTry \"setclick-sandbox --help\"." << std::endl;
        return static_cast<int>(exit_code::usage);
    }
    o.service.report.seed = o.service.faults.seed;
    return o;
}

}  // namespace setclick::sandbox
