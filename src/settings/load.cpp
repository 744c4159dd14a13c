#include "setclickd/settings/load.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <tuple>

#include "check.hpp"
#include "environment.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/base/unique_fd.hpp"
#include "toml_reader.hpp"

namespace setclick::settings {
namespace {

std::string_view name_of(severity s) noexcept {
    switch (s) {
        case severity::error:
            return "error";
        case severity::warning:
            return "warning";
        case severity::notice:
            return "notice";
    }
    return "error";
}

/// No configuration is larger; a wrong path (a log, a device) must not fill the memory.
constexpr std::size_t largest_file = std::size_t{4} << 20;

result<std::string> read_file(std::string const& path) {
    unique_fd const file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!file) return errno_error(errno, "read", printable(path));
    std::string text;
    char buffer[16384];
    while (text.size() <= largest_file) {
        auto const n = ::read(file.get(), buffer, sizeof buffer);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno_error(errno, "read", printable(path));
        if (n == 0) return text;
        text.append(buffer, static_cast<std::size_t>(n));
    }
    return fail(errc::config, printable(path) + " is larger than 4 MiB: not a configuration");
}

}  // namespace

std::string to_text(finding const& f) {
    auto where = printable(f.file);
    if (f.line != 0) where += fmt::format(":{}", f.line);
    if (f.line != 0 && f.column != 0) where += fmt::format(":{}", f.column);
    return fmt::format("{}: {}: {}{}{}", where, name_of(f.level), f.key, f.key.empty() ? "" : ": ",
                       f.message);
}

bool loaded::usable() const noexcept {
    return std::none_of(findings.begin(), findings.end(),
                        [](finding const& f) { return f.level == severity::error; });
}

loaded load_text(std::string_view text, std::string const& file,
                 std::span<std::string const> environment) {
    loaded made;
    made.is_toml = read_toml(text, file, made, made.known);
    apply_environment(environment, made, made.known);
    // With a broken file half of the keys are missing: what follows from that would only hide the
    // cause.
    if (made.is_toml) check(file, made.known, made);
    // As the file is read; what has no line comes last.
    std::ranges::stable_sort(made.findings, {}, [](finding const& f) {
        return std::tuple(f.line == 0, f.line, f.column);
    });
    if (made.values.control_socket.empty()) {
        auto const& ledger = made.values.ledger.path;
        made.values.control_socket = ledger.substr(0, ledger.rfind('/') + 1) + "control.sock";
    }
    return made;
}

loaded load(std::string const& path, std::span<std::string const> environment) {
    auto const text = read_file(path);
    if (text) return load_text(*text, path, environment);
    loaded made;
    auto what = text.error().message + "; name another configuration with --config";
    if (text.error().code == errc::not_found) {
        made.is_there = false;
        what =
            "there is no such file; `sudo setclickd setup` asks a few questions and writes it "
            "(`setclickd config init` for scripts), --config names another one";
    }
    made.findings.push_back({path, 0, 0, "", std::move(what), severity::error});
    return made;
}

std::vector<std::string> process_environment() {
    std::vector<std::string> all;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry)
        all.emplace_back(*entry);
    return all;
}

}  // namespace setclick::settings
