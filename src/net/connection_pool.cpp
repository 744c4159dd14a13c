#include "connection_pool.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

#include "connection.hpp"

namespace setclick::net {
namespace asio = boost::asio;

connection_pool::connection_pool(asio::io_context& context, std::shared_ptr<tls_client> tls,
                                 pool_settings settings, work_source& source,
                                 std::uint64_t first_number)
    : context_(context),
      tls_(std::move(tls)),
      settings_(std::move(settings)),
      source_(source),
      ticker_(context),
      next_number_(first_number),
      now_(std::chrono::steady_clock::now()) {}

connection_pool::~connection_pool() = default;

void connection_pool::wake() {
    if (dispatch_posted_ || stopped_) return;
    dispatch_posted_ = true;
    // Twice through the queue: what is already known of a connection (closed, stray bytes) is handled
    // before it gets a request.
    asio::post(context_, [this] { asio::post(context_, [this] { dispatch(); }); });
}

void connection_pool::dispatch() {
    dispatch_posted_ = false;
    now_ = std::chrono::steady_clock::now();
    if (stopped_) return;
    while (!free_.empty()) {
        auto* const c = free_.back();
        free_.pop_back();
        if (!c->begin()) {
            free_.push_back(c);
            break;
        }
    }
    open_more(connections_to_open(source_.wanted(now_), counts_, settings_.connections));
    arm_tick();
}

void connection_pool::open_more(std::size_t count) {
    for (; count > 0; --count) {
        all_.push_back(std::make_unique<connection>(*this, next_number_++, generation_));
        all_.back()->start();
    }
}

void connection_pool::arm_tick() {
    if (tick_armed_ || all_.empty()) return;
    tick_armed_ = true;
    ticker_.expires_after(100ms);
    ticker_.async_wait([this](boost::system::error_code ec) {
        tick_armed_ = false;
        if (!ec) tick();
    });
}

void connection_pool::tick() {
    now_ = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < all_.size(); ++i)
        all_[i]->tick();
    reap();
    arm_tick();
}

void connection_pool::reap() {
    if (reap_posted_) return;
    reap_posted_ = true;
    // Not from inside a connection's own loop.
    asio::post(context_, [this] {
        reap_posted_ = false;
        std::erase_if(all_, [](auto const& c) { return c->is_over(); });
    });
}

void connection_pool::configure(std::shared_ptr<tls_client> tls, pool_settings settings) {
    tls_ = std::move(tls);
    settings_ = std::move(settings);
    ++generation_;
    close_unused();
    wake();
}

void connection_pool::stop_taking() {
    stopped_ = true;
    close_unused();
}

/// Also those that are still opening: they open under the settings of before.
void connection_pool::close_unused() {
    for (auto const& c : all_)
        if (c->state() != connection::status::busy) c->close(api::transport_failure::cancelled, "");
    reap();
}

bool connection_pool::is_quiet() const noexcept {
    return all_.empty() && !dispatch_posted_ && !reap_posted_ && !tick_armed_;
}

void connection_pool::reset_all() {
    for (std::size_t i = 0; i < all_.size(); ++i)
        all_[i]->reset("broken off: this node may not send any more");
    reap();
}

void connection_pool::close_all() {
    stopped_ = true;
    for (std::size_t i = 0; i < all_.size(); ++i)
        all_[i]->close(api::transport_failure::cancelled, "given up at the drain's deadline");
    ticker_.cancel();
    reap();
}

}  // namespace setclick::net
