#include "lock_holders.hpp"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>

#include "setclickd/base/text.hpp"

namespace setclick::ledger {
namespace {

/// The bytes that SQLite locks: of the main file from here on …
constexpr std::uint64_t first_main_byte = 0x4000'0000;
/// … and of the log's index: one for writing, one for a checkpoint, one for a recovery, five for
/// readers.
constexpr std::uint64_t write_byte = 120;
constexpr std::uint64_t first_read_byte = 123;
constexpr std::uint64_t last_read_byte = 127;

struct lock_line {
    bool exclusive = false;
    pid_t pid = 0;
    unsigned major = 0;
    unsigned minor = 0;
    std::uint64_t inode = 0;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
};

template <class Number>
bool take(std::string_view& text, Number& out, int base, char end) {
    auto const [at, ec] = std::from_chars(text.data(), text.data() + text.size(), out, base);
    if (ec != std::errc{}) return false;
    text.remove_prefix(static_cast<std::size_t>(at - text.data()));
    if (end == '\0') return text.empty();
    if (text.empty() || text.front() != end) return false;
    text.remove_prefix(1);
    return true;
}

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> out;
    for (;;) {
        auto const begin = line.find_first_not_of(' ');
        if (begin == std::string_view::npos) return out;
        line.remove_prefix(begin);
        auto const end = std::min(line.find(' '), line.size());
        out.push_back(line.substr(0, end));
        line.remove_prefix(end);
    }
}

/// "1: POSIX  ADVISORY  WRITE 4711 fe:00:131088 120 120"; one that only waits for a lock has an arrow
/// in it, and is none.
std::optional<lock_line> parse(std::string_view text) {
    auto const words = words_of(text);
    if (words.size() != 8 || words[1] == "FLOCK") return std::nullopt;
    lock_line out;
    out.exclusive = words[3] == "WRITE";
    auto pid = words[4];
    auto file = words[5];
    auto first = words[6];
    auto last = words[7];
    if (!take(pid, out.pid, 10, '\0') || !take(file, out.major, 16, ':') ||
        !take(file, out.minor, 16, ':') || !take(file, out.inode, 10, '\0') ||
        !take(first, out.first, 10, '\0'))
        return std::nullopt;
    if (last == "EOF")
        out.last = ~std::uint64_t{0};
    else if (!take(last, out.last, 10, '\0'))
        return std::nullopt;
    return out;
}

/// Some file systems show programs another device than the one in the list: the inode decides.
bool is_of(lock_line const& lock, file_identity const& file) noexcept {
    return file.inode != 0 && lock.inode == file.inode;
}

bool is_on_device(lock_line const& lock, file_identity const& file) noexcept {
    return lock.major == ::gnu_dev_major(file.device) && lock.minor == ::gnu_dev_minor(file.device);
}

bool is_in_the_way(lock_line const& lock, file_identity const& main, file_identity const& index,
                   lock_use what) noexcept {
    bool const of_index = is_of(lock, index);
    if (what == lock_use::reading)
        return of_index && !lock.exclusive && lock.first <= last_read_byte &&
               lock.last >= first_read_byte;
    if (!lock.exclusive) return false;
    return (of_index && lock.first < first_read_byte && lock.last >= write_byte) ||
           (is_of(lock, main) && lock.last >= first_main_byte);
}

file_identity identity_of(std::string const& path) {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0) return {};
    return {found.st_dev, found.st_ino};
}

std::string shown(pid_t pid) {
    if (pid <= 0) return "a process that cannot be seen from here";
    std::string name;
    std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
    std::getline(file, name);
    auto const number = "pid " + std::to_string(pid);
    return name.empty() ? number : printable(name, 64) + " (" + number + ")";
}

}  // namespace

std::vector<pid_t> holders_in(std::string_view proc_locks, file_identity main, file_identity index,
                              lock_use what, pid_t own) {
    std::vector<pid_t> exact;
    std::vector<pid_t> by_inode;
    while (!proc_locks.empty()) {
        auto const end = std::min(proc_locks.find('\n'), proc_locks.size());
        auto const lock = parse(proc_locks.substr(0, end));
        proc_locks.remove_prefix(std::min(end + 1, proc_locks.size()));
        if (!lock || lock->pid == own || !is_in_the_way(*lock, main, index, what)) continue;
        auto& to = is_on_device(*lock, is_of(*lock, main) ? main : index) ? exact : by_inode;
        if (std::ranges::find(to, lock->pid) == to.end()) to.push_back(lock->pid);
    }
    return exact.empty() ? by_inode : exact;
}

std::string holders_of(std::string const& ledger_path, lock_use what) {
    std::ifstream file("/proc/locks");
    std::string const locks{std::istreambuf_iterator<char>(file), {}};
    std::string out;
    for (auto const pid : holders_in(locks, identity_of(ledger_path),
                                     identity_of(ledger_path + "-shm"), what, ::getpid())) {
        if (!out.empty()) out += ", ";
        out += shown(pid);
    }
    return out;
}

}  // namespace setclick::ledger
