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

/// The journal takes entries on this machine.
bool has_journal();
/// False where it took none.
bool send_to_journal(std::span<std::string const> entry) noexcept;

}  // namespace setclick::telemetry
