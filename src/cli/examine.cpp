#include "examine.hpp"

#include <unistd.h>

#include <cerrno>

#include "setclickd/base/text.hpp"
#include "setclickd/csv/table_reader.hpp"
#include "setclickd/event/file_reader.hpp"
#include "setclickd/setup/accounts.hpp"
#include "table_file.hpp"

namespace setclick::cli {
namespace {

/// Takes one piece after the other into `seen`.
auto taking(examined& seen, settings::settings const& s, wall_time now,
            examine_hooks const& hooks) {
    return [&seen, &s, now, &hooks](event::read_piece const& read) {
        auto const line = read.from.line;
        if (read.from.is_remark) {
            hooks.on_warning(line, std::string(read.from.problem));
            return true;
        }
        if (!read.note.empty())
            hooks.on_warning(line, std::string(read.note));
        else if (read.event != nullptr && !read.event->warnings.empty())
            hooks.on_warning(line, findings_text(read.event->warnings));
        if (!read.is_accepted()) {
            ++seen.bad;
            hooks.on_bad(line, std::string(read.refusal));
            return true;
        }
        if (hooks.on_good)
            if (auto const why = hooks.on_good(*read.event, line); !why.empty()) {
                ++seen.bad;
                hooks.on_bad(line, why);
                return true;
            }
        ++seen.good;
        seen.remarks.clicked(read.event->value.click_time, line, now, s.warn_older);
        ++seen.accounts[std::string(read.event->value.account_id)];
        if (hooks.on_event) hooks.on_event(read.event->value);
        return true;
    };
}

error too_large(std::string const& name, settings::settings const& s) {
    return fail(errc::invalid_data, printable(name, 4096) + " is larger than spool.max_file (" +
                                        grouped(s.spool.max_file) +
                                        " bytes); split it, or raise the limit");
}

/// What stands before the first row: read in the first pass, and not again by the second.
result<void> pass_head(int fd, std::string const& name, std::uint64_t size,
                       examine_hooks const& hooks) {
    if (!hooks.on_bytes) return {};
    std::string head(static_cast<std::size_t>(size), '\0');
    auto const n = ::pread(fd, head.data(), head.size(), 0);
    if (n < 0) return errno_error(errno, "read", printable(name, 4096));
    if (static_cast<std::size_t>(n) != head.size())
        return fail(errc::io, printable(name, 4096) + " has changed while it was read");
    return hooks.on_bytes(head);
}

}  // namespace

result<examined> examine_table(int fd, std::string const& name, table_choice const& by,
                               settings::settings const& s, wall_time now,
                               examine_hooks const& hooks) {
    auto const rules = setup::csv_rules_of(s);
    auto looked = look_at_table(fd, name, by.file_name, rules, by.profile, s.spool.max_line, {});
    if (!looked) return looked.error();
    if (!looked->refusal.empty())
        return fail(errc::refused, printable(name, 4096) + ": " + looked->refusal);
    examined seen;
    if (looked->is_empty) return seen;
    auto const size = looked->laid_out.surveyed;
    if (size > s.spool.max_file) return too_large(name, s);
    if (auto done = pass_head(fd, name, looked->laid_out.rows_offset, hooks); !done)
        return done.error();
    seen.bytes = looked->laid_out.rows_offset;
    for (auto const& warning : looked->columns->warnings())
        hooks.on_warning(looked->laid_out.header_line, warning);
    event::reader reader(setup::rules_of(s));
    event::position from;
    from.offset = looked->laid_out.rows_offset;
    from.line = looked->laid_out.rows_line;
    csv::table_reader rows(reader, *looked->columns, looked->laid_out, looked->header.names,
                           s.spool.max_line, from);
    auto const take = taking(seen, s, now, hooks);
    std::string window;
    for (bool at_end = false; !at_end || !rows.finished();) {
        auto const had = window.size();
        auto const ended = read_more(fd, name, window);
        if (!ended) return ended.error();
        at_end = *ended;
        seen.bytes += window.size() - had;
        if (hooks.on_bytes)
            if (auto done = hooks.on_bytes(std::string_view(window).substr(had)); !done)
                return done.error();
        auto const done = rows.consume(window, at_end, now, take);
        window.erase(0, done);
        if (at_end && done == 0) break;
    }
    if (seen.bytes != size)
        return fail(errc::io, printable(name, 4096) +
                                  " has changed while it was read: try again when it is whole");
    return seen;
}

result<examined> examine(int fd, std::string const& name, event::file_format format,
                         settings::settings const& s, wall_time now, examine_hooks const& hooks) {
    constexpr std::size_t chunk = 256 * 1024;
    event::reader reader(setup::rules_of(s));
    event::file_reader pieces(reader, format, s.spool.max_line);
    examined seen;
    auto const take = taking(seen, s, now, hooks);
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
        if (seen.bytes > s.spool.max_file) return too_large(name, s);
        if (hooks.on_bytes)
            if (auto done = hooks.on_bytes(std::string_view(window).substr(had)); !done)
                return done.error();
        at_end = n == 0;
        window.erase(0, pieces.consume(window, at_end, now, take));
    }
    return seen;
}

}  // namespace setclick::cli
