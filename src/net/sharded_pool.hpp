// A pool with several network threads: each is a `shard` with connections of its own, and nothing is shared between them.
//
// The source stays on the thread of the caller's io_context. A shard reports how many free connections it has; requests are
// rendered for them on the home thread and travel to the shard, and the ends of exchanges travel back, many in one hop. A request
// goes only to a shard that has a free connection for it; when that one was lost in the meantime the request comes back as not
// sent. Promises: the source is told of the exchanges, stray bytes and failures of a connection in the order in which they came.
#pragma once

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>
#include <vector>

#include "setclickd/net/pool.hpp"

namespace setclick::net {

struct shard_report;

class sharded_pool final : public pool {
public:
    /// Starts `count` threads (at least 1). `settings.connections` is shared out between them.
    sharded_pool(boost::asio::io_context& home, std::size_t count, std::shared_ptr<tls_client> tls,
                 pool_settings settings, work_source& source);
    /// Closes what is open and joins the threads; what was in flight is not reported any more.
    ~sharded_pool() override;
    sharded_pool(sharded_pool const&) = delete;
    sharded_pool& operator=(sharded_pool const&) = delete;

    void wake() override;
    void configure(std::shared_ptr<tls_client> tls, pool_settings settings) override;
    void stop_taking() override;
    void close_all() override;
    void reset_all() override;
    /// Always: the destructor waits for the threads, and what they have posted then finds nobody.
    bool is_quiet() const noexcept override { return true; }
    /// As the shards last reported.
    pool_counts counts() const noexcept override;
    std::size_t most_connections() const noexcept override { return connections_; }

private:
    struct member;

    void dispatch();
    void on_report(member& from, shard_report& report);

    boost::asio::io_context& home_;
    work_source& source_;
    std::size_t connections_;
    std::vector<std::string> spare_;  // memory of requests that have gone
    bool dispatch_posted_ = false;
    bool stopped_ = false;
    std::shared_ptr<void> alive_;  // whoever comes late finds it gone
    std::vector<std::unique_ptr<member>> members_;
};

}  // namespace setclick::net
