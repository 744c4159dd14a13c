#include "setclickd/setup/unit_sandbox.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "setclickd/base/ascii.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/settings/listen_address.hpp"

namespace setclick::setup {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 3> homes{"/home", "/root", "/run/user"};
constexpr std::array<std::string_view, 2> temporary{"/tmp", "/var/tmp"};
/// What ProtectSystem= leaves alone however strict it is.
constexpr std::array<std::string_view, 3> of_the_kernel{"/dev", "/proc", "/sys"};
constexpr std::array<std::string_view, 3> of_the_system{"/usr", "/boot", "/efi"};
/// In the order of their rank: the first that has the unit, or a drop-in's name, counts.
constexpr std::array<std::string_view, 5> folders{"/etc/systemd/system", "/run/systemd/system",
                                                  "/usr/local/lib/systemd/system",
                                                  "/usr/lib/systemd/system", "/lib/systemd/system"};

bool is_below(std::string_view path, std::string_view folder) noexcept {
    return path.starts_with(folder) &&
           (path.size() == folder.size() || path[folder.size()] == '/' || folder == "/");
}

template <class Folders>
std::string_view folder_of(std::string_view path, Folders const& among) {
    auto const found =
        std::ranges::find_if(among, [&](std::string_view f) { return is_below(path, f); });
    return found == among.end() ? std::string_view() : std::string_view(*found);
}

constexpr std::string_view blanks = " \t\r";

bool is_yes(std::string_view value) {
    return value == "yes" || value == "true" || value == "1" || value == "on";
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    for (auto rest = trimmed(text, blanks); !rest.empty();) {
        auto const end = std::min(rest.find_first_of(" \t"), rest.size());
        auto word = rest.substr(0, end);
        rest = trimmed(rest.substr(end), blanks);
        while (!word.empty() && (word.front() == '"' || word.front() == '\''))
            word.remove_prefix(1);
        while (!word.empty() && (word.back() == '"' || word.back() == '\''))
            word.remove_suffix(1);
        words.emplace_back(word);
    }
    return words;
}

/// A path of a list: "-" (may be missing) and "+" (below RootDirectory=) stand before it.
std::string_view path_of(std::string_view word) {
    while (!word.empty() && (word.front() == '-' || word.front() == '+'))
        word.remove_prefix(1);
    while (word.size() > 1 && word.back() == '/')
        word.remove_suffix(1);
    return word;
}

/// What the daemon sees of "SOURCE:DESTINATION:OPTIONS".
std::string_view destination_of(std::string_view word) {
    auto const source = word.substr(0, word.find(':'));
    if (source.size() == word.size()) return path_of(word);
    auto const rest = word.substr(source.size() + 1);
    return path_of(rest.substr(0, rest.find(':')));
}

/// Calls `take(key, value)` for each line of [Service]; a backslash continues a line.
template <class Take>
void for_each_setting(std::string const& text, Take const& take) {
    bool is_service = false;
    std::string line;
    for (std::size_t at = 0; at <= text.size();) {
        auto const end = std::min(text.find('\n', at), text.size());
        auto const piece = trimmed(std::string_view(text).substr(at, end - at), blanks);
        at = end + 1;
        if (line.empty() && (piece.empty() || piece.front() == '#' || piece.front() == ';'))
            continue;
        if (!line.empty() && !piece.empty() && (piece.front() == '#' || piece.front() == ';'))
            continue;
        line += piece;
        if (line.ends_with('\\') && at <= text.size()) {
            line.back() = ' ';
            continue;
        }
        if (line.front() == '[') {
            is_service = line == "[Service]";
        } else if (auto const equals = line.find('='); is_service && equals != std::string::npos) {
            take(trimmed(std::string_view(line).substr(0, equals), blanks),
                 trimmed(std::string_view(line).substr(equals + 1), blanks));
        }
        line.clear();
    }
}

std::string edit(std::initializer_list<std::string> lines) {
    std::string out = "open it by `systemctl edit setclickd` with [Service]";
    for (auto const& line : lines)
        out += (&line == lines.begin() ? " and " : ", ") + line;
    return out;
}

/// Where `path` leads to, a link after the other. What cannot be looked at, as below a hidden folder,
/// is as it is written.
fs::path target_of(fs::path const& path) {
    constexpr int most_links = 40;  // as the kernel has it
    std::error_code ec;
    auto whole = path.lexically_normal();
    for (int links = 0; links < most_links; ++links) {
        fs::path walked;
        bool is_link = false;
        for (auto part = whole.begin(); part != whole.end() && !is_link; ++part) {
            walked /= *part;
            auto const target = fs::read_symlink(walked, ec);
            if (ec) continue;
            auto next = (walked.parent_path() / target);
            for (++part; part != whole.end(); ++part)
                next /= *part;
            whole = next.lexically_normal();
            is_link = true;
            break;
        }
        if (!is_link) break;
    }
    return whole;
}

std::string text_of(fs::path const& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

unit_sandbox::unit_sandbox(std::span<std::string const> texts) {
    for (auto const& text : texts)
        for_each_setting(text,
                         [this](std::string_view key, std::string_view value) { set(key, value); });
}

void unit_sandbox::set(std::string_view key, std::string_view value) {
    if (key == "User") {
        user_ = value;
    } else if (key == "ExecStart") {
        set_start(value);
    } else if (key == "PrivateTmp") {
        private_tmp_ = is_yes(value);
    } else if (key == "ProtectHome") {
        home_ = is_yes(value)          ? home::hidden
                : value == "read-only" ? home::read_only
                : value == "tmpfs"     ? home::empty
                                       : home::open;
    } else if (key == "ProtectSystem") {
        system_ = is_yes(value)       ? system::usr
                  : value == "full"   ? system::full
                  : value == "strict" ? system::strict
                                      : system::open;
    } else if (key == "ReadWritePaths") {
        if (value.empty()) writable_.clear();  // takes back what came before it
        for (auto const& word : words_of(value))
            writable_.emplace_back(path_of(word));
    } else if (key == "BindPaths" || key == "BindReadOnlyPaths") {
        if (value.empty()) bound_.clear();
        for (auto const& word : words_of(value))
            bound_.emplace_back(destination_of(path_of(word)));
    } else {
        constexpr std::array<std::pair<std::string_view, std::string_view>, 5> made{
            {{"StateDirectory", "/var/lib/"},
             {"CacheDirectory", "/var/cache/"},
             {"LogsDirectory", "/var/log/"},
             {"RuntimeDirectory", "/run/"},
             {"ConfigurationDirectory", "/etc/"}}};
        auto const* const found =
            std::ranges::find(made, key, [](auto const& m) { return m.first; });
        if (found == made.end()) return;
        for (auto const& word : words_of(value))
            made_.push_back(std::string(found->second) + word.substr(0, word.find(':')));
    }
}

void unit_sandbox::set_start(std::string_view command) {
    config_.clear();
    constexpr std::string_view option = "--config";
    auto const words = words_of(command);
    for (std::size_t n = 0; n < words.size(); ++n) {
        std::string_view const word = words[n];
        if (word == option && n + 1 < words.size()) config_ = words[n + 1];
        if (word.starts_with(option) && word.size() > option.size() && word[option.size()] == '=')
            config_ = word.substr(option.size() + 1);
    }
}

bool unit_sandbox::is_opened(std::string_view path) const {
    for (auto const* const opened : {&writable_, &made_, &bound_})
        if (!folder_of(path, *opened).empty()) return true;
    return false;
}

bool unit_sandbox::is_own_tmp(std::string_view path) const {
    return private_tmp_ && !folder_of(path, temporary).empty() && folder_of(path, bound_).empty();
}

bool unit_sandbox::is_writable(std::string_view path) const {
    if (is_opened(path)) return true;
    switch (system_) {
        case system::open:
            return true;
        case system::strict:
            return !folder_of(path, of_the_kernel).empty() ||
                   (private_tmp_ && !folder_of(path, temporary).empty());
        case system::full:
            return folder_of(path, of_the_system).empty() && !is_below(path, "/etc");
        case system::usr:
            return folder_of(path, of_the_system).empty();
    }
    return true;
}

std::optional<std::string> unit_sandbox::obstacle_to(std::string_view path, path_use use) const {
    std::string const whole(path);
    bool const writes = use == path_use::write;
    // Hidden folders stay hidden whatever is bound below them; an empty one does not.
    auto const in_home = folder_of(path, homes);
    if (!in_home.empty() &&
        (home_ == home::hidden || (home_ == home::empty && folder_of(path, bound_).empty())))
        return "lies below " + std::string(in_home) +
               ", which ProtectHome= of the unit hides from the service: put it elsewhere, or " +
               edit({"ProtectHome=tmpfs", (writes ? "BindPaths=" : "BindReadOnlyPaths=") + whole});
    if (!in_home.empty() && home_ == home::read_only && writes && !is_opened(path))
        return "lies below " + std::string(in_home) +
               ", which ProtectHome=read-only of the unit keeps from being written to: put it "
               "elsewhere, or " +
               edit({"ProtectHome=tmpfs", "BindPaths=" + whole});
    if (is_own_tmp(path))
        return "lies below " + std::string(folder_of(path, temporary)) +
               ", of which PrivateTmp=yes of the unit gives the service one of its own, without "
               "anybody else's files: put it elsewhere, or " +
               (writes ? edit({"PrivateTmp=no", "ReadWritePaths=" + whole})
                       : edit({"PrivateTmp=no"}));
    if (writes && !is_writable(path))
        return "is read-only for the service by ProtectSystem= of the unit: " +
               edit({"ReadWritePaths=" + whole});
    return std::nullopt;
}

std::optional<std::string> unused_proxy(settings::settings const& s) {
    if (!s.endpoint.proxy.empty()) return std::nullopt;
    for (auto const* const name : {"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"}) {
        auto const* const value = std::getenv(name);
        if (value != nullptr && *value != '\0')
            return std::string(name) +
                   " is set in the environment and not used: where the endpoint is reached through "
                   "a "
                   "proxy only, set endpoint.proxy = \"http://HOST:PORT\"";
    }
    return std::nullopt;
}

std::optional<unit_sandbox> installed_unit(std::string_view name, std::string const& root) {
    std::vector<std::string> texts;
    std::map<std::string, fs::path> drop_ins;  // by name: systemd's order
    std::error_code ec;
    for (auto const folder : folders) {
        fs::path const unit = root + std::string(folder) + "/" + std::string(name);
        if (texts.empty() && fs::is_regular_file(unit, ec)) texts.push_back(text_of(unit));
        for (auto const& entry : fs::directory_iterator(unit.string() + ".d", ec))
            if (entry.path().extension() == ".conf")
                drop_ins.emplace(entry.path().filename().string(), entry.path());
    }
    if (texts.empty()) return std::nullopt;
    for (auto const& [file, path] : drop_ins)
        texts.push_back(text_of(path));
    return unit_sandbox(texts);
}

bool is_under_systemd() {
    std::error_code ec;
    return fs::is_directory("/run/systemd/system", ec);
}

std::vector<obstacle> obstacles_of(settings::settings const& s, unit_sandbox const& unit) {
    std::vector<obstacle> out;
    auto const look = [&](std::string key, std::string const& path, path_use use) {
        if (!path.starts_with('/')) return;  // not set, a credential, or by hand
        auto const leads_to = target_of(path).string();
        bool const is_link = leads_to != fs::path(path).lexically_normal();
        // The way to a link must be open; the lists of the unit follow links as well.
        auto const obstacle_of = [&](std::string const& at, bool is_reached_only) {
            return is_reached_only && !unit.obstacle_to(at, path_use::read)
                       ? std::nullopt
                       : unit.obstacle_to(at, use);
        };
        auto why = obstacle_of(path, is_link);
        bool const is_own_tmp = unit.is_own_tmp(path) || unit.is_own_tmp(leads_to);
        std::string of = printable(path, 4096) + " ";
        if (!why && is_link) {
            why = obstacle_of(leads_to, unit.is_opened(path));
            of += "leads to " + printable(leads_to, 4096) + ", which ";
        }
        if (why) out.push_back({std::move(key), of + *why, use == path_use::write && is_own_tmp});
    };
    look("spool.dir", s.spool.dir, path_use::write);
    if (s.ledger.postgres.empty())
        look("ledger.path", fs::path(s.ledger.path).parent_path(), path_use::write);
    else
        look("ledger.password_file", s.ledger.password_file, path_use::read);
    look("control.socket", fs::path(s.control_socket).parent_path(), path_use::write);
    if (auto const at = settings::parse_listen(s.metrics.listen); at && !at->path.empty())
        look("metrics.listen", fs::path(at->path).parent_path(), path_use::write);
    look("metrics.password_file", s.metrics.password_file, path_use::read);
    look("endpoint.ca_file", s.endpoint.ca_file, path_use::read);
    look("endpoint.crl_file", s.endpoint.crl_file, path_use::read);
    look("endpoint.proxy_credentials_file", s.endpoint.proxy_credentials_file, path_use::read);
    for (auto const& a : s.accounts) {
        look("account.token_file", a.token_file, path_use::read);
        if (a.login) look("account.login.password_file", a.login->password_file, path_use::read);
    }
    return out;
}

}  // namespace setclick::setup
