// One request, and its answer read whole and decoded: for reports and logins. Events use `exchange`, which keeps a verdict's
// worth of the answer and takes no memory for each.
//
// Promises: header, body and what the body decodes to are bounded; a 1xx is passed over; what cannot be decoded is an error.
// Never: closes the stream. Who sets a deadline closes it; the exchange then ends with an error.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>
#include <string_view>

#include "answer_parser.hpp"
#include "decode.hpp"
#include "open.hpp"
#include "setclickd/base/error.hpp"
#include "setclickd/net/http_answer.hpp"

namespace setclick::net {

class whole_exchange {
public:
    /// `host`: for messages. `most_body`: bytes of an answer, decoded.
    whole_exchange(std::string host, std::size_t most_body);
    whole_exchange(whole_exchange const&) = delete;
    whole_exchange& operator=(whole_exchange const&) = delete;

    /// Sends `request` and reads the answer into `answer`, or sets `failure`: `unreachable` (it broke), `invalid_data` (what came
    /// is no HTTP, too large, or wrongly encoded).
    boost::asio::awaitable<void, boost::asio::io_context::executor_type> run(
        tls_stream& stream, std::string_view request);

    std::optional<error> failure;
    http_answer answer;
    /// True when the stream may carry the next request.
    bool may_reuse() const noexcept { return may_reuse_; }
    /// True once a byte of the answer has come.
    bool has_begun() const noexcept { return parser_.began(); }

private:
    bool decode(std::string_view bytes);
    void on_end_of_stream(boost::system::error_code ec);
    void on_complete(bool nothing_left_over);
    error unreadable(answer_parser::state state) const;
    error broken(std::string what) const;

    std::string host_;
    std::size_t most_body_;
    answer_parser parser_;
    std::optional<decoder> decoder_;
    bool may_reuse_ = false;
};

}  // namespace setclick::net
