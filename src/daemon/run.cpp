#include "setclickd/daemon/run.hpp"

#include <unistd.h>

#include <cstdlib>

#include "instance.hpp"
#include "log_setup.hpp"
#include "setclickd/setup/unit_sandbox.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::daemon {
using telemetry::level;
using telemetry::log_line;

void log_as(settings::log_settings const& s) {
    telemetry::set_up_logging({s.format, telemetry::level_named(s.level).value_or(level::info)});
}

void log_findings(std::vector<settings::finding> const& findings) {
    for (auto const& f : findings) {
        auto const l = f.level == settings::severity::notice ? level::info : level::warn;
        log_line(f.level == settings::severity::error ? level::error : l, "configuration",
                 {{"finding", settings::to_text(f)}});
    }
}

/// What of the configuration the service's own unit is in the way of, before it is met as a refused
/// path. False: it would start, and no file would ever be seen.
bool log_obstacles(settings::settings const& s) {
    if (auto const unused = setup::unused_proxy(s))
        log_line(level::warn, "configuration", {{"finding", "endpoint.proxy: " + *unused}});
    // systemd sets it for the services that it starts, and for nobody else.
    if (std::getenv("INVOCATION_ID") == nullptr || ::getppid() != 1) return true;
    auto const unit = setup::installed_unit("setclickd.service");
    if (!unit) return true;
    bool may_start = true;
    for (auto const& o : setup::obstacles_of(s, *unit)) {
        bool const is_a_socket = o.key == "control.socket" || o.key == "metrics.listen";
        bool const is_in_vain = o.is_in_vain && !is_a_socket;
        log_line(is_in_vain ? level::error : level::warn, "configuration",
                 {{"finding", o.key + ": " + o.message}});
        may_start = may_start && !is_in_vain;
    }
    return may_start;
}

int run(settings::loaded loaded, run_options options) {
    log_as(loaded.values.log);
    log_findings(loaded.findings);
    if (!log_obstacles(loaded.values)) return static_cast<int>(exit_code_of(errc::config));
    boost::asio::io_context context(1);
    instance daemon(context, std::move(loaded.values), std::move(options));
    if (auto const started = daemon.start(); started.has_error()) {
        log_line(level::error, "setclickd cannot start", {{"error", started.error().message}});
        return static_cast<int>(exit_code_of(started.error().code));
    }
    context.run();
    log_line(level::info, "setclickd has ended");
    return static_cast<int>(daemon.outcome());
}

}  // namespace setclick::daemon
