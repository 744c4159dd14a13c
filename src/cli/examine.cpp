#include "examine.hpp"

#include <unistd.h>

#include <cerrno>

#include "setclickd/base/text.hpp"
#include "setclickd/setup/accounts.hpp"

namespace setclick::cli {
result<examined> examine(int fd, std::string const& name, event::file_format format,
                         settings::settings const& s, wall_time now, examine_hooks const& hooks) {
    constexpr std::size_t chunk = 256 * 1024;
    event::reader reader(setup::rules_of(s));
    event::splitter splitter(format, s.spool.max_line);
    examined seen;
    auto const take = [&](event::piece const& piece) {
        if (!piece.problem.empty()) {
            ++seen.bad;
            hooks.on_bad(piece.line, std::string(piece.problem));
            return true;
        }
        auto const& outcome = reader.read(piece.text, now);
        if (!outcome.warnings.empty())
            hooks.on_warning(piece.line, findings_text(outcome.warnings));
        if (outcome.accepted) {
            ++seen.good;
            ++seen.accounts[std::string(outcome.value.account_id)];
            if (hooks.on_event) hooks.on_event(outcome.value);
        } else {
            ++seen.bad;
            hooks.on_bad(piece.line, findings_text(outcome.findings));
        }
        return true;
    };
    std::string window;
    for (bool at_end = false; !at_end;) {
        auto const had = window.size();
        window.resize(had + chunk);
        auto n = ::read(fd, window.data() + had, chunk);
        while (n < 0 && errno == EINTR)
            n = ::read(fd, window.data() + had, chunk);
        if (n < 0) return errno_error(errno, "read", printable(name, 4096));
        window.resize(had + static_cast<std::size_t>(n));
        seen.bytes += static_cast<std::uint64_t>(n);
        if (seen.bytes > s.spool.max_file)
            return fail(errc::invalid_data,
                        printable(name, 4096) + " is larger than spool.max_file (" +
                            grouped(s.spool.max_file) + " bytes); split it, or raise the limit");
        if (hooks.on_bytes)
            if (auto done = hooks.on_bytes(std::string_view(window).substr(had)); !done)
                return done.error();
        at_end = n == 0;
        window.erase(0, splitter.consume(window, at_end, take));
    }
    return seen;
}

}  // namespace setclick::cli
