#include "check.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <filesystem>

#include "acting_as.hpp"
#include "configuration.hpp"
#include "gate_access.hpp"
#include "service_unit.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/control/json_fields.hpp"
#include "setclickd/delivery/forecast.hpp"
#include "setclickd/ledger/maintenance.hpp"
#include "setclickd/readback/online_check.hpp"
#include "setclickd/settings/load.hpp"
#include "setclickd/settings/token.hpp"
#include "setclickd/setup/accounts.hpp"
#include "setclickd/setup/ledger.hpp"
#include "setclickd/setup/unit_sandbox.hpp"
#include "setclickd/spool/directory.hpp"
#include "stop_signal.hpp"

namespace setclick::cli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using settings::severity;

/// In the vendor's documentation of set-click.
constexpr std::string_view example_id = "60a52f6ac660b269d13c3f53";
constexpr std::uint64_t example_events = 10'000;

class examination {
public:
    examination(settings::loaded& read, std::string const& config)
        : read_(read), config_(config), unit_(unit_that_reads(config)) {}

    void all() {
        if (unit_)
            for (auto& o : setup::obstacles_of(read_.values, *unit_))
                say(std::move(o.key), std::move(o.message));
        if (auto unused = setup::unused_proxy(read_.values))
            say("endpoint.proxy", std::move(*unused), severity::warning);
        acting_as const service(unit_ ? unit_->user() : std::string());
        paths();
    }

private:
    void paths() {
        auto const& s = read_.values;
        if (directory("spool.dir", s.spool.dir)) folders("spool.dir", s.spool.dir);
        ledger();
        if (!s.endpoint.ca_file.empty()) readable("endpoint.ca_file", s.endpoint.ca_file);
        if (!s.endpoint.crl_file.empty()) readable("endpoint.crl_file", s.endpoint.crl_file);
        if (!s.endpoint.proxy_credentials_file.empty())
            secret_file("endpoint.proxy_credentials_file", s.endpoint.proxy_credentials_file,
                        false);
        if (!s.metrics.password_file.empty())
            secret_file("metrics.password_file", s.metrics.password_file, false);
        for (auto const& a : s.accounts) {
            if (!a.token_file.empty()) secret_file("account.token_file", a.token_file, true);
            if (a.login) secret_file("account.login.password_file", a.login->password_file, false);
        }
    }

    void ledger() {
        auto const& s = read_.values;
        if (s.ledger.postgres.empty()) {
            auto const parent = fs::path(s.ledger.path).parent_path();
            directory("ledger.path", parent.empty() ? "." : parent.string());
            if (auto const own = ledger::verify_files(s.ledger.path); !own)
                say("ledger.path", own.error().message);
        } else if (!s.ledger.password_file.empty()) {
            secret_file("ledger.password_file", s.ledger.password_file, false);
        }
    }

    void say(std::string key, std::string message, severity level = severity::error) {
        read_.findings.push_back({config_, 0, 0, std::move(key), std::move(message), level});
    }

    static std::string user() {
        auto const* const entry = ::getpwuid(::geteuid());
        return entry != nullptr ? " (as user " + std::string(entry->pw_name) + ")"
                                : " (as user id " + std::to_string(::geteuid()) + ")";
    }
    static bool may(std::string const& path, int mode) {
        return ::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0;
    }

    /// There and writable, or to be made below the nearest parent that is there.
    bool directory(std::string const& key, std::string const& path) {
        std::error_code ec;
        fs::path at = fs::absolute(path, ec);
        while (!fs::exists(at, ec) && at.has_relative_path())
            at = at.parent_path();
        if (!fs::is_directory(at, ec)) {
            say(key, printable(at.string()) + " is not a directory");
            return false;
        }
        if (may(at, W_OK | X_OK)) return true;
        auto const why = errno_text(errno);
        bool const is_there = at == fs::absolute(path, ec).lexically_normal();
        say(key, is_there ? "cannot write to " + printable(path) + user() + ": " + why
                          : printable(path) + " is missing and cannot be made in " +
                                printable(at.string()) + user() + ": " + why);
        return false;
    }

    /// Those that are there are as the daemon needs them.
    void folders(std::string const& key, std::string const& spool) {
        std::error_code ec;
        if (!fs::is_directory(spool, ec)) return;
        if (auto const usable = spool::verify_folders(spool); !usable)
            say(key, usable.error().message);
    }

    void readable(std::string const& key, std::string const& path) {
        if (!may(path, R_OK))
            say(key, errno_error(errno, "read", printable(path)).message + user());
    }

    void secret_file(std::string const& key, std::string const& source, bool is_token) {
        auto const credentials = settings::credentials_directory();
        // By hand there are no credentials: systemd gives them to the service alone. That is no
        // fault of the file.
        if (source.starts_with("credential:") && credentials.empty() &&
            settings::secret_path(source, "/run"))
            return say(key,
                       printable(source) +
                           " cannot be looked at here: systemd gives it to the service only",
                       severity::notice);
        auto const secret = is_token ? settings::read_token(source, credentials)
                                     : settings::read_password(source, credentials);
        if (!secret) say(key, secret.error().message);
    }

    settings::loaded& read_;
    std::string const& config_;
    std::optional<setup::unit_sandbox> const unit_;
};

