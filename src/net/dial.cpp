#include "dial.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace setclick::net {
namespace asio = boost::asio;
using asio::ip::tcp;

std::vector<address> interleaved(std::vector<address> const& found) {
    std::vector<address> first;
    std::vector<address> second;
    for (auto const& e : found)
        (e.address().is_v6() == found.front().address().is_v6() ? first : second).push_back(e);
    std::vector<address> out;
    for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
        if (i < first.size()) out.push_back(first[i]);
        if (i < second.size()) out.push_back(second[i]);
    }
    return out;
}

std::vector<address> loopback_of(std::string_view host, std::string_view port) {
    std::uint16_t number = 0;
    auto const [end, ec] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (host != "localhost" || ec != std::errc() || end != port.data() + port.size()) return {};
    return {{asio::ip::address_v4::loopback(), number}, {asio::ip::address_v6::loopback(), number}};
}

dial::dial(asio::io_context& context)
    : finished(context), context_(context), resolver_(context), stagger_(context) {}

void dial::start(std::vector<address> const& found, steady_time deadline,
                 opening_memory const& memory) {
    finished.expires_at(deadline);
    memory_ = &memory;
    resolved({}, found);
}

void dial::start(std::string const& host, std::string const& port, steady_time deadline,
                 opening_memory const& memory) {
    finished.expires_at(deadline);
    memory_ = &memory;
    resolver_.async_resolve(
        host, port, tcp::resolver::numeric_service,
        [self = shared_from_this(), spare = loopback_of(host, port)](auto ec, auto found) {
            std::vector<address> all;
            for (auto const& entry : found)
                all.push_back(entry.endpoint());
            if (ec && !spare.empty())
                self->resolved({}, spare);
            else
                self->resolved(ec, all);
        });
}

void dial::abandon() {
    if (state == phase::resolving || state == phase::connecting) state = phase::failed;
    resolver_.cancel();
    stagger_.cancel();
    for (auto& socket : tries_) {
        boost::system::error_code ignored;
        if (socket) socket->close(ignored);
    }
}

void dial::resolved(boost::system::error_code ec, std::vector<address> const& found) {
    if (state != phase::resolving) return;
    if (ec || found.empty()) {
        reason = ec ? ec : make_error_code(asio::error::host_not_found);
        return finish(phase::failed);
    }
    auto order = memory_->ordered(interleaved(found), std::chrono::steady_clock::now());
    addresses_ = std::move(order.addresses);
    good_ = order.good;
    state = phase::connecting;
    next();
}

void dial::next() {
    if (state != phase::connecting || tries_.size() == addresses_.size()) return;
    auto const index = tries_.size();
    tries_.push_back(std::make_unique<tcp_socket>(context_));
    ++running_;
    tries_[index]->async_connect(addresses_[index], [self = shared_from_this(), index](auto ec) {
        self->connected(index, ec);
    });
    stagger_.expires_after(is_next_good() ? 250ms : 2000ms);
    stagger_.async_wait([self = shared_from_this()](auto ec) {
        if (!ec) self->next();
    });
}

void dial::connected(std::size_t index, boost::system::error_code ec) {
    --running_;
    if (state != phase::connecting) return;
    if (!ec) {
        winner = std::move(tries_[index]);
        winner_address = addresses_[index];
        return finish(phase::connected);
    }
    if (!reason) reason = ec;
    if (tries_.size() < addresses_.size() && (is_next_good() || running_ == 0)) return next();
    if (running_ == 0) finish(phase::failed);
}

std::string dial::tried() const {
    constexpr std::size_t most = 4;
    std::string out;
    for (std::size_t i = 0; i < std::min(tries_.size(), most); ++i)
        out += (i == 0 ? "" : ", ") + addresses_[i].address().to_string();
    return tries_.size() > most ? out + " and others" : out;
}

void dial::finish(phase outcome) {
    abandon();
    state = outcome;
    finished.cancel();
}

}  // namespace setclick::net
