#include "sharded_pool.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

#include "shard.hpp"

namespace setclick::net {
namespace asio = boost::asio;

namespace {

constexpr std::size_t most_spare = 1024;
constexpr auto unknown = static_cast<std::size_t>(-1);

/// Of `total`, shared out between `count` as evenly as may be.
std::size_t share_of(std::size_t total, std::size_t index, std::size_t count) noexcept {
    return total / count + (index < total % count ? 1 : 0);
}

pool_settings with_share(pool_settings settings, std::size_t index, std::size_t count) {
    settings.connections = static_cast<std::uint32_t>(
        std::max<std::size_t>(1, share_of(settings.connections, index, count)));
    return settings;
}

}  // namespace

/// What the home thread knows of a shard, and has for it.
struct sharded_pool::member {
    std::vector<shard_request> outbox;
    std::uint64_t sent = 0;  // requests, ever
    std::size_t more_sent = 0;
    std::uint64_t received = 0;  // of these, as it last reported
    std::size_t waiting = 0;
    pool_counts counts;
    std::unique_ptr<shard> thread;

    /// Free connections for which no request is on its way.
    std::size_t room() const noexcept {
        auto const coming = waiting + static_cast<std::size_t>(sent - received);
        return counts.idle > coming ? counts.idle - coming : 0;
    }
    void hand(shard_request r) {
        outbox.push_back(std::move(r));
        ++sent;
    }
    void send(std::size_t more) {
        if (outbox.empty() && more == more_sent) return;
        more_sent = more;
        thread->receive(std::exchange(outbox, {}), more);
    }
};

sharded_pool::sharded_pool(asio::io_context& home, std::size_t count,
                           std::shared_ptr<tls_client> tls, pool_settings settings,
                           work_source& source)
    : home_(home),
      source_(source),
      connections_(settings.connections),
      alive_(std::make_shared<bool>(true)) {
    count = std::clamp<std::size_t>(count, 1, std::max<std::size_t>(1, connections_));
    for (std::size_t i = 0; i < count; ++i) {
        members_.push_back(std::make_unique<member>());
        auto& m = *members_.back();
        std::weak_ptr<void> const alive = alive_;
        auto const report = [this, &m, alive](shard_report&& r) {
            asio::post(home_, [this, &m, alive, r = std::move(r)]() mutable {
                if (!alive.expired()) on_report(m, r);
            });
        };
        m.thread = std::make_unique<shard>((std::uint64_t{i} << 48U) + 1, tls,
                                           with_share(settings, i, count), report);
    }
}

sharded_pool::~sharded_pool() = default;

void sharded_pool::wake() {
    if (dispatch_posted_) return;
    dispatch_posted_ = true;
    asio::post(home_, [this, alive = std::weak_ptr<void>(alive_)] {
        if (!alive.expired()) dispatch();
    });
}

void sharded_pool::dispatch() {
    dispatch_posted_ = false;
    if (stopped_) return;
    auto const now = std::chrono::steady_clock::now();
    bool is_more = true;
    for (auto const& m : members_) {
        for (auto room = m->room(); is_more && room > 0; --room) {
            shard_request r;
            if (!spare_.empty()) {
                r.text = std::move(spare_.back());
                spare_.pop_back();
            }
            is_more = source_.take(now, r.text, r.ticket);
            if (is_more) m->hand(std::move(r));
        }
    }
    auto const wanted = source_.wanted(now);
    for (std::size_t i = 0; i < members_.size(); ++i)
        members_[i]->send(share_of(wanted, i, members_.size()));
    // The next one to be served first is another.
    std::rotate(members_.begin(), members_.begin() + 1, members_.end());
}

void sharded_pool::on_report(member& from, shard_report& report) {
    from.counts = report.counts;
    from.waiting = report.waiting;
    from.received = report.received;
    if (report.more_is_stale) from.more_sent = unknown;
    for (auto const& event : report.events)
        net::dispatch(event, source_);
    for (auto& text : report.spare)
        if (spare_.size() < most_spare) spare_.push_back(std::move(text));
    wake();
}

void sharded_pool::configure(std::shared_ptr<tls_client> tls, pool_settings settings) {
    connections_ = settings.connections;
    for (std::size_t i = 0; i < members_.size(); ++i)
        members_[i]->thread->configure(tls, with_share(settings, i, members_.size()));
}

void sharded_pool::stop_taking() {
    stopped_ = true;
    for (auto const& m : members_)
        m->thread->stop_taking();
}

void sharded_pool::reset_all() {
    for (auto const& m : members_)
        m->thread->reset_all();
}

void sharded_pool::close_all() {
    stopped_ = true;
    for (auto const& m : members_)
        m->thread->close_all();
}

pool_counts sharded_pool::counts() const noexcept {
    pool_counts out;
    for (auto const& m : members_) {
        out.opening += m->counts.opening;
        out.idle += m->counts.idle;
        out.busy += m->counts.busy;
    }
    return out;
}

}  // namespace setclick::net
