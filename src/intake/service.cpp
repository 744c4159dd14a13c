#include "setclickd/intake/service.hpp"

#include <pthread.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <optional>
#include <thread>
#include <utility>

#include "candidate_source.hpp"
#include "inbox.hpp"
#include "loop_context.hpp"
#include "loops.hpp"
#include "setclickd/async/loop_group.hpp"
#include "setclickd/base/clock.hpp"

namespace setclick::intake {
namespace {

namespace asio = boost::asio;

constexpr milliseconds heartbeat_every{1000};

source_options source_options_of(service_options const& o) {
    return {o.spool.settle, o.spool.scan_every, o.spool.inotify, o.once};
}

}  // namespace

/// The thread, its io_context, and what other threads see of it.
class service::impl {
public:
    impl(service_options options, service_wiring wiring)
        : options_(std::move(options)),
          wiring_(std::move(wiring)),
          source_(std::in_place, *wiring_.spool, source_options_of(options_)),
          context_{io_, [this](error const& e) { fail(e); }, [this] { rests(); }},
          group_(
              io_,
              [this](std::string_view loop, std::string const& what) {
                  fail({errc::io, "the intake's loop '" + std::string(loop) + "' failed: " + what});
              }),
          inbox_([this] { asio::post(io_, [this] { take_mail(); }); }) {}
    ~impl() { stop(); }

    void start(std::vector<ledger::file_info> unfinished) {
        thread_ =
            std::thread([this, found = std::move(unfinished)]() mutable { run(std::move(found)); });
        ::pthread_setname_np(thread_.native_handle(), "intake");
    }

    void stop() {
        if (!thread_.joinable()) return;
        asio::post(io_, [this] { group_.cancel(); });
        thread_.join();
    }

    inbox& mail() noexcept { return inbox_; }
    std::size_t expiring() const noexcept { return inbox_.expiring() + expiring_.load(); }
    std::uint64_t progress() const noexcept { return progress_.load(std::memory_order_relaxed); }
    bool has_unreadable() const noexcept { return has_unreadable_.load(); }
    hold_up held_up() const noexcept { return held_up_.load(); }
    spool::left_counts left_alone() const noexcept {
        spool::left_counts out;
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] = left_alone_[i].load(std::memory_order_relaxed);
        return out;
    }
    /// After `stop`.
    std::uint64_t last_sequence() const noexcept {
        return loops_ ? loops_->last_sequence() : options_.after;
    }

private:
    void run(std::vector<ledger::file_info> unfinished) {
        if (wiring_.thread_begins) wiring_.thread_begins();
        auto const begun = begin(std::move(unfinished));
        if (!begun)
            failed_ = begun.error();
        else
            io_.run();
        if (loops_) loops_->log().flush();
        if (failed_) wiring_.fatal(*failed_);
    }

    result<void> begin(std::vector<ledger::file_info> unfinished) {
        auto ledger = ledger::reader::open(options_.ledger);
        if (!ledger) return ledger.error();
        loops_ = std::make_unique<loops>(options_, wiring_, context_, std::move(*source_),
                                         std::move(*ledger));
        if (auto r = loops_->take_up(std::move(unfinished)); !r) return r.error();
        loops_->start(group_);
        group_.start("heartbeat", beat());
        return {};
    }

    /// Ends last: who ends in order is alive.
    asio::awaitable<void> beat() {
        for (;;) {
            progress_.fetch_add(1, std::memory_order_relaxed);
            auto const now = steady_now();
            loops_->log().tick(now);
            held_up_ = loops_->held_up();
            if (auto const folders = wiring_.spool->check_folders(); !folders)
                fail(folders.error());
            co_await context_.pause_until(now + heartbeat_every);
        }
    }

    void take_mail() {
        loops_->take(inbox_.take());
        expiring_ = loops_->expiring();
    }

    void rests() {
        progress_.fetch_add(1, std::memory_order_relaxed);
        expiring_ = loops_->expiring();
        has_unreadable_ = loops_->has_unreadable();
        held_up_ = loops_->held_up();
        for (std::size_t i = 0; i < left_alone_.size(); ++i)
            left_alone_[i].store(loops_->left_alone()[i], std::memory_order_relaxed);
        inbox_.set_idle(loops_->is_idle());
    }

    void fail(error const& e) {
        if (!failed_) failed_ = e;
        asio::post(io_, [this] { group_.cancel(); });
    }

    service_options options_;
    service_wiring wiring_;
    /// Made here, before anybody is told that the daemon is ready: what is renamed in from then on is
    /// whole. Until the thread takes it.
    std::optional<candidate_source> source_;
    asio::io_context io_{1};
    loop_context context_;
    async::loop_group group_;
    inbox inbox_;
    std::unique_ptr<loops> loops_;
    std::optional<error> failed_;
    std::atomic<std::uint64_t> progress_{0};
    std::atomic<std::size_t> expiring_{0};
    std::atomic<bool> has_unreadable_{false};
    std::atomic<hold_up> held_up_{hold_up::none};
    std::array<std::atomic<std::uint64_t>, spool::left_reason_count> left_alone_{};
    std::thread thread_;
};

service::service(service_options options, service_wiring wiring)
    : impl_(std::make_unique<impl>(std::move(options), std::move(wiring))) {}
service::~service() = default;

void service::start(std::vector<ledger::file_info> unfinished) {
    impl_->start(std::move(unfinished));
}
void service::stop() {
    impl_->stop();
}
void service::complete(std::vector<ledger::file_info> files) {
    impl_->mail().give_complete(std::move(files));
}
void service::expire(std::vector<ledger::expired_file> files,
                     std::optional<wall_time> oldest_kept) {
    impl_->mail().give_expired(std::move(files), oldest_kept);
}
std::size_t service::expiring() const noexcept {
    return impl_->expiring();
}
std::vector<ledger::file_info> service::left_over() {
    return impl_->mail().take_all().complete;
}
std::uint64_t service::last_sequence() const noexcept {
    return impl_->last_sequence();
}
std::uint64_t service::progress() const noexcept {
    return impl_->progress();
}
bool service::idle() const noexcept {
    return impl_->mail().is_idle();
}
hold_up service::held_up() const noexcept {
    return impl_->held_up();
}

bool service::has_unreadable() const noexcept {
    return impl_->has_unreadable();
}
spool::left_counts service::left_alone() const noexcept {
    return impl_->left_alone();
}

}  // namespace setclick::intake
