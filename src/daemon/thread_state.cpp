#include "thread_state.hpp"

#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <string>
#include <string_view>

namespace setclick::daemon {
namespace {

/// Calls in which only a file system keeps anybody waiting. Those of them that a network or FUSE
/// file system makes wait are no "disk sleep" (D) for the kernel, but an ordinary one. Not among
/// them: read, write and poll, which wait for other threads as well.
constexpr std::array disk_calls{SYS_fsync,     SYS_fdatasync, SYS_pread64,    SYS_pwrite64,
                                SYS_openat,    SYS_renameat2, SYS_unlinkat,   SYS_ftruncate,
                                SYS_fallocate, SYS_statx,     SYS_newfstatat, SYS_getdents64,
                                SYS_linkat,    SYS_mkdirat};

std::string task_file(pid_t tid, char const* name) {
    return "/proc/self/task/" + std::to_string(tid) + "/" + name;
}

/// The value after "NAME:" and blanks in a file of lines such as /proc/PID/status.
std::string_view value_of(std::string_view text, std::string_view name) {
    auto const at = text.find(name);
    if (at == std::string_view::npos) return {};
    auto const begin = text.find_first_not_of(" \t", at + name.size());
    return begin == std::string_view::npos ? std::string_view{} : text.substr(begin);
}

bool sleeps_in_disk_call(pid_t tid) {
    std::ifstream file(task_file(tid, "syscall"));
    long number = -1;  // "running", or no permission: not a number
    if (!(file >> number)) return false;
    return std::ranges::find(disk_calls, number) != disk_calls.end();
}

}  // namespace

std::optional<thread_sample> sample_thread(pid_t tid) {
    std::ifstream file(task_file(tid, "status"));
    if (!file) return std::nullopt;
    std::string const text{std::istreambuf_iterator<char>(file), {}};
    auto const state = value_of(text, "\nState:");
    auto const switches = value_of(text, "\nvoluntary_ctxt_switches:");
    thread_sample out;
    std::from_chars(switches.data(), switches.data() + switches.size(), out.switches);
    out.in_disk_call =
        state.starts_with('D') || (state.starts_with('S') && sleeps_in_disk_call(tid));
    return out;
}

}  // namespace setclick::daemon