colour colour_of(severity level) {
    return level == severity::error     ? colour::red
           : level == severity::warning ? colour::yellow
                                        : colour::dim;
}

char const* name_of(severity level) {
    return level == severity::error ? "error" : level == severity::warning ? "warning" : "notice";
}

char const* policy_name(doubt_policy p) {
    return p == doubt_policy::hold ? "hold" : "resend";
}

json::object as_json(settings::loaded const& read) {
    json::array findings;
    for (auto const& f : read.findings)
        findings.push_back({{"file", printable(f.file, 4096)},
                            {"line", f.line},
                            {"column", f.column},
                            {"key", f.key},
                            {"severity", name_of(f.level)},
                            {"message", f.message}});
    json::array accounts;
    for (auto const& a : read.values.accounts) {
        auto const rate = setup::effective_rate(read.values, a);
        auto const eta = delivery::drain_eta(example_events, rate);
        json::object one{
            {"id", printable(a.id)}, {"burst", a.burst}, {"in_doubt", policy_name(a.in_doubt)}};
        one["rate_per_minute"] = control::plain_number(a.rate_per_minute);
        one["seconds_for_10000_events"] =
            eta ? json::value(eta->count() / 1000) : json::value(nullptr);
        accounts.push_back(std::move(one));
    }
    return {{"usable", read.usable()},
            {"findings", std::move(findings)},
            {"accounts", std::move(accounts)}};
}

void summary(settings::settings const& s, console const& io) {
    io.out << "spool     " << printable(s.spool.dir, 4096) << "\n"
           << "ledger    " << printable(setup::ledger_place_of(s).shown(), 4096) << "\n"
           << "endpoint  " << printable(s.endpoint.base_url, 4096) << ", at most "
           << counted(s.delivery.connections, "connection");
    if (s.endpoint.rate_per_minute > 0)
        io.out << ", all accounts together " << delivery::rate_text(s.endpoint.rate_per_minute);
    io.out << "\n";
    bool const is_real = s.endpoint.base_url == settings::endpoint_settings{}.base_url;
    for (auto const& a : s.accounts)
        io.out << "account   " << printable(a.id)
               << (is_real && a.id == example_id
                       ? io.on_out(colour::yellow,
                                   " (the example of SealMetrics' own pages: is it yours?)")
                       : "")
               << ", burst " << a.burst << ", in doubt: " << policy_name(a.in_doubt) << "\n"
               << "          " << delivery::drain_text(example_events, setup::effective_rate(s, a))
               << "\n";
}

json::value fault_or_null(std::optional<error> const& fault) {
    if (!fault) return nullptr;
    return json::object{{"message", fault->message},
                        {"exit_code", static_cast<int>(exit_code_of(fault->code))}};
}

json::object as_json(readback::online_view const& seen) {
    json::array accounts;
    for (auto const& a : seen.accounts)
        accounts.push_back({{"id", printable(a.id)},
                            {"credential", a.credential},
                            {"may_read_report", !a.fault},
                            {"may_deliver", nullptr},
                            {"fault", fault_or_null(a.fault)}});
    return {{"endpoint", {{"reached", seen.endpoint}, {"fault", fault_or_null(seen.fault)}}},
            {"accounts", std::move(accounts)}};
}

void online_text(readback::online_view const& seen, console const& io) {
    if (seen.fault) {
        io.out << "online    " << io.on_out(colour::red, seen.fault->message) << "\n";
        return;
    }
    io.out << "online    " << seen.endpoint << "\n";
    for (auto const& a : seen.accounts) {
        io.out << "account   " << printable(a.id) << ": ";
        if (!a.credential.empty()) io.out << a.credential << "; ";
        if (a.fault)
            io.out << io.on_out(colour::red, a.fault->message) << "\n";
        else
            io.out << "may read its report\n";
    }
    io.out << "          " << readback::delivery_unknown << "\n";
}

/// Calls the endpoint and reports each longer wait for an account's permit on `io.err`.
readback::online_view online(settings::settings const& s, console const& io) {
    return readback::check_online(s, access_to_gates(s), stop_on_signal(), reported_waits(io));
}

}  // namespace

int check(check_options const& options, console const& io) {
    auto read = settings::load(options.config, settings::process_environment());
    if (read.usable()) examination(read, options.config).all();
    auto code = read.usable() ? exit_code::done : exit_code::config;
    std::optional<readback::online_view> seen;
    if (options.online && read.usable()) {
        seen = online(read.values, io);
        code = readback::exit_code_of(*seen);
    }
    if (options.json) {
        auto said = as_json(read);
        if (seen) said["online"] = as_json(*seen);
        io.out << json::serialize(said) << "\n";
        return static_cast<int>(code);
    }
    for (auto const& f : read.findings)
        io.out << io.on_out(colour_of(f.level), to_text(f)) << "\n";
    if (read.usable() && !options.is_second) summary(read.values, io);
    if (seen) online_text(*seen, io);
    io.out << printable(options.config, 4096)
           << (!read.usable()            ? ": not usable\n"
               : code == exit_code::done ? ": fine\n"
                                         : ": fine, but not all is well online\n");
    return static_cast<int>(code);
}

}  // namespace setclick::cli
