// Reads a file of events as the daemon would, and reports what is wrong with which line.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "setclickd/base/error.hpp"
#include "setclickd/event/file_remarks.hpp"
#include "setclickd/event/reader.hpp"
#include "setclickd/event/splitter.hpp"
#include "setclickd/settings/settings.hpp"

namespace setclick::cli {

struct examined {
    std::uint64_t good = 0;
    std::uint64_t bad = 0;
    std::uint64_t bytes = 0;
    std::map<std::string, std::uint64_t> accounts;  ///< good events of each
    event::file_remarks remarks;                    ///< on the file as a whole
};

struct examine_hooks {
    std::function<result<void>(std::string_view bytes)>
        on_bytes;  ///< everything that is read, in order
    std::function<void(event::view const&)> on_event;
    /// Of a good event: why it would be refused all the same; empty: it is good.
    std::function<std::string(event::outcome const&, std::uint64_t line)> on_good;
    std::function<void(std::uint64_t line, std::string const& finding)> on_bad;
    std::function<void(std::uint64_t line, std::string const& finding)> on_warning;
};

/// What a table's profile is chosen by, beside its columns.
struct table_choice {
    std::string_view file_name;  ///< in the spool
    std::string_view profile;    ///< that was asked for; empty: none
};

/// The same for a table. `fd` can be read twice. An error (errc::refused): the file as a whole is refused.
result<examined> examine_table(int fd, std::string const& name, table_choice const& by,
                               settings::settings const& s, wall_time now,
                               examine_hooks const& hooks);

/// Reads `fd` to its end, with memory that does not depend on its size. `name` is for messages.
result<examined> examine(int fd, std::string const& name, event::file_format format,
                         settings::settings const& s, wall_time now, examine_hooks const& hooks);

}  // namespace setclick::cli
