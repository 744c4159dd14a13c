// One network thread of a pool: an io_context, a `connection_pool` on it, and the two queues that join it with the home thread.
//
// Requests come in by `receive`; what becomes of them goes back as a `shard_report`, many in one hop. A request that no connection
// may take any more (a reload, a drain, no connection left) is given back as not sent. Promises: the events of a connection are
// reported in the order in which they came.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "connection_pool.hpp"
#include "pool_event.hpp"

namespace setclick::net {

struct shard_request {
    std::uint64_t ticket = 0;
    std::string text;
};

struct shard_report {
    std::vector<pool_event> events;
    std::vector<std::string> spare;  ///< memory of requests that have gone
    pool_counts counts;
    std::size_t waiting = 0;     ///< requests that no connection has taken yet
    std::uint64_t received = 0;  ///< requests, ever
    bool more_is_stale = false;  ///< for how many more connections there is work must be sent anew
};

class shard final : private work_source {
public:
    /// Called on the shard's thread.
    using report_fn = std::function<void(shard_report&&)>;

    /// Starts the thread. `first_number`: of its first connection.
    shard(std::uint64_t first_number, std::shared_ptr<tls_client> tls, pool_settings settings,
          report_fn report);
    /// Closes what is open and joins the thread; what was in flight is not reported any more.
    ~shard() override;
    shard(shard const&) = delete;
    shard& operator=(shard const&) = delete;

    // From any thread; each is done later, on the shard's own.
    /// More requests, and for how many connections beyond these there is work.
    void receive(std::vector<shard_request> batch, std::size_t more);
    void configure(std::shared_ptr<tls_client> tls, pool_settings settings);
    void stop_taking();
    void close_all();
    void reset_all();

private:
    std::size_t wanted(steady_time now) override;
    bool take(steady_time now, std::string& out, std::uint64_t& ticket) override;
    void ended(exchange_end const& end) override;
    void stray(std::uint64_t connection) override;
    void opened(bool resumed) override;
    void open_failed(open_failure const& failure) override;

    void run();
    template <class Function>
    void post(Function what);
    void give_back();
    void add(pool_event event);
    void report_soon();
    void report();

    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
    report_fn report_;
    std::deque<shard_request> inbox_;
    std::size_t more_ = 0;
    shard_report next_;  // gathers until it is sent
    bool report_posted_ = false;
    bool ending_ = false;
    connection_pool pool_;
    std::thread thread_;  // last: it uses all of the above
};

}  // namespace setclick::net
