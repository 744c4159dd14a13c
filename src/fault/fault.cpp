#include "setclickd/fault/fault.hpp"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>

namespace setclick::fault_detail {
namespace {

enum class mode { none, kill_before, kill_after, fail, count, observe, line };

struct plan {
    mode what = mode::none;
    std::size_t index = 0;
    std::uint64_t pass = 0;
    bool and_later = false;
    int value = 0;
    std::string count_file;
    std::string line_text;
    bool refuses_noreplace = false;
    int signal = 0;  // at that line; or one of:
    static constexpr int hang = 0;
    static constexpr int overflow = -1;
};

std::array<std::atomic<std::uint64_t>, fault_points.size()> passes{};
std::atomic<fault_observer> observer{nullptr};

void report(std::size_t index, bool is_done) noexcept {
    if (auto* const observe = observer.load()) observe(index, is_done);
}

[[noreturn]] void refuse(std::string_view text) {
    std::fprintf(stderr, "SETCLICKD_FAULT: cannot understand \"%.*s\"\n",
                 static_cast<int>(text.size()), text.data());
    std::_Exit(2);
}

int errno_named(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, int>, 8> known{{{"ENOSPC", ENOSPC},
                                                                     {"EINVAL", EINVAL},
                                                                     {"EIO", EIO},
                                                                     {"EDQUOT", EDQUOT},
                                                                     {"EROFS", EROFS},
                                                                     {"EACCES", EACCES},
                                                                     {"EEXIST", EEXIST},
                                                                     {"EXDEV", EXDEV}}};
    for (auto const& [text, value] : known)
        if (text == name) return value;
    return 0;
}

/// "TEXT:SIGNAL"
plan parse_line(std::string_view text, std::string_view whole) {
    constexpr std::array<std::pair<std::string_view, int>, 5> known{{{"SEGV", SIGSEGV},
                                                                     {"ABRT", SIGABRT},
                                                                     {"KILL", SIGKILL},
                                                                     {"HANG", plan::hang},
                                                                     {"DEEP", plan::overflow}}};
    auto const colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) refuse(whole);
    for (auto const& [name, number] : known) {
        if (text.substr(colon + 1) != name) continue;
        plan out;
        out.what = mode::line;
        out.line_text = text.substr(0, colon);
        out.signal = number;
        return out;
    }
    refuse(whole);
}

[[noreturn]] void list() {
    for (auto const name : fault_points)
        std::printf("%.*s\n", static_cast<int>(name.size()), name.data());
    std::fflush(stdout);
    std::_Exit(0);
}

/// "NAME:N[+][:after|:ERRNO]"
plan parse(std::string_view text) {
    if (text.empty()) return {};
    constexpr std::string_view noreplace = "noreplace:";
    if (text.starts_with(noreplace)) {
        auto out = parse(text.substr(noreplace.size()));
        out.refuses_noreplace = true;
        return out;
    }
    if (text == "list") list();
    plan out;
    if (text == "observe") {
        out.what = mode::observe;
        return out;
    }
    if (text.starts_with("count:")) {
        out.what = mode::count;
        out.count_file = text.substr(6);
        return out;
    }
    if (text.starts_with("line:")) return parse_line(text.substr(5), text);
    auto const whole = text;
    auto const colon = text.find(':');
    if (colon == std::string_view::npos) refuse(whole);
    while (out.index < fault_points.size() && fault_points[out.index] != text.substr(0, colon))
        ++out.index;
    if (out.index == fault_points.size()) refuse(whole);
    text.remove_prefix(colon + 1);
    while (!text.empty() && text[0] >= '0' && text[0] <= '9') {
        out.pass = out.pass * 10 + static_cast<std::uint64_t>(text[0] - '0');
        text.remove_prefix(1);
    }
    if (out.pass == 0) refuse(whole);
    if (text.starts_with('+')) {
        out.and_later = true;
        text.remove_prefix(1);
    }
    if (text.empty()) {
        out.what = mode::kill_before;
    } else if (text == ":after") {
        out.what = mode::kill_after;
    } else {
        out.what = mode::fail;
        out.value = text[0] == ':' ? errno_named(text.substr(1)) : 0;
        if (out.value == 0) refuse(whole);
    }
    return out;
}

void write_counts();

plan const& active() {
    // Never destroyed: it is asked until the very end, by write_counts too.
    static plan const* const chosen = [] {
        char const* const text = std::getenv("SETCLICKD_FAULT");
        auto const* p = new plan(parse(text == nullptr ? "" : text));
        if (p->what == mode::count) std::atexit(write_counts);
        return p;
    }();
    return *chosen;
}

void write_counts() {
    std::FILE* const out = std::fopen(active().count_file.c_str(), "w");
    if (out == nullptr) return;
    for (std::size_t i = 0; i < fault_points.size(); ++i)
        std::fprintf(out, "%.*s %llu\n", static_cast<int>(fault_points[i].size()),
                     fault_points[i].data(), static_cast<unsigned long long>(passes[i].load()));
    std::fclose(out);
}

/// Ends in SIGSEGV with no stack left, as a parser without a bound does.
int deeper(int level) {
    char volatile room[4096];
    room[level % 4096] = static_cast<char>(level);
    return level < 0 ? 0 : deeper(level + 1) + room[0];
}

[[noreturn]] void die() {
    ::kill(::getpid(), SIGKILL);
    for (;;)
        ::pause();
}

}  // namespace

bool const armed = active().what != mode::none;

int before(std::size_t index) noexcept {
    auto const pass = passes[index].fetch_add(1) + 1;
    auto const& p = active();
    if (p.what == mode::observe) report(index, false);
    if (p.what == mode::count || p.what == mode::observe || p.what == mode::line ||
        p.index != index)
        return 0;
    if (pass != p.pass && !(p.and_later && pass > p.pass)) return 0;
    if (p.what == mode::kill_before) die();
    return p.what == mode::fail ? p.value : 0;
}

void after(std::size_t index) noexcept {
    auto const& p = active();
    if (p.what == mode::observe) {
        int const kept = errno;
        report(index, true);
        errno = kept;
    }
    if (p.what == mode::kill_after && p.index == index && passes[index].load() == p.pass) die();
}

bool refuses_noreplace() noexcept {
    return active().refuses_noreplace;
}

void reading(std::string_view line) noexcept {
    auto const& p = active();
    if (p.what != mode::line || line.find(p.line_text) == std::string_view::npos) return;
    if (p.signal == plan::overflow) [[maybe_unused]]
        int volatile const never = deeper(1);
    if (p.signal > 0) ::raise(p.signal);
    for (;;)
        ::pause();
}

int failed(int value) noexcept {
    errno = value;
    return -1;
}

}  // namespace setclick::fault_detail

namespace setclick {

void observe_faults(fault_observer observer) noexcept {
    fault_detail::observer.store(observer);
}

}  // namespace setclick
