#include "setclickd/net/async_request.hpp"

#include "deadline.hpp"
#include "open.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/net/tls.hpp"
#include "whole_exchange.hpp"

namespace setclick::net {
namespace asio = boost::asio;

asio::awaitable<result<http_answer>, asio::io_context::executor_type> async_request(
    asio::io_context& context, std::shared_ptr<tls_client> tls, open_settings settings,
    secret<std::string> request, milliseconds timeout) {
    constexpr std::size_t most_body = std::size_t{1} << 20;
    tls_stream stream(counted_socket(context), tls->context());
    auto failed = co_await open(stream, *tls, settings);
    if (failed) co_return fail(errc::unreachable, std::move(failed->text));
    deadline const limit(stream, timeout);
    whole_exchange call(settings.to.host, most_body);
    co_await call.run(stream, request.reveal());
    if (limit.expired())
        co_return fail(errc::unreachable,
                       settings.to.host + ": no complete answer within " + duration_text(timeout));
    if (call.failure) co_return std::move(*call.failure);
    co_return std::move(call.answer);
}

}  // namespace setclick::net
