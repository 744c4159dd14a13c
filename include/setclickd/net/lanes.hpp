// A pool with several network threads: each has a lane of its own, and nothing is shared between
// them.
//
// The source stays on the thread of the caller's io_context. A lane that has free connections says
// so; requests are rendered for them there, and travel to the lane, and the ends of exchanges
// travel back, many in one hop. A request goes only to a lane that has a free connection for it;
// when that one was lost in the meantime the request comes back as not sent. Promises: the source
// hears of the exchanges, stray bytes and failures of a connection in the order in which they
// happened.
#pragma once

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>
#include <vector>

#include "setclickd/net/pool.hpp"

namespace setclick::net {

class lanes final : public pool {
public:
    /// Starts `count` threads (at least 1). `settings.connections` is shared out between them.
    lanes(boost::asio::io_context& home, std::size_t count, std::shared_ptr<tls_client> tls,
          pool_settings settings, work_source& source);
    /// Closes what is open and joins the threads; what was in flight is not told any more.
    ~lanes() override;
    lanes(lanes const&) = delete;
    lanes& operator=(lanes const&) = delete;

    void wake() override;
    void configure(std::shared_ptr<tls_client> tls, pool_settings settings) override;
    void stop_taking() override;
    void close_all() override;
    /// Always: the destructor waits for the threads.
    bool is_quiet() const noexcept override { return true; }
    /// As the lanes last said.
    pool_counts counts() const noexcept override;
    std::size_t most_connections() const noexcept override { return connections_; }

private:
    class worker;
    struct report;

    void dispatch();
    void hear(worker& from, report& said);

    boost::asio::io_context& home_;
    work_source& source_;
    std::size_t connections_;
    std::vector<std::unique_ptr<worker>> workers_;
    std::vector<std::string> spare_;  // buffers of requests that have gone
    bool dispatch_posted_ = false;
    bool stopped_ = false;
};

}  // namespace setclick::net
