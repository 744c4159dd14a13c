#include "whole_exchange.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include "setclickd/base/text.hpp"

namespace setclick::net {
namespace asio = boost::asio;
using executor = asio::io_context::executor_type;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable_t<executor>{});

}  // namespace

whole_exchange::whole_exchange(std::string host, std::size_t most_body)
    : host_(std::move(host)),
      most_body_(most_body),
      parser_([this](std::string_view bytes) { return decode(bytes); }, most_body) {}

asio::awaitable<void, executor> whole_exchange::run(tls_stream& stream, std::string_view request) {
    failure.reset();
    answer = {};
    decoder_.reset();
    parser_.reset();
    may_reuse_ = false;

    auto const bytes = asio::buffer(request.data(), request.size());
    auto const [write_error, written] = co_await asio::async_write(stream, bytes, as_result);
    (void)written;
    if (write_error) {
        failure = broken("the request could not be sent: " + write_error.message());
        co_return;
    }
    std::array<char, 16384> buffer{};
    std::size_t filled = 0;
    for (;;) {
        auto const room = asio::buffer(buffer.data() + filled, buffer.size() - filled);
        auto const [ec, n] = co_await stream.async_read_some(room, as_result);
        if (ec) {
            on_end_of_stream(ec);
            co_return;
        }
        filled += n;
        std::size_t used = 0;
        auto const state = parser_.put({buffer.data(), filled}, used);
        std::copy(buffer.begin() + static_cast<std::ptrdiff_t>(used),
                  buffer.begin() + static_cast<std::ptrdiff_t>(filled), buffer.begin());
        filled -= used;
        if (state == answer_parser::state::complete) {
            on_complete(filled == 0);
            co_return;
        }
        if (state != answer_parser::state::more || filled == buffer.size()) {
            if (!failure) failure = unreadable(state);
            co_return;
        }
    }
}

/// A part of the body, into the answer; false ends the parser.
bool whole_exchange::decode(std::string_view bytes) {
    if (!decoder_) {
        auto const coding = coding_named(parser_.content_encoding());
        if (!coding) {
            failure = fail(errc::invalid_data, "the answer's Content-Encoding \"" +
                                                   printable(parser_.content_encoding(), 60) +
                                                   "\" was not asked for and cannot be read");
            return false;
        }
        decoder_.emplace(*coding, most_body_);
    }
    auto const done = decoder_->put(bytes, answer.body);
    if (!done) failure = done.error();
    return static_cast<bool>(done);
}

void whole_exchange::on_end_of_stream(boost::system::error_code ec) {
    if (parser_.put_end() == answer_parser::state::complete) return on_complete(false);
    if (!failure)
        failure = broken("the connection broke before the answer was complete: " + ec.message());
}

void whole_exchange::on_complete(bool nothing_left_over) {
    if (decoder_)
        if (auto const done = decoder_->finish(); !done) {
            failure = done.error();
            return;
        }
    auto body = std::move(answer.body);
    answer = http_answer::head_of(parser_.answer());
    answer.body = std::move(body);
    answer.date = parser_.date();
    may_reuse_ = nothing_left_over && parser_.keep_alive();
}

error whole_exchange::unreadable(answer_parser::state state) const {
    if (state == answer_parser::state::oversized)
        return fail(errc::invalid_data,
                    "the answer is larger than is read: " + grouped(most_body_) +
                        " bytes of body, " + grouped(answer_parser::header_limit) + " of header");
    return fail(errc::invalid_data, "what came back from " + host_ + " is no HTTP answer");
}

error whole_exchange::broken(std::string what) const {
    return fail(errc::unreachable, host_ + ": " + std::move(what));
}

}  // namespace setclick::net
