// Resolve and connect: every address of a name, tried as Happy Eyeballs does (RFC 8305): families
// in turn, a new address 250 ms after the last one began or at once when it failed; the first that
// connects wins. Addresses that were bad lately come last: when every good one has failed, or has
// not answered for 2 s.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "address_memory.hpp"
#include "counted_socket.hpp"
#include "opening_memory.hpp"
#include "setclickd/base/time.hpp"

namespace setclick::net {

/// Kept alive by its own operations, so that a caller may leave at its deadline while getaddrinfo
/// still hangs.
class dial : public std::enable_shared_from_this<dial> {
public:
    using executor = boost::asio::io_context::executor_type;
    using timer = boost::asio::basic_waitable_timer<
        std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, executor>;
    enum class phase { resolving, connecting, connected, failed };

    explicit dial(boost::asio::io_context& context);

    /// `finished` expires at the deadline, or is cancelled when the outcome is known. `memory` must
    /// outlive it until it is over or abandoned.
    void start(std::string const& host, std::string const& port, steady_time deadline,
               opening_memory const& memory);
    /// The same for addresses that need not be resolved.
    void start(std::vector<address> const& found, steady_time deadline,
               opening_memory const& memory);
    /// Gives up: closes what is open. The object may be forgotten afterwards.
    void abandon();

    timer finished;
    phase state = phase::resolving;
    boost::system::error_code reason;  ///< of the first address that failed, or of the resolver
    std::unique_ptr<tcp_socket> winner;
    address winner_address;
    /// The addresses of which a connect was begun: "192.0.2.1, 2001:db8::1"; at most four.
    std::string tried() const;

private:
    void resolved(boost::system::error_code ec, std::vector<address> const& found);
    void next();
    void connected(std::size_t index, boost::system::error_code ec);
    bool is_next_good() const noexcept { return tries_.size() < good_; }
    void finish(phase outcome);

    boost::asio::io_context& context_;
    boost::asio::ip::basic_resolver<boost::asio::ip::tcp, executor> resolver_;
    timer stagger_;
    opening_memory const* memory_ = nullptr;
    std::vector<address> addresses_;
    std::size_t good_ = 0;  // of these, at the front
    std::vector<std::unique_ptr<tcp_socket>> tries_;
    std::size_t running_ = 0;
};

/// IPv6 and IPv4 in turn, each family in the resolver's order, beginning with the resolver's first.
std::vector<address> interleaved(std::vector<address> const& found);

/// What "localhost" is where the machine does not know it (a container without /etc/hosts): the
/// loopback addresses (RFC 6761 6.3). Empty for any other name.
std::vector<address> loopback_of(std::string_view host, std::string_view port);

}  // namespace setclick::net
