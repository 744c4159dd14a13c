#include "setclickd/telemetry/log.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <vector>

#include "journal.hpp"
#include "line_ring.hpp"
#include "log_format.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/telemetry/messages.hpp"
#include "setclickd/telemetry/recent_lines.hpp"

namespace setclick::telemetry {
namespace {

std::atomic<log_format> current_format{log_format::text};
std::atomic<bool> is_native{false};  // the journal takes entries with fields
std::atomic<level> current_threshold{level::info};

/// The line is built here; spdlog gives the sink, its lock and its error handling. Never destroyed,
/// since objects with static lifetime may log on their way out.
spdlog::logger& logger() {
    static auto* const instance = [] {
        auto made = std::make_unique<spdlog::logger>(
            "setclickd", std::make_shared<spdlog::sinks::stderr_sink_mt>());
        made->set_pattern("%v");
        made->set_level(spdlog::level::trace);
        made->flush_on(spdlog::level::trace);
        return made.release();
    }();
    return *instance;
}

spdlog::level::level_enum spdlog_level(level l) noexcept {
    switch (l) {
        case level::debug:
            return spdlog::level::debug;
        case level::info:
            return spdlog::level::info;
        case level::warn:
            return spdlog::level::warn;
        case level::error:
            return spdlog::level::err;
    }
    return spdlog::level::info;
}

/// What `recent_lines` returns. Never destroyed, as the logger.
class kept_lines {
public:
    static kept_lines& of_process() {
        static auto* const instance = new kept_lines;
        return *instance;
    }
    void add(level l, std::string_view line) {
        std::lock_guard const lock(mutex_);
        ring_.add(l, line);
    }
    std::vector<recent_line> after(std::uint64_t no) {
        std::lock_guard const lock(mutex_);
        return ring_.after(no);
    }

private:
    std::mutex mutex_;
    line_ring ring_{most_recent_lines, longest_recent_line};
};

std::string stderr_device_inode() {
    struct stat info {};
    if (::fstat(2, &info) != 0) return {};
    return fmt::format("{}:{}", info.st_dev, info.st_ino);
}

}  // namespace

void set_up_logging(log_options const& options) {
    auto const* stream = std::getenv("JOURNAL_STREAM");
    current_format =
        choose_format(options.format, stream == nullptr ? "" : stream, stderr_device_inode());
    // Only where standard error is the journal: `journald` alone asks for the prefix of a stream.
    is_native = options.format == log_format::automatic && current_format == log_format::journald &&
                ::access(journal_socket, W_OK) == 0;
    current_threshold = options.threshold;
}

bool log_enabled(level l) noexcept {
    return l >= current_threshold.load(std::memory_order_relaxed);
}

void log_line(level l, std::string_view message, std::initializer_list<field> fields) noexcept {
    if (!log_enabled(l)) return;
    try {
        std::vector<field> all(fields);
        if (auto const* const known = message_with_text(message))
            all.emplace_back(log_field::event, known->key);
        auto const format = current_format.load(std::memory_order_relaxed);
        auto const now = wall_now();
        auto const line = format_line(format, l, now, message, all);
        kept_lines::of_process().add(l, format == log_format::text
                                            ? line
                                            : format_line(log_format::text, l, now, message, all));
        // What the journal does not take is on standard error, where it gets it without fields.
        if (is_native.load(std::memory_order_relaxed) &&
            send_to_journal(journal_entry(l, line, all)))
            return;
        logger().log(spdlog_level(l), spdlog::string_view_t(line.data(), line.size()));
    } catch (...) {
        // Out of memory, or standard error is gone: a line that cannot be written must not end a
        // delivery.
    }
}

std::vector<recent_line> recent_lines(std::uint64_t after) {
    return kept_lines::of_process().after(after);
}

}  // namespace setclick::telemetry
