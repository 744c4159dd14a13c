#include "setclickd/net/lane.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

#include "connection.hpp"

namespace setclick::net {
namespace asio = boost::asio;

std::size_t connections_to_open(std::size_t wanted, pool_counts counts, std::size_t most) noexcept {
    constexpr std::size_t handshakes_at_once = 16;
    auto const existing = counts.opening + counts.idle + counts.busy;
    auto const coming = counts.opening + counts.idle;
    if (wanted <= coming || existing >= most || counts.opening >= handshakes_at_once) return 0;
    return std::min({wanted - coming, most - existing, handshakes_at_once - counts.opening});
}

lane::lane(asio::io_context& context, std::shared_ptr<tls_client> tls, pool_settings settings,
           work_source& source, std::uint64_t first_number)
    : context_(context),
      tls_(std::move(tls)),
      settings_(std::move(settings)),
      source_(source),
      ticker_(context),
      next_number_(first_number),
      now_(std::chrono::steady_clock::now()) {}

lane::~lane() = default;

void lane::wake() {
    if (dispatch_posted_ || stopped_) return;
    dispatch_posted_ = true;
    // Twice through the queue: what a connection has to say about itself (closed, stray bytes) is
    // heard first.
    asio::post(context_, [this] { asio::post(context_, [this] { dispatch(); }); });
}

void lane::dispatch() {
    dispatch_posted_ = false;
    now_ = std::chrono::steady_clock::now();
    if (stopped_) return;
    while (!idle_.empty()) {
        auto* const c = idle_.back();
        idle_.pop_back();
        if (!c->begin()) {
            idle_.push_back(c);
            break;
        }
    }
    open_more(connections_to_open(source_.wanted(now_), counts_, settings_.connections));
    arm_tick();
}

void lane::open_more(std::size_t count) {
    for (; count > 0; --count) {
        all_.push_back(std::make_unique<connection>(*this, next_number_++, generation_));
        all_.back()->start();
    }
}

void lane::arm_tick() {
    if (tick_armed_ || all_.empty()) return;
    tick_armed_ = true;
    ticker_.expires_after(100ms);
    ticker_.async_wait([this](boost::system::error_code ec) {
        tick_armed_ = false;
        if (!ec) tick();
    });
}

void lane::tick() {
    now_ = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < all_.size(); ++i)
        all_[i]->tick();
    reap();
    arm_tick();
}

void lane::reap() {
    if (reap_posted_) return;
    reap_posted_ = true;
    // Not from inside a connection's own callback.
    asio::post(context_, [this] {
        reap_posted_ = false;
        std::erase_if(all_, [](auto const& c) { return c->is_over(); });
    });
}

void lane::configure(std::shared_ptr<tls_client> tls, pool_settings settings) {
    tls_ = std::move(tls);
    settings_ = std::move(settings);
    ++generation_;
    close_free();
    wake();
}

void lane::stop_taking() {
    stopped_ = true;
    close_free();
}

/// Also those that are still opening: where they go, and whether they are wanted, was decided
/// before.
void lane::close_free() {
    for (auto const& c : all_)
        if (c->state() != connection::status::busy)
            c->close(delivery::transport_failure::cancelled, "");
    reap();
}

bool lane::is_quiet() const noexcept {
    return all_.empty() && !dispatch_posted_ && !reap_posted_ && !tick_armed_;
}

void lane::close_all() {
    stopped_ = true;
    for (std::size_t i = 0; i < all_.size(); ++i)
        all_[i]->close(delivery::transport_failure::cancelled, "given up at the drain's deadline");
    ticker_.cancel();
    reap();
}

}  // namespace setclick::net
