#include "health.hpp"

#include "configuration.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/base/time.hpp"
#include "setclickd/status_model/collect.hpp"
#include "setclickd/status_model/health.hpp"

namespace setclick::cli {

int health(health_options const& options, console const& io) {
    auto const oldest = parse_duration(options.oldest);
    if (!oldest)
        return io.complain(
            fail(errc::usage, "--oldest: write a duration, such as \"30m\" or \"6h\""));
    auto const read = located_configuration(options.config, io);
    if (!read) return static_cast<int>(exit_code::config);
    auto const report =
        collect(read->values, status_model::ask_daemon(read->values.control_socket), wall_now());
    status_model::health_limits limits;
    if (options.strict) limits = {.are_parks_unwell = true, .oldest_waiting = *oldest};
    auto const why = report ? status_model::unwell(*report, limits) : report.error().message;
    io.out << (why ? "unwell: " + *why : "well") << "\n";
    return why ? static_cast<int>(exit_code::failed) : 0;
}

}  // namespace setclick::cli
