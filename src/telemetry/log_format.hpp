// How a log line looks, as pure functions: what is tested, and what log.cpp writes.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "setclickd/base/time.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::telemetry {

/// One line without its end. `format` is not `automatic`.
///
///     text      2026-11-22T10:48:36.250Z info  file taken file=crm.ndjson events=120
///     journald  <6>file taken file=crm.ndjson events=120       (the journal knows the time itself)
///     logfmt    ts=2026-11-22T10:48:36.250Z level=info msg="file taken" file=crm.ndjson events=120
///     json      {"ts":"2026-11-22T10:48:36.250Z","level":"info","msg":"file taken",
///               "file":"crm.ndjson","events":120}
std::string format_line(log_format format, level l, wall_time now, std::string_view message,
                        std::span<field const> fields);

/// syslog(3)'s priority, as a digit.
char priority(level l) noexcept;
/// A field's value as a line shows it, without quotes.
std::string unquoted_value(field::value_type const& value);

/// What `automatic` means here. `journal_stream` is $JOURNAL_STREAM ("DEVICE:INODE" of the stream
/// that systemd connected), `device_inode` the same of standard error: under systemd with its
/// output in a file they differ.
log_format choose_format(log_format wanted, std::string_view journal_stream,
                         std::string_view device_inode);

}  // namespace setclick::telemetry
