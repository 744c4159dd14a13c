// Lines as entries of systemd's journal, with fields that `journalctl FIELD=VALUE` finds.
//
//     MESSAGE            the line as standard error would show it
//     PRIORITY           syslog(3)'s
//     SYSLOG_IDENTIFIER  setclickd
//     SETCLICKD_EVENT    the key of the message
//     SETCLICKD_ACCOUNT, SETCLICKD_FILE, SETCLICKD_ID, …: each field of the line, in capitals
//
// (systemd.journal-fields(7).) Never: looks at what a line says.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "setclickd/telemetry/log.hpp"

namespace setclick::telemetry {

/// The entry, each field as "NAME=VALUE". `line`: as format_line writes it for journald.
std::vector<std::string> journal_entry(level l, std::string_view line,
                                       std::span<field const> fields);

inline constexpr char const* journal_socket = "/run/systemd/journal/socket";
/// By the journal's native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL): one datagram of lines, which
/// no field can break since none holds a line end. Waits for a journal that is behind, as a stream
/// does. False where it was not taken: too large for a datagram, or nobody listens.
bool send_to_journal(std::span<std::string const> entry,
                     char const* socket = journal_socket) noexcept;

}  // namespace setclick::telemetry
