#include "setclickd/net/fetch.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <optional>

#include "setclickd/base/text.hpp"
#include "setclickd/net/answer_parser.hpp"
#include "setclickd/net/decode.hpp"

namespace setclick::net {
namespace asio = boost::asio;
using executor = asio::io_context::executor_type;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable_t<executor>{});

/// How one exchange ended; `stale`: an idle connection turned out to be closed before anything came
/// back.
struct exchange_outcome {
    std::optional<error> failure;
    bool stale = false;
};

}  // namespace

fetch_answer fetch_answer::head_of(api::answer_view const& answer) {
    fetch_answer out;
    out.status = answer.status;
    out.content_type = answer.content_type;
    out.location = answer.location;
    out.retry_after = answer.retry_after;
    out.limit = answer.limit;
    out.remaining = answer.remaining;
    out.reset = answer.reset;
    out.ended_by_close = answer.ended_by_close;
    return out;
}

api::answer_view fetch_answer::view() const noexcept {
    api::answer_view out;
    out.status = status;
    out.content_type = content_type;
    out.location = location;
    out.retry_after = retry_after;
    out.limit = limit;
    out.remaining = remaining;
    out.reset = reset;
    out.body = std::string_view(body).substr(0, answer_parser::kept_body);
    out.body_size = body.size();
    out.ended_by_close = ended_by_close;
    return out;
}

class fetcher::impl {
public:
    impl(std::shared_ptr<tls_client> tls, fetch_settings settings)
        : tls_(std::move(tls)),
          settings_(std::move(settings)),
          parser_([this](std::string_view bytes) { return on_body(bytes); }, settings_.most_body) {}

    ~impl() {
        close();
        // Whatever is still under way ends before its memory goes.
        context_.restart();
        context_.run_for(std::chrono::seconds(1));
    }

    result<fetch_answer> get(secret<std::string> const& request) {
        for (bool again = false;; again = true) {
            bool const reused = stream_ != nullptr;
            if (!reused)
                if (auto opened = open_stream(); !opened) return opened.error();
            auto const outcome = run_exchange(request, reused);
            if (!outcome.failure) return std::move(answer_);
            close();
            if (!outcome.stale || again) return *outcome.failure;
        }
    }

    result<connection_facts> connect() {
        if (auto opened = open_stream(); !opened) return opened.error();
        connection_facts out;
        boost::system::error_code ec;
        auto const peer = stream_->next_layer().socket().remote_endpoint(ec);
        if (!ec) out.address = peer.address().to_string();
        auto* const ssl = stream_->native_handle();
        out.tls = SSL_get_version(ssl);
        out.valid_until = certificate_end(ssl);
        return out;
    }

private:
    result<void> open_stream() {
        stream_ = std::make_unique<tls_stream>(counted_socket(context_), tls_->context());
        std::optional<open_failure> failed;
        done_ = false;
        asio::co_spawn(context_.get_executor(), run_open(failed),
                       [this](std::exception_ptr) { done_ = true; });
        // `open` has deadlines of its own.
        auto const ended = run_until_done(steady_time::max());
        if (!ended || failed) close();
        if (!ended) return ended.error();
        if (failed) return fail(errc::unreachable, std::move(failed->text));
        return {};
    }

    asio::awaitable<void, executor> run_open(std::optional<open_failure>& failed) {
        failed = co_await net::open(*stream_, *tls_, settings_.open);
    }

    exchange_outcome run_exchange(secret<std::string> const& request, bool reused) {
        exchange_outcome out;
        done_ = false;
        problem_.reset();
        asio::co_spawn(context_.get_executor(), exchange(request, reused, out),
                       [this](std::exception_ptr) { done_ = true; });
        auto const ended = run_until_done(std::chrono::steady_clock::now() + settings_.timeout);
        if (!ended) return {ended.error(), false};
        return out;
    }

