#include "setclickd/net/once.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>

#include "deadline.hpp"
#include "setclickd/net/answer_parser.hpp"

namespace setclick::net {
namespace asio = boost::asio;
using executor = asio::io_context::executor_type;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable_t<executor>{});
constexpr std::size_t kept_body = 16U << 10;

once_answer no_answer(delivery::transport_failure kind, std::string text) {
    once_answer out;
    out.failure = open_failure{kind, std::move(text)};
    return out;
}

asio::awaitable<once_answer, executor> read_answer(tls_stream& stream, deadline const& limit) {
    answer_parser parser(kept_body);
    std::array<char, 16384> buffer{};
    std::size_t filled = 0;
    for (;;) {
        auto const room = asio::buffer(buffer.data() + filled, buffer.size() - filled);
        auto const [ec, n] = co_await stream.async_read_some(room, as_result);
        if (limit.expired())
            co_return no_answer(delivery::transport_failure::response_timeout,
                                "no complete answer in time");
        if (ec && parser.put_end() != answer_parser::state::complete)
            co_return no_answer(delivery::transport_failure::closed,
                                "no complete answer: " + ec.message());
        filled += n;
        std::size_t used = 0;
        auto const state =
            ec ? answer_parser::state::complete : parser.put({buffer.data(), filled}, used);
        std::copy(buffer.begin() + static_cast<std::ptrdiff_t>(used),
                  buffer.begin() + static_cast<std::ptrdiff_t>(filled), buffer.begin());
        filled -= used;
        if (state == answer_parser::state::complete) break;
        if (state != answer_parser::state::more || filled == buffer.size())
            co_return no_answer(delivery::transport_failure::malformed_answer,
                                "the answer is not HTTP, or too long");
    }
    once_answer out;
    out.answer = fetch_answer::head_of(parser.answer());
    out.answer.body = parser.answer().body;
    co_return out;
}

}  // namespace

asio::awaitable<once_answer, executor> exchange_once(asio::io_context& context,
                                                     std::shared_ptr<tls_client> tls,
                                                     open_settings settings,
                                                     secret<std::string> request,
                                                     milliseconds timeout) {
    tls_stream stream(counted_socket(context), tls->context());
    auto failed = co_await open(stream, *tls, settings);
    if (failed) {
        once_answer out;
        out.failure = std::move(failed);
        co_return out;
    }
    deadline const limit(stream, timeout);
    auto const bytes = asio::buffer(request.reveal());
    auto const [ec, n] = co_await asio::async_write(stream, bytes, as_result);
    (void)n;
    if (ec)
        co_return no_answer(delivery::transport_failure::reset,
                            "the request could not be sent: " + ec.message());
    co_return co_await read_answer(stream, limit);
}

}  // namespace setclick::net
