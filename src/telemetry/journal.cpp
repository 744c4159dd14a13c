#include "journal.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "log_format.hpp"
#include "setclickd/base/unique_fd.hpp"

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

/// Never closed: objects with static lifetime may log on their way out.
int socket_of_process() noexcept {
    static int const fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return fd;
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

bool send_to_journal(std::span<std::string const> entry, char const* socket) noexcept {
    try {
        sockaddr_un to{};
        to.sun_family = AF_UNIX;
        auto const length = std::strlen(socket);
        if (length >= sizeof to.sun_path) return false;
        std::memcpy(to.sun_path, socket, length);
        std::string datagram;
        for (auto const& field : entry)
            datagram += field + "\n";
        ssize_t sent = -1;
        do
            sent = ::sendto(socket_of_process(), datagram.data(), datagram.size(), MSG_NOSIGNAL,
                            reinterpret_cast<sockaddr const*>(&to), sizeof to);
        while (sent < 0 && errno == EINTR);
        return sent == static_cast<ssize_t>(datagram.size());
    } catch (...) {
        return false;
    }
}

}  // namespace setclick::telemetry