    asio::awaitable<void, executor> exchange(secret<std::string> const& request, bool reused,
                                             exchange_outcome& out) {
        answer_ = {};
        decoder_.reset();
        parser_.reset();
        auto const bytes = asio::buffer(request.reveal());
        auto const [write_error, written] = co_await asio::async_write(*stream_, bytes, as_result);
        (void)written;
        if (write_error) {
            out = {broken("the request could not be sent: " + write_error.message()), reused};
            co_return;
        }
        std::array<char, 16384> buffer{};
        std::size_t filled = 0;
        for (;;) {
            auto const room = asio::buffer(buffer.data() + filled, buffer.size() - filled);
            auto const [ec, n] = co_await stream_->async_read_some(room, as_result);
            if (ec) {
                bool const complete = parser_.put_end() == answer_parser::state::complete;
                if (!complete)
                    out = {problem_
                               ? *problem_
                               : broken("the connection broke before the answer was complete: " +
                                        ec.message()),
                           reused && !parser_.began()};
                if (complete) out.failure = take_answer(false);
                co_return;
            }
            filled += n;
            std::size_t used = 0;
            auto const state = parser_.put({buffer.data(), filled}, used);
            std::copy(buffer.begin() + static_cast<std::ptrdiff_t>(used),
                      buffer.begin() + static_cast<std::ptrdiff_t>(filled), buffer.begin());
            filled -= used;
            if (state == answer_parser::state::complete) {
                out.failure = take_answer(filled == 0 && parser_.keep_alive());
                co_return;
            }
            if (state != answer_parser::state::more || filled == buffer.size()) {
                out.failure = problem_ ? *problem_ : unreadable(state);
                co_return;
            }
        }
    }

    bool on_body(std::string_view bytes) {
        if (!decoder_) {
            auto const coding = coding_named(parser_.content_encoding());
            if (!coding) {
                problem_ = fail(errc::invalid_data, "the answer's Content-Encoding \"" +
                                                        printable(parser_.content_encoding(), 60) +
                                                        "\" was not asked for and cannot be read");
                return false;
            }
            decoder_.emplace(*coding, settings_.most_body);
        }
        if (auto done = decoder_->put(bytes, answer_.body); !done) {
            problem_ = done.error();
            return false;
        }
        return true;
    }

    /// From the parser into `answer_`; nothing, or what is wrong with it.
    std::optional<error> take_answer(bool reusable) {
        if (decoder_)
            if (auto done = decoder_->finish(); !done) return done.error();
        auto body = std::move(answer_.body);
        answer_ = fetch_answer::head_of(parser_.answer());
        answer_.body = std::move(body);
        if (!reusable) close();
        return {};
    }

    error unreadable(answer_parser::state state) const {
        if (state == answer_parser::state::oversized)
            return fail(errc::invalid_data,
                        "the answer is larger than is read: " + grouped(settings_.most_body) +
                            " bytes of body, " + grouped(answer_parser::header_limit) +
                            " of header");
        return fail(errc::invalid_data,
                    "what came back from " + settings_.open.to.host + " is no HTTP answer");
    }

    error broken(std::string what) const {
        return fail(errc::unreachable, settings_.open.to.host + ": " + std::move(what));
    }

    result<void> run_until_done(steady_time deadline) {
        std::optional<error> why;
        while (!done_) {
            context_.restart();
            context_.run_one_for(100ms);
            if (done_ || why) continue;
            if (settings_.stop != nullptr && *settings_.stop)
                why = fail(errc::busy, "interrupted");
            else if (std::chrono::steady_clock::now() >= deadline)
                why = broken("no complete answer within " + duration_text(settings_.timeout));
            // The operation under way ends, and with it the coroutine.
            if (why) close_socket();
        }
        if (why) return *why;
        return {};
    }

    void close_socket() {
        boost::system::error_code ignored;
        if (stream_) stream_->lowest_layer().close(ignored);
    }
    void close() {
        close_socket();
        stream_.reset();
    }

    asio::io_context context_{1};
    std::shared_ptr<tls_client> tls_;
    fetch_settings settings_;
    answer_parser parser_;
    std::unique_ptr<tls_stream> stream_;
    std::optional<decoder> decoder_;
    std::optional<error> problem_;
    fetch_answer answer_;
    bool done_ = false;
};

fetcher::fetcher(std::shared_ptr<tls_client> tls, fetch_settings settings)
    : impl_(std::make_unique<impl>(std::move(tls), std::move(settings))) {}
fetcher::~fetcher() = default;

result<connection_facts> fetcher::connect() {
    return impl_->connect();
}
result<fetch_answer> fetcher::get(secret<std::string> const& request) {
    return impl_->get(request);
}

}  // namespace setclick::net
