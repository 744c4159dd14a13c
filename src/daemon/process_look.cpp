#include "process_look.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <string>
#include <string_view>

#include "setclickd/base/unique_dir.hpp"
#include "setclickd/base/unique_fd.hpp"

namespace setclick::daemon {
namespace {

/// The beginning of a file, as far as it is of interest.
std::string beginning_of(char const* path) {
    unique_fd const fd(::open(path, O_RDONLY | O_CLOEXEC));
    std::array<char, 4096> text{};
    auto const n = fd ? ::read(fd.get(), text.data(), text.size()) : -1;
    return n > 0 ? std::string(text.data(), static_cast<std::size_t>(n)) : std::string();
}

/// Field `index`, from 0, of words with one blank between them; 0 where there is none.
std::uint64_t field(std::string_view words, std::size_t index) {
    for (; index > 0; --index) {
        auto const blank = words.find(' ');
        if (blank == std::string_view::npos) return 0;
        words.remove_prefix(blank + 1);
    }
    std::uint64_t out = 0;
    std::from_chars(words.data(), words.data() + words.size(), out);
    return out;
}

/// When the machine was started, in seconds since 1970.
std::uint64_t boot_time() {
    auto const text = [] {
        unique_fd const fd(::open("/proc/stat", O_RDONLY | O_CLOEXEC));
        std::string all;
        std::array<char, 4096> part{};
        for (ssize_t n = 0; fd && (n = ::read(fd.get(), part.data(), part.size())) > 0;)
            all.append(part.data(), static_cast<std::size_t>(n));
        return all;
    }();
    auto const at = text.find("\nbtime ");
    return at == std::string::npos ? 0 : field(std::string_view(text).substr(at + 1), 1);
}

std::uint64_t open_descriptors() {
    unique_dir const all(::opendir("/proc/self/fd"));
    std::uint64_t count = 0;
    while (all && ::readdir(all.get()) != nullptr)
        ++count;
    return count > 3 ? count - 3 : 0;  // without ".", ".." and its own
}

}  // namespace

delivery::process_figures look_at_process() {
    static auto const booted = static_cast<double>(boot_time());
    static auto const ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    static auto const page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    auto const stat = beginning_of("/proc/self/stat");
    // The program's name, in parentheses, may hold anything.
    auto const after_name = stat.rfind(')');
    if (after_name == std::string::npos || stat.size() < after_name + 2) return {};
    auto const rest = std::string_view(stat).substr(after_name + 2);
    delivery::process_figures out;
    out.cpu_seconds = static_cast<double>(field(rest, 11) + field(rest, 12)) / ticks;
    out.threads = field(rest, 17);
    out.start_time_seconds = booted + static_cast<double>(field(rest, 19)) / ticks;
    out.virtual_bytes = field(rest, 20);
    out.resident_bytes = field(rest, 21) * page;
    out.open_fds = open_descriptors();
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) out.max_fds = limit.rlim_cur;
    return out;
}

}  // namespace setclick::daemon
