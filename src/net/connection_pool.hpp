// A pool whose connections live on one io_context: everything here runs on its thread.
//
// Gives free connections the source's requests, opens more while there is work for them, closes what is too old, and removes what
// is over. What a connection does in between is its own loop's business (`connection`). The clock is coarse: read once for each
// dispatch and each tick (100 ms), so that an exchange needs no call of its own.
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>

#include <memory>
#include <vector>

#include "setclickd/net/pool.hpp"

namespace setclick::net {

class connection;

class connection_pool final : public pool {
public:
    /// `first_number`: of its first connection; numbers go up from there.
    connection_pool(boost::asio::io_context& context, std::shared_ptr<tls_client> tls,
                    pool_settings settings, work_source& source, std::uint64_t first_number = 1);
    ~connection_pool() override;
    connection_pool(connection_pool const&) = delete;
    connection_pool& operator=(connection_pool const&) = delete;

    void wake() override;
    void configure(std::shared_ptr<tls_client> tls, pool_settings settings) override;
    void stop_taking() override;
    void close_all() override;
    void reset_all() override;
    bool is_quiet() const noexcept override;
    pool_counts counts() const noexcept override { return counts_; }
    std::size_t most_connections() const noexcept override { return settings_.connections; }

private:
    friend class connection;

    // For its connections.
    void became_free(connection& c) { free_.push_back(&c); }
    void no_longer_free(connection& c) { std::erase(free_, &c); }
    /// It is over, or soon will be: it is removed once it is.
    void reap();
    /// Of a connection opened under `generation`: the settings are still those, and requests are taken.
    bool may_keep(std::uint64_t generation) const noexcept {
        return generation == generation_ && !stopped_;
    }

    void dispatch();
    void open_more(std::size_t count);
    void tick();
    void arm_tick();
    void close_unused();

    boost::asio::io_context& context_;
    std::shared_ptr<tls_client> tls_;
    pool_settings settings_;
    work_source& source_;
    std::vector<std::unique_ptr<connection>> all_;
    // The last one to become free is used first: few stay warm, the others idle out.
    std::vector<connection*> free_;
    pool_counts counts_;
    boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                      boost::asio::wait_traits<std::chrono::steady_clock>,
                                      boost::asio::io_context::executor_type>
        ticker_;
    std::uint64_t next_number_;
    std::uint64_t generation_ = 1;  // of the settings
    steady_time now_{};
    bool stopped_ = false;
    // Handlers of ours that are queued; the pool must outlive them.
    bool dispatch_posted_ = false;
    bool tick_armed_ = false;
    bool reap_posted_ = false;
};

}  // namespace setclick::net
