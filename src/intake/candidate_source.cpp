#include "candidate_source.hpp"

#include <sys/stat.h>

#include <algorithm>

#include "setclickd/telemetry/log.hpp"

namespace setclick::intake {
namespace {

constexpr std::size_t most_hints = 1024;
/// Names asked again between two scans; any more of them wait for the next scan.
constexpr std::size_t most_unquiet = 1024;
constexpr std::size_t most_unquiet_once = 65'536;

std::uint64_t inode_of(int fd) noexcept {
    struct stat seen {};
    return ::fstat(fd, &seen) == 0 ? seen.st_ino : 0;
}

}  // namespace

candidate_source::candidate_source(spool::directory& spool, source_options const& options)
    : spool_(&spool), options_(options) {
    open_watch();
}

void candidate_source::open_watch() {
    incoming_inode_ = inode_of(spool_->fd(spool::place::incoming));
    // With `once` what comes later does not count.
    if (!options_.inotify || options_.once) return;
    auto opened = spool::watch::open(*spool_);
    if (opened)
        watch_ = std::move(*opened);
    else
        no_watch(opened.error());
}

void candidate_source::follow_incoming() {
    incoming_inode_ = inode_of(spool_->fd(spool::place::incoming));
    if (!watch_) return;
    if (auto const followed = watch_->follow(*spool_); !followed) no_watch(followed.error());
}

void candidate_source::no_watch(error const& e) {
    if (std::exchange(watch_failed_, true)) return;
    telemetry::log_line(telemetry::level::warn, "no inotify: files are found by the scan alone",
                        {{telemetry::log_field::error, e.message}});
}

std::vector<spool::candidate> candidate_source::next(std::size_t limit, steady_time now) {
    std::vector<spool::candidate> out;
    if (now < paused_until_) return out;
    read_hints(limit);
    auto const count = std::min(limit, hints_.size());
    std::move(hints_.begin(), hints_.begin() + static_cast<std::ptrdiff_t>(count),
              std::back_inserter(out));
    hints_.erase(hints_.begin(), hints_.begin() + static_cast<std::ptrdiff_t>(count));

    if (now >= unquiet_at_) {
        // All of them once; who is still not quiet waits for the next time.
        for (auto& name : unquiet_)
            asked_.push_back(name);
        unquiet_.clear();
        unquiet_at_ = never;
    }
    for (; out.size() < limit && !asked_.empty(); asked_.pop_back())
        out.push_back({std::move(asked_.back()), DT_UNKNOWN, spool::arrival::found});
    if (out.size() < limit && now >= scan_at_) scan(limit - out.size(), now, out);
    return out;
}

void candidate_source::read_hints(std::size_t limit) {
    while (watch_ && hints_.size() < limit && hints_.size() < most_hints) {
        auto const seen = watch_->read(hints_);
        if (seen.overflow) scan_at_ = {};
        if (!seen.more) break;
    }
}

void candidate_source::scan(std::size_t limit, steady_time now,
                            std::vector<spool::candidate>& out) {
    if (options_.once && passes_ > 0 && !in_pass_ && !unquiet_overflow_) {
        scan_at_ = never;
        return;
    }
    if (!in_pass_) unquiet_overflow_ = false;
    auto const at_end = scanner_.next(*spool_, limit, out);
    if (!at_end) {
        in_pass_ = false;
        scan_at_ = now + options_.scan_every;
        if (scan_trouble_.trouble(now))
            telemetry::log_line(telemetry::level::error, "incoming/ cannot be listed",
                                {{telemetry::log_field::error, at_end.error().message}});
        return;
    }
    if (scan_trouble_.ended(now))
        telemetry::log_line(telemetry::level::info, "incoming/ can be listed again", {});
    // A replaced incoming/ is noticed at the beginning of a pass.
    if (!in_pass_ && inode_of(spool_->fd(spool::place::incoming)) != incoming_inode_)
        follow_incoming();
    in_pass_ = !*at_end;
    if (!in_pass_) {
        ++passes_;
        pass_ended_ = true;
        scan_at_ = now + options_.scan_every;
    }
}

void candidate_source::ask_again(std::vector<spool::candidate> unquiet, steady_time now) {
    auto const most = options_.once ? most_unquiet_once : most_unquiet;
    for (auto& c : unquiet) {
        if (c.how != spool::arrival::found) {
            hints_.push_back(std::move(c));
        } else if (unquiet_.size() < most) {
            unquiet_.insert(std::move(c.name));
        } else {
            unquiet_overflow_ = true;
            if (options_.once && !in_pass_) scan_at_ = now + options_.scan_every;
        }
    }
    if (!unquiet_.empty() && unquiet_at_ == never)
        unquiet_at_ = now + std::clamp(options_.settle / 4, 20ms, 500ms);
}

void candidate_source::pause(steady_time until) {
    paused_until_ = until;
}

steady_time candidate_source::next_look() const noexcept {
    if (!hints_.empty() || !asked_.empty()) return paused_until_;
    return std::max(paused_until_, std::min(scan_at_, unquiet_at_));
}

}  // namespace setclick::intake
