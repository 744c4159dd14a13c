#include "setclickd/settings/token.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "setclickd/base/text.hpp"
#include "setclickd/base/unique_fd.hpp"

namespace setclick::settings {
namespace {

constexpr std::string_view credential_scheme = "credential:";
constexpr std::size_t longest = 64 * 1024;

bool is_credential(std::string_view source) {
    return source.starts_with(credential_scheme);
}

/// Systemd's credentials are 0400, or 0440 where an access list is the reason for the group's bit;
/// their directory is closed to others. A file of one's own has no reason to show anything to its
/// group.
std::string refused_mode(struct stat const& info, std::string const& path, bool credential) {
    if (!S_ISREG(info.st_mode)) return printable(path) + " is not a regular file";
    mode_t const forbidden = credential ? 027 : 077;
    if ((info.st_mode & forbidden) == 0) return {};
    return fmt::format(
        "{0} may be read or changed by others (mode {1:04o}), so its content is not used; run: "
        "chmod "
        "0600 {0}",
        printable(path), info.st_mode & 07777U);
}

result<std::string> read_all(std::string const& path, bool credential) {
    // O_NONBLOCK: a FIFO must not stop the daemon. A link could be pointed elsewhere by whoever
    // owns its directory; systemd's own credentials may be links.
    int const flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | (credential ? 0 : O_NOFOLLOW);
    unique_fd const file{::open(path.c_str(), flags)};
    if (!file && errno == ELOOP)
        return fail(errc::config, printable(path) + " is a symbolic link; name the file itself");
    if (!file) return errno_error(errno, "read", printable(path));
    struct stat info {};
    if (::fstat(file.get(), &info) != 0) return errno_error(errno, "examine", printable(path));
    if (auto refusal = refused_mode(info, path, credential); !refusal.empty())
        return fail(errc::config, std::move(refusal));
    std::string text;
    char buffer[4096];
    while (text.size() <= longest) {
        auto const n = ::read(file.get(), buffer, sizeof buffer);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno_error(errno, "read", printable(path));
        if (n == 0) return text;
        text.append(buffer, static_cast<std::size_t>(n));
    }
    return fail(errc::config, printable(path) + " is larger than 64 KiB: not a secret");
}

/// The text of a source without its line ends, not empty.
result<std::string> read_text(std::string_view source, std::string_view credentials_directory) {
    auto const path = secret_path(source, credentials_directory);
    if (!path) return path.error();
    auto text = read_all(*path, is_credential(source));
    if (!text) return text.error();
    while (!text->empty() && (text->back() == '\n' || text->back() == '\r'))
        text->pop_back();
    if (text->empty()) return fail(errc::config, printable(*path) + " is empty");
    return text;
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
}

}  // namespace

result<std::string> secret_path(std::string_view source, std::string_view credentials_directory) {
    if (!is_credential(source)) return std::string(source);
    auto const name = source.substr(credential_scheme.size());
    if (name.empty() || name == "." || name == ".." || name.find('/') != std::string_view::npos)
        return fail(errc::config,
                    "\"" + printable(source) + "\" names no credential; write \"credential:NAME\"");
    if (credentials_directory.empty())
        return fail(
            errc::config,
            fmt::format("there are no credentials here ($CREDENTIALS_DIRECTORY is not set), "
                        "so {} cannot be read; systemd gives them with LoadCredential={}:FILE",
                        printable(source), printable(name)));
    return std::string(credentials_directory) + "/" + std::string(name);
}

std::string credentials_directory() {
    auto const* directory = std::getenv("CREDENTIALS_DIRECTORY");
    return directory == nullptr ? "" : directory;
}

result<secret<std::string>> read_token(std::string_view source,
                                       std::string_view credentials_directory) {
    auto text = read_text(source, credentials_directory);
    if (!text) return text.error();
    if (text->starts_with("Bearer "))
        return fail(errc::config,
                    printable(source) + " begins with \"Bearer \"; it must hold the token alone");
    // Anything else could not stand in a header, or would end it.
    if (!std::all_of(text->begin(), text->end(), [](char c) { return c > ' ' && c < '\x7f'; }))
        return fail(
            errc::config,
            printable(source) +
                " holds blanks, line ends or characters outside ASCII; a token is one word");
    return secret<std::string>(std::move(*text));
}

result<secret<std::string>> read_password(std::string_view source,
                                          std::string_view credentials_directory) {
    auto text = read_text(source, credentials_directory);
    if (!text) return text.error();
    if (std::any_of(text->begin(), text->end(), is_control) || !is_utf8(*text))
        return fail(errc::config,
                    printable(source) +
                        " holds control characters or is not UTF-8; it must be one line of text");
    return secret<std::string>(std::move(*text));
}

}  // namespace setclick::settings
