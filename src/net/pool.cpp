#include "setclickd/net/pool.hpp"

#include <algorithm>

#include "connection_pool.hpp"
#include "sharded_pool.hpp"

namespace setclick::net {

std::size_t connections_to_open(std::size_t wanted, pool_counts counts, std::size_t most) noexcept {
    constexpr std::size_t handshakes_at_once = 16;
    auto const existing = counts.opening + counts.idle + counts.busy;
    auto const coming = counts.opening + counts.idle;
    if (wanted <= coming || existing >= most || counts.opening >= handshakes_at_once) return 0;
    return std::min({wanted - coming, most - existing, handshakes_at_once - counts.opening});
}

std::unique_ptr<pool> make_pool(boost::asio::io_context& home, std::size_t threads,
                                std::shared_ptr<tls_client> tls, pool_settings settings,
                                work_source& source) {
    if (threads > 1)
        return std::make_unique<sharded_pool>(home, threads, std::move(tls), std::move(settings),
                                              source);
    return std::make_unique<connection_pool>(home, std::move(tls), std::move(settings), source);
}

}  // namespace setclick::net
