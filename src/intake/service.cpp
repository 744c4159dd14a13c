#include "setclickd/intake/service.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "intake_loop.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::intake {

waker::waker() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

void waker::wake() const noexcept {
    std::uint64_t const one = 1;
    [[maybe_unused]] auto const r = ::write(fd_.get(), &one, sizeof one);
}

void waker::drain() const noexcept {
    std::uint64_t count = 0;
    [[maybe_unused]] auto const r = ::read(fd_.get(), &count, sizeof count);
}

service::service(service_options options, service_wiring wiring)
    : loop_(std::make_unique<loop>(std::move(options), std::move(wiring))) {}
service::~service() = default;

void service::start(std::vector<ledger::file_info> unfinished) {
    loop_->start(std::move(unfinished));
}
void service::stop() {
    loop_->stop();
}
void service::complete(std::vector<file_no> files) {
    loop_->complete(std::move(files));
}
void service::expire(std::vector<ledger::expired_file> files, std::optional<wall_time> oldest_kept) {
    loop_->expire(std::move(files), oldest_kept);
}
std::size_t service::expiring() const noexcept {
    return loop_->expiring();
}
std::vector<file_no> service::left_over() {
    return loop_->left_over();
}
std::uint64_t service::last_sequence() const noexcept {
    return loop_->last_sequence();
}
std::uint64_t service::progress() const noexcept {
    return loop_->progress();
}
bool service::idle() const noexcept {
    return loop_->idle();
}

bool service::has_unreadable() const noexcept {
    return loop_->has_unreadable();
}

service::loop::loop(service_options options, service_wiring wiring)
    : options_(std::move(options)),
      wiring_(std::move(wiring)),
      waker_(std::make_shared<waker>()),
      reader_(options_.rules, options_.accounts, options_.key, options_.spool.max_line,
              wiring_.reading),
      calls_(
          *wiring_.writer, [w = waker_] { w->wake(); }, wiring_.imported),
      claimer_(*wiring_.spool,
               {options_.run, options_.spool.settle, options_.spool.max_file, options_.after}),
      source_(*wiring_.spool, {options_.spool.settle, options_.spool.scan_every,
                               options_.spool.inotify, options_.once}) {}

service::loop::~loop() {
    stop();
}

void service::loop::start(std::vector<ledger::file_info> unfinished) {
    thread_ =
        std::thread([this, found = std::move(unfinished)]() mutable { run(std::move(found)); });
    ::pthread_setname_np(thread_.native_handle(), "intake");
}

void service::loop::stop() {
    stopping_ = true;
    waker_->wake();
    if (thread_.joinable()) thread_.join();
}

void service::loop::complete(std::vector<file_no> files) {
    if (files.empty()) return;
    {
        std::lock_guard const lock(mutex_);
        completes_.insert(completes_.end(), files.begin(), files.end());
        idle_ = false;
    }
    waker_->wake();
}

void service::loop::expire(std::vector<ledger::expired_file> files,
                          std::optional<wall_time> oldest_kept) {
    if (files.empty() && !oldest_kept) return;
    {
        std::lock_guard const lock(mutex_);
        expiring_ += files.size();
        std::move(files.begin(), files.end(), std::back_inserter(expired_));
        if (oldest_kept) oldest_kept_ = oldest_kept;
        idle_ = false;
    }
    waker_->wake();
}

std::vector<file_no> service::loop::left_over() {
    std::lock_guard const lock(mutex_);
    return std::exchange(completes_, {});
}

void service::loop::run(std::vector<ledger::file_info> unfinished) {
    if (wiring_.thread_begins) wiring_.thread_begins();
    auto failed = [&]() -> std::optional<error> {
        if (auto r = open_ledger(); !r) return r.error();
        if (auto r = recover(std::move(unfinished)); !r) return r.error();
        while (!stopping_) {
            progress_.fetch_add(1, std::memory_order_relaxed);
            auto const now = std::chrono::steady_clock::now();
            auto const did = step(now);
            if (!did) return did.error();
            log_.tick(now);
            if (*did) continue;
            update_idle();
            wait(now);
        }
        return std::nullopt;
    }();
    // What is under way refers to this object: the ledger answers all of it, also when it failed.
    while (calls_.in_flight() > 0) {
        pollfd one{waker_->fd(), POLLIN, 0};
        ::poll(&one, 1, 1000);
        waker_->drain();
        auto const answers = calls_.collect();
        if (answers.fatal && !failed) failed = answers.fatal;
    }
    log_.flush();
    if (failed) wiring_.fatal(*failed);
}

/// Sleeps until there is something to do, at most five seconds (the watchdog looks at `progress`).
void service::loop::wait(steady_time now) {
    auto until = now + 5s;
    std::array<pollfd, 2> fds{{{waker_->fd(), POLLIN, 0}, {-1, POLLIN, 0}}};
    if (may_read() && may_claim()) {
        until = std::min(until, source_.next_look());
        // While nothing may be taken, hints wait in the kernel.
        if (source_.may_look(now)) fds[1].fd = source_.hint_fd();
    }
    if (calls_.in_flight() == 0) until = std::min(until, retry_at_);
    if (open_trouble_.is_troubled()) until = std::min<steady_time>(until, now + 500ms);
    until = std::min(until, finisher_->next_turn());
    if (!to_publish_.empty()) until = std::min(until, publish_at_);
    auto const ms =
        std::chrono::ceil<milliseconds>(std::max(until - now, steady_time::duration::zero()));
    if (::poll(fds.data(), fds.size(), static_cast<int>(ms.count())) > 0 && fds[0].revents != 0)
        waker_->drain();
}

void service::loop::update_idle() {
    bool const nothing = source_.is_exhausted() && files_.size() == broken_ && calls_.is_idle() &&
                         to_mark_.empty() && finisher_->is_idle() && done_cleaner_->is_idle();
    // Under the lock, so that a `complete` at this moment is not overlooked.
    std::lock_guard const lock(mutex_);
    idle_ = nothing && completes_.empty() && expired_.empty() && !oldest_kept_;
}

result<bool> service::loop::step(steady_time now) {
    bool did = false;
    std::vector<file_no> completes;
    {
        std::lock_guard const lock(mutex_);
        completes.swap(completes_);
        done_cleaner_->add(std::exchange(expired_, {}));
        if (auto const oldest = std::exchange(oldest_kept_, std::nullopt))
            done_cleaner_->keep_results_since(*oldest);
    }
    // Answers after taking the completes: then the answer about a file named there is among them.
    auto const answers = take_answers(now);
    if (!answers) return answers.error();
    did |= *answers;
    take_completes(completes);
    if (now >= retry_at_ && calls_.in_flight() == 0) {
        retry_at_ = never;
        calls_.retry();
    }
    if (may_read()) {
        auto const read = read_round(now);
        if (!read) return read.error();
        did |= *read;
    }
    auto const published = publish_turn(now);
    if (!published) return published.error();
    auto const finished = finisher_->turn(now);
    if (!finished) return finished.error();
    auto const expired = done_cleaner_->left();
    auto const swept = done_cleaner_->turn(now, wall_now());
    if (!swept) return swept.error();
    expiring_ -= expired - done_cleaner_->left();
    return did || *published || *finished || *swept;
}

}  // namespace setclick::intake
