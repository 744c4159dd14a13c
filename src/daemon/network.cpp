#include "network.hpp"

#include <utility>

#include "setclickd/setup/accounts.hpp"

namespace setclick::daemon {

network::network(boost::asio::io_context& context, setup::network_setup setup,
                 std::uint32_t threads, net::work_source& source)
    : context_(context),
      tls_(setup.tls),
      open_(setup.pool.open),
      may_send_(setup.pool.may_send),
      longest_delivery_(setup.pool.open.longest_delivery) {
    pool_ = net::make_pool(context, threads, tls_, std::move(setup.pool), source);
}

void network::use(setup::network_setup setup) {
    tls_ = std::move(setup.tls);
    setup.pool.may_send = may_send_;
    setup.pool.open.longest_delivery = longest_delivery_;
    open_ = setup.pool.open;
    pool_->configure(tls_, std::move(setup.pool));
}

void network::close() {
    pool_->close_all();
    context_.restart();
    while (!pool_->is_quiet() && context_.run_one() > 0) {
    }
}

login::target network::login_target(settings::settings const& s) const {
    return {open_, tls_, setup::login_target(s, open_.to), s.delivery.response_timeout};
}

login::target network::report_target(settings::settings const& s) const {
    return {open_, tls_, setup::report_target(s, open_.to), s.delivery.response_timeout};
}

}  // namespace setclick::daemon
