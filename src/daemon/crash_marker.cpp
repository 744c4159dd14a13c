#include "crash_marker.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <string_view>

namespace setclick::daemon {
namespace {

using intake::reading_note;

constinit reading_note the_note;
std::array<char, 4096> marker_path{};
std::array<char, 512> text{};  // of the marker; begins with the run
std::size_t run_length = 0;
std::atomic<bool> disk_is_stalled{false};
constinit thread_local bool touches_no_event = false;
static_assert(std::atomic<bool>::is_always_lock_free);  // the handler reads it

/// std::to_chars promises nothing about signals.
std::size_t append_number(std::size_t at, std::uint64_t value) noexcept {
    std::array<char, 20> digits{};
    std::size_t count = 0;
    do {
        digits[count++] = static_cast<char>('0' + value % 10);
        value /= 10;
    } while (value != 0);
    while (count > 0)
        text[at++] = digits[--count];
    text[at++] = ' ';
    return at;
}

/// Raised by what this thread did itself, not sent from outside as the watchdog's is.
bool is_own_fault(siginfo_t const& info) noexcept {
    return info.si_code > 0 || (info.si_code == SI_TKILL && info.si_pid == ::getpid());
}

/// "RUN ", and where a line may be the cause: "CERTAIN BETWEEN OFFSET NAME/"
std::size_t compose(bool own_fault) noexcept {
    auto at = run_length;
    auto const now = the_note.now();
    bool const mine = the_note.is_mine();
    if (now == reading_note::what::nothing || (own_fault && !mine)) return at;
    at = append_number(at, own_fault ? 1 : 0);
    at = append_number(at, now == reading_note::what::between ? 1 : 0);
    at = append_number(at, the_note.offset());
    auto const file = the_note.file();
    std::memcpy(text.data() + at, file.data(), file.size());
    at += file.size();
    text[at++] = '/';
    return at;
}

// Only async-signal-safe calls (signal-safety(7)).
extern "C" void on_fatal_signal(int number, siginfo_t* info, void*) {
    bool const own_fault = is_own_fault(*info);
    bool const is_the_disks = !own_fault && disk_is_stalled.load();
    bool const counts = !is_the_disks && !(own_fault && touches_no_event);
    int const fd =
        !counts ? -1 : ::open(marker_path.data(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd >= 0) {
        [[maybe_unused]] auto const written = ::write(fd, text.data(), compose(own_fault));
        ::fsync(fd);
        ::close(fd);
    }
    ::signal(number, SIG_DFL);
    ::raise(number);
}

/// Where the handler runs when the thread's own stack is used up.
class signal_stack {
public:
    signal_stack() {
        stack_t known{};
        // A sanitizer brings its own.
        if (::sigaltstack(nullptr, &known) != 0 || (known.ss_flags & SS_DISABLE) == 0) return;
        room_ = std::make_unique<char[]>(size);
        stack_t own{};
        own.ss_sp = room_.get();
        own.ss_size = size;
        ::sigaltstack(&own, nullptr);
    }
    ~signal_stack() {
        stack_t none{};
        none.ss_flags = SS_DISABLE;
        if (room_) ::sigaltstack(&none, nullptr);
    }
    signal_stack(signal_stack const&) = delete;
    signal_stack& operator=(signal_stack const&) = delete;

private:
    static constexpr std::size_t size = std::size_t{32} << 10;
    std::unique_ptr<char[]> room_;
};

}  // namespace

reading_note& reading_now() noexcept {
    return the_note;
}

void use_signal_stack() {
    thread_local signal_stack const of_this_thread;
}

void touch_no_event() noexcept {
    touches_no_event = true;
}

void arm_crash_marker(std::string const& path, std::uint64_t run) {
    if (path.size() >= marker_path.size()) return;
    std::memcpy(marker_path.data(), path.c_str(), path.size() + 1);
    run_length = append_number(0, run);
    use_signal_stack();
    for (int const number : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL}) {
        struct sigaction action {};
        action.sa_sigaction = on_fatal_signal;
        action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER | SA_ONSTACK | SA_SIGINFO);
        ::sigaction(number, &action, nullptr);
    }
}

void set_disk_stalled(bool stalled) noexcept {
    disk_is_stalled.store(stalled);
}

ledger::last_end read_crash_marker(std::string const& path, std::uint64_t run) {
    ledger::last_end out;
    std::ifstream file(path, std::ios::binary);
    if (!file) return out;
    std::string const found{std::istreambuf_iterator<char>(file), {}};
    auto const of_run = std::to_string(run) + " ";
    // An empty one: there was no room for more.
    out.aborted = found.empty() || found.starts_with(of_run);
    if (!found.starts_with(of_run)) return out;
    auto rest = std::string_view(found).substr(of_run.size());
    if (rest.size() < 2) return out;
    out.by_reading = rest.front() == '1';
    rest.remove_prefix(2);
    out.reading = ledger::take_reading_place(rest);
    return out;
}

void remove_crash_marker(std::string const& path) noexcept {
    ::unlink(path.c_str());
}

}  // namespace setclick::daemon
