#include "journal.hpp"

// The source's place is not sent: it is ours, and says nothing to a reader.
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include <array>

#include "log_format.hpp"

namespace setclick::telemetry {
namespace {

/// Capitals, digits and underscores; the prefix keeps it from meaning anything to the journal.
std::string name_for_journal(std::string_view key) {
    std::string out = "SETCLICKD_";
    for (char const c : key)
        out += c >= 'a' && c <= 'z'   ? static_cast<char>(c - 'a' + 'A')
               : c >= '0' && c <= '9' ? c
                                      : '_';
    return out;
}

}  // namespace

std::vector<std::string> journal_entry(level l, std::string_view line,
                                       std::span<field const> fields) {
    std::vector<std::string> out;
    out.reserve(fields.size() + 3);
    // "<6>" is for a stream; here it is a field.
    if (line.size() > 2 && line.front() == '<' && line[2] == '>') line.remove_prefix(3);
    out.push_back("MESSAGE=" + std::string(line));
    out.push_back(std::string("PRIORITY=") + priority(l));
    out.emplace_back("SYSLOG_IDENTIFIER=setclickd");
    for (auto const& f : fields)
        out.push_back(name_for_journal(f.key) + "=" + unquoted_value(f.value));
    return out;
}

bool has_journal() {
    return ::access("/run/systemd/journal/socket", W_OK) == 0;
}

bool send_to_journal(std::span<std::string const> entry) noexcept {
    constexpr std::size_t most = 64;
    std::array<iovec, most> parts{};
    std::size_t n = 0;
    for (auto const& field : entry) {
        if (n == most) break;
        parts[n++] = {const_cast<char*>(field.data()), field.size()};
    }
    return ::sd_journal_sendv(parts.data(), static_cast<int>(n)) == 0;
}

}  // namespace setclick::telemetry
