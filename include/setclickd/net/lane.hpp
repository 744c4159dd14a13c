// A pool whose connections live on one io_context: everything here runs on its thread.
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>

#include <memory>
#include <vector>

#include "setclickd/net/pool.hpp"

namespace setclick::net {

class connection;

class lane final : public pool {
public:
    /// `first_number`: of its first connection; numbers go up from there.
    lane(boost::asio::io_context& context, std::shared_ptr<tls_client> tls, pool_settings settings,
         work_source& source, std::uint64_t first_number = 1);
    ~lane() override;
    lane(lane const&) = delete;
    lane& operator=(lane const&) = delete;

    void wake() override;
    void configure(std::shared_ptr<tls_client> tls, pool_settings settings) override;
    void stop_taking() override;
    void close_all() override;
    bool is_quiet() const noexcept override;
    pool_counts counts() const noexcept override { return counts_; }
    std::size_t most_connections() const noexcept override { return settings_.connections; }

private:
    friend class connection;

    void dispatch();
    void open_more(std::size_t count);
    void tick();
    void arm_tick();
    void reap();
    void close_free();

    boost::asio::io_context& context_;
    std::shared_ptr<tls_client> tls_;
    pool_settings settings_;
    work_source& source_;
    std::vector<std::unique_ptr<connection>> all_;
    std::vector<connection*>
        idle_;  // the last one to become free is used first: few stay warm, the others idle out
    pool_counts counts_;
    boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                      boost::asio::wait_traits<std::chrono::steady_clock>,
                                      boost::asio::io_context::executor_type>
        ticker_;
    std::uint64_t next_number_;
    std::uint64_t generation_ = 1;
    steady_time
        now_{};  // as of the last dispatch or tick: deadlines need no clock call of their own
    bool dispatch_posted_ = false;
    bool stopped_ = false;
    bool tick_armed_ = false;
    bool reap_posted_ = false;
};

}  // namespace setclick::net
