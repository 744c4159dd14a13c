#include "shard.hpp"

#include <boost/asio/post.hpp>

#include <chrono>
#include <utility>

namespace setclick::net {
namespace asio = boost::asio;

shard::shard(std::uint64_t first_number, std::shared_ptr<tls_client> tls, pool_settings settings,
             report_fn report)
    : guard_(asio::make_work_guard(context_)),
      report_(std::move(report)),
      pool_(context_, std::move(tls), std::move(settings), *this, first_number),
      thread_([this] { run(); }) {}

shard::~shard() {
    asio::post(context_, [this] {
        ending_ = true;
        pool_.close_all();
    });
    thread_.join();
}

void shard::run() {
    while (!ending_ || !pool_.is_quiet())
        context_.run_one();
}

template <class Function>
void shard::post(Function what) {
    asio::post(context_, [this, what = std::move(what)]() mutable {
        what();
        report_soon();
    });
}

void shard::receive(std::vector<shard_request> batch, std::size_t more) {
    post([this, more, batch = std::move(batch)]() mutable {
        next_.received += batch.size();
        more_ = more;
        for (auto& r : batch)
            inbox_.push_back(std::move(r));
        pool_.wake();
    });
}

void shard::configure(std::shared_ptr<tls_client> tls, pool_settings settings) {
    post([this, tls = std::move(tls), settings = std::move(settings)]() mutable {
        pool_.configure(std::move(tls), std::move(settings));
        give_back();  // rendered for the old endpoint
    });
}

void shard::stop_taking() {
    post([this] {
        pool_.stop_taking();
        give_back();
    });
}

void shard::reset_all() {
    post([this] {
        pool_.reset_all();
        give_back();
    });
}

void shard::close_all() {
    post([this] { pool_.close_all(); });
}

std::size_t shard::wanted(steady_time) {
    return inbox_.size() + more_;
}

bool shard::take(steady_time, std::string& out, std::uint64_t& ticket) {
    if (inbox_.empty()) return false;
    out.swap(inbox_.front().text);
    ticket = inbox_.front().ticket;
    next_.spare.push_back(std::move(inbox_.front().text));
    inbox_.pop_front();
    return true;
}

void shard::ended(exchange_end const& end) {
    add(owned_end(end));
}

void shard::stray(std::uint64_t connection) {
    add(stray_bytes{connection});
}

void shard::opened(bool resumed) {
    add(connection_opened{resumed});
}

void shard::open_failed(open_failure const& failure) {
    // Whether and when to try again is the source's business, which does not know of this yet.
    more_ = 0;
    next_.more_is_stale = true;
    add(failure);
    if (pool_.counts().idle + pool_.counts().busy == 0) give_back();
}

/// As if a connection had died before the first byte.
void shard::give_back() {
    for (; !inbox_.empty(); inbox_.pop_front()) {
        exchange_end end;
        end.ticket = inbox_.front().ticket;
        end.now = std::chrono::steady_clock::now();
        end.reused = true;
        end.failure = api::transport_failure::closed;
        end.phase = api::wire_phase::not_sent;
        add(owned_end(end));
    }
}

void shard::add(pool_event event) {
    next_.events.push_back(std::move(event));
    report_soon();
}

/// After everything that is ready now, so that one hop carries all of it.
void shard::report_soon() {
    if (std::exchange(report_posted_, true)) return;
    asio::post(context_, [this] { report(); });
}

void shard::report() {
    report_posted_ = false;
    next_.counts = pool_.counts();
    next_.waiting = inbox_.size();
    shard_report fresh;
    fresh.received = next_.received;
    report_(std::exchange(next_, std::move(fresh)));
}

}  // namespace setclick::net
